import { describe, expect, it } from 'vitest';
import { type Change, sequence } from '../../src/model/change.ts';
import { type BlockPart, type Delivery, newDelivery } from '../../src/model/delivery.ts';
import type { RewindId } from '../../src/model/ids.ts';
import { BARRIERS_MAX } from '../../src/model/limits.ts';
import {
  addTotals,
  countChanges,
  EMPTY_TOTALS,
  NO_TOTALS,
  type ShardTotals,
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
const sent = inlineDelivery(freshKey(0), 5);
const lease = leasedDelivery(freshKey(30_000), 5);

describe('one change adds to the totals', () => {
  it('what was sent', () => {
    expect(totalsOf(change(undefined, sent))).toEqual(totals({ neverLeased: 5, sent: 5 }));
  });

  it('what a rewind brought back', () => {
    const part: BlockPart = { ...(leasedDelivery(freshKey(0), 7).parts[0] as BlockPart), rewoundBy: 'one' as RewindId };
    const rewound = newDelivery(freshKey(0), 0, { parts: [part] });

    expect(totalsOf(change(undefined, rewound))).toEqual(totals({ neverLeased: 7, rewound: 7 }));
  });

  it('a lease, which sends nothing', () => {
    expect(totalsOf(change(undefined, lease))).toEqual(totals({ leased: 5 }));
  });

  it('what a lease took over, whether in part or as a whole', () => {
    expect(totalsOf(change(sent, { ...sent, first: 2 }))).toEqual(totals({ neverLeased: -2 }));
    expect(totalsOf(change(sent, undefined))).toEqual(totals({ neverLeased: -5 }));
  });

  it('what was deleted, one by one or with its lease', () => {
    const acked = { ...lease, acked: new Set([0, 1]) };

    expect(totalsOf(change(lease, acked))).toEqual(totals({ leased: -2, deleted: 2 }));
    expect(totalsOf(change(acked, undefined))).toEqual(totals({ leased: -3, deleted: 3 }));
  });

  it('what went to a dead-letter queue and what a purge discarded', () => {
    const dead = { ...lease, moved: new Set([0]), deadLettered: new Set([0]) };
    const discarded = { ...dead, moved: new Set([0, 1, 2]), purged: new Set([1, 2]) };

    expect(totalsOf(change(lease, dead))).toEqual(totals({ leased: -1, deadLettered: 1 }));
    expect(totalsOf(change(dead, discarded))).toEqual(totals({ leased: -2, purged: 2 }));
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
    const record = countChanges(EMPTY_TOTALS, life);

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
    const once = countChanges(EMPTY_TOTALS, life);
    const [firstThree, fromSecond] = [life.slice(0, 3), life.slice(1)];

    const repeated = [firstThree, firstThree, life.slice(0, 1), fromSecond, life].reduce(countChanges, EMPTY_TOTALS);

    expect(repeated).toEqual(once);
    expect(countChanges(once, life)).toBe(once);
  });

  it('remember the last barriers that were passed', () => {
    const barriers = Array.from({ length: BARRIERS_MAX + 2 }, () => newDelivery(freshKey(0), 0, { parts: [] }));
    const passed = barriers.map((barrier, number) => change(undefined, barrier, number + 1));

    const record = passed.reduce((before, one) => countChanges(before, [one]), EMPTY_TOTALS);

    expect(record.barriers).toEqual(barriers.slice(-BARRIERS_MAX).map((barrier) => barrier.key));
  });

  it('remember a barrier of a feed that is behind another one of its shard, once', () => {
    const barrier = newDelivery(freshKey(0), 0, { parts: [] });
    const behind = [change(undefined, barrier, 1)];
    const ahead = countChanges(EMPTY_TOTALS, [change(undefined, sent, 9)]);

    const record = countChanges(ahead, behind);

    expect(record).toEqual({ ...ahead, barriers: [barrier.key] });
    expect(countChanges(record, behind)).toBe(record);
  });

  it('add up', () => {
    const one = totals({ sent: 3, neverLeased: 1, leased: 2, rewound: 4, deleted: 5, deadLettered: 6, purged: 7 });

    expect(addTotals(one, NO_TOTALS)).toEqual(one);
    expect(addTotals(one, one)).toEqual(
      totals({ sent: 6, neverLeased: 2, leased: 4, rewound: 8, deleted: 10, deadLettered: 12, purged: 14 }),
    );
  });
});
