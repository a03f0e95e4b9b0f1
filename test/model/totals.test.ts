import { describe, expect, it } from 'vitest';
import { type Change, sequence } from '../../src/model/change.ts';
import { type BlockPart, type Delivery, newDelivery } from '../../src/model/delivery.ts';
import type { RewindId } from '../../src/model/ids.ts';
import { REPEATS_MAX } from '../../src/model/limits.ts';
import {
  addTotals,
  countChanges,
  EMPTY_TOTALS,
  NO_TOTALS,
  type ShardTotals,
  type TotalsRecord,
  totalsOf,
} from '../../src/model/totals.ts';
import { inlineDelivery, leasedDelivery } from '../support/deliveries.ts';
import { at, freshKey, freshShard } from '../support/ids.ts';

const shard = freshShard();

function change(before: Delivery | undefined, after: Delivery | undefined, number = 1): Change {
  const images = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  return { shard, sequence: sequence(String(number)), atMs: at(number), ...images };
}

const totals = (some: Partial<ShardTotals>): ShardTotals => ({ ...NO_TOTALS, ...some });
const count = (record: TotalsRecord, changes: readonly Change[]): TotalsRecord => countChanges(record, changes).record;
const replay = (record: TotalsRecord, changes: readonly Change[]): TotalsRecord =>
  countChanges(record, changes, 'replay').record;
const sent = inlineDelivery(freshKey(0), 5);
const lease = leasedDelivery(freshKey(30_000), 5);

describe('one change adds to the totals', () => {
  it('what was sent', () => {
    expect(totalsOf(change(undefined, sent))).toEqual(totals({ changes: 1, neverLeased: 5, sent: 5 }));
  });

  it('what a rewind brought back', () => {
    const part: BlockPart = { ...(leasedDelivery(freshKey(0), 7).parts[0] as BlockPart), rewoundBy: 'one' as RewindId };
    const rewound = newDelivery(freshKey(0), 0, { parts: [part] });

    expect(totalsOf(change(undefined, rewound))).toEqual(totals({ changes: 1, neverLeased: 7, rewound: 7 }));
  });

  it('a lease, which sends nothing', () => {
    expect(totalsOf(change(undefined, lease))).toEqual(totals({ changes: 1, leased: 5 }));
  });

  it('what a lease took over, whether in part or as a whole', () => {
    expect(totalsOf(change(sent, { ...sent, first: 2 }))).toEqual(totals({ changes: 1, neverLeased: -2 }));
    expect(totalsOf(change(sent, undefined))).toEqual(totals({ changes: 1, neverLeased: -5 }));
  });

  it('what was deleted, one by one or with its lease', () => {
    const acked = { ...lease, acked: new Set([0, 1]) };

    expect(totalsOf(change(lease, acked))).toEqual(totals({ changes: 1, leased: -2, deleted: 2 }));
    expect(totalsOf(change(acked, undefined))).toEqual(totals({ changes: 1, leased: -3, deleted: 3 }));
  });

  it('what went to a dead-letter queue and what a purge discarded', () => {
    const dead = { ...lease, moved: new Set([0]), deadLettered: new Set([0]) };
    const discarded = { ...dead, moved: new Set([0, 1, 2]), purged: new Set([1, 2]) };

    expect(totalsOf(change(lease, dead))).toEqual(totals({ changes: 1, leased: -1, deadLettered: 1 }));
    expect(totalsOf(change(dead, discarded))).toEqual(totals({ changes: 1, leased: -2, purged: 2 }));
  });

  it('nothing for a barrier', () => {
    const barrier = newDelivery(freshKey(0), 0, { parts: [] });

    expect(totalsOf(change(undefined, barrier))).toEqual(NO_TOTALS);
    expect(totalsOf(change(barrier, undefined))).toEqual(NO_TOTALS);
  });
});

describe('the totals of a shard', () => {
  /** Five sent, three of them leased; one of those acked, one given back and leased again, the rest deleted at last. */
  const again = leasedDelivery(freshKey(60_000), 1);
  const three = leasedDelivery(freshKey(30_000), 3);
  const acked = { ...three, acked: new Set([0]) };
  const life = [
    change(undefined, sent, 1),
    change(undefined, three, 2),
    change(sent, { ...sent, first: 3 }, 3),
    change(three, acked, 4),
    change(undefined, again, 5),
    change(acked, { ...acked, moved: new Set([1]) }, 6),
    change({ ...acked, moved: new Set([1]) }, undefined, 7),
    change(again, undefined, 8),
  ];

  it('say where every message is at the end of its life', () => {
    const record = count(EMPTY_TOTALS, life);

    expect(record).toMatchObject({
      sent: 5,
      neverLeased: 2,
      leased: 0,
      deleted: 3,
      asOfMs: at(8),
      sequence: sequence('8'),
    });
  });

  it('count a batch once, however often and however cut it comes', () => {
    const once = count(EMPTY_TOTALS, life);
    const [firstThree, fromSecond] = [life.slice(0, 3), life.slice(1)];

    const repeated = [firstThree, firstThree, life.slice(0, 1), fromSecond, life].reduce(count, EMPTY_TOTALS);

    expect(repeated).toMatchObject({ ...once, repeats: [[sequence('1'), sequence('8')]] });
    expect(count(repeated, life)).toBe(repeated);
  });

  it('count a batch that was given up when it is replayed after later ones, once', () => {
    const [givenUp, later] = [life.slice(0, 6), life.slice(6)];
    const without = count(EMPTY_TOTALS, later);

    const replayed = replay(without, givenUp);

    expect(replayed).toMatchObject({ ...count(EMPTY_TOTALS, life), repeats: [[sequence('1'), sequence('6')]] });
    expect(replay(replayed, givenUp)).toBe(replayed);
    expect(count(replayed, givenUp)).toBe(replayed);
  });

  it('count no batch again that a try had counted before the feed gave the batch up', () => {
    const [givenUp, later] = [life.slice(0, 6), life.slice(6)];

    const counted = [givenUp, givenUp, later].reduce(count, EMPTY_TOTALS);

    expect(replay(counted, givenUp)).toBe(counted);
  });

  it('remember a few batches that came again, and join the oldest of them', () => {
    const numbers = Array.from({ length: 2 * REPEATS_MAX + 2 }, (_, index) => index + 1);
    const all = numbers.map((number) => [change(undefined, inlineDelivery(freshKey(0), 1), number)]);
    const odd = all.filter((_, index) => index % 2 === 0);

    const record = odd.reduce(count, all.reduce(count, EMPTY_TOTALS));

    expect(record.sent).toBe(numbers.length);
    expect(record.repeats).toHaveLength(REPEATS_MAX);
    expect(record.repeats[0]).toEqual([sequence('1'), sequence('3')]);
  });

  it('are told as they were when a barrier was put, and when it was removed', () => {
    const barrier = newDelivery(freshKey(0), 0, { parts: [] });
    const batch = [
      change(undefined, sent, 1),
      change(undefined, barrier, 2),
      change(undefined, inlineDelivery(freshKey(0), 2), 3),
      change(barrier, undefined, 4),
      change(undefined, inlineDelivery(freshKey(0), 3), 5),
    ];

    const { passages, record } = countChanges(EMPTY_TOTALS, batch);

    expect(passages).toMatchObject([
      { key: barrier.key, step: 'put', totals: { sent: 5, changes: 1 } },
      { key: barrier.key, step: 'removed', totals: { sent: 7, changes: 2 } },
    ]);
    expect(record).toMatchObject({ sent: 10, changes: 3, sequence: sequence('5') });
  });

  it('are not changed by barriers, of whichever feed', () => {
    const barrier = newDelivery(freshKey(0), 0, { parts: [] });
    const ahead = count(EMPTY_TOTALS, [change(undefined, sent, 9)]);

    const { record, passages } = countChanges(ahead, [change(undefined, barrier, 1)]);

    expect(record).toBe(ahead);
    expect(passages).toMatchObject([{ key: barrier.key, totals: { sent: 5 } }]);
  });

  it('add up', () => {
    const one = totals({
      sent: 3,
      neverLeased: 1,
      leased: 2,
      rewound: 4,
      deleted: 5,
      deadLettered: 6,
      purged: 7,
      changes: 8,
    });

    expect(addTotals(one, NO_TOTALS)).toEqual(one);
    expect(addTotals(one, one)).toEqual(
      totals({
        sent: 6,
        neverLeased: 2,
        leased: 4,
        rewound: 8,
        deleted: 10,
        deadLettered: 12,
        purged: 14,
        changes: 16,
      }),
    );
  });
});
