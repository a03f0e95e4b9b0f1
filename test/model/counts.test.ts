import { describe, expect, it } from 'vitest';
import { addCounts, type Counts, countSeen, countShard, NO_COUNTS, type Seen } from '../../src/model/counts.ts';
import { NO_TOTALS } from '../../src/model/totals.ts';
import { inlineDelivery, leasedDelivery } from '../support/deliveries.ts';
import { at, freshKey } from '../support/ids.ts';

const NOTHING: Seen = { ready: 0, delayed: 0, inFlight: 0, damaged: 0, neverLeased: 0, isComplete: true };
const seen = (some: Partial<Seen>): Seen => ({ ...NOTHING, ...some });
const cut = (some: Partial<Seen>): Seen => seen({ ...some, isComplete: false });

/** Sums that must always be equal. */
const sum = (counts: Counts): number =>
  counts.ready +
  counts.delayed +
  counts.inFlight +
  counts.damaged +
  counts.deadLettered +
  counts.deleted +
  counts.purged;

describe('what is seen in a range', () => {
  const options = { nowMs: at(0), fromMs: undefined, isComplete: true };

  it('is ready when due, delayed when sent for later, in flight when leased until later', () => {
    const deliveries = [
      inlineDelivery(freshKey(-5), 2),
      leasedDelivery(freshKey(0), 3),
      inlineDelivery(freshKey(1), 4),
      leasedDelivery(freshKey(1), 5),
    ];

    expect(countSeen(deliveries, options)).toEqual(seen({ ready: 5, delayed: 4, inFlight: 5, neverLeased: 2 }));
  });

  it('leaves out what is acked, moved, or entered the queue before a purge', () => {
    const marked = { ...leasedDelivery(freshKey(0), 4), acked: new Set([0]), moved: new Set([1]) };

    expect(countSeen([marked], options)).toEqual(seen({ ready: 2 }));
    expect(countSeen([marked], { ...options, fromMs: at(1) })).toEqual(seen({}));
  });
});

describe('the counts of a shard', () => {
  const totals = { ...NO_TOTALS, neverLeased: 70, leased: 30, sent: 110, deleted: 10 };

  it('are what was read when both ranges were read to their end', () => {
    const counts = countShard(totals, seen({ ready: 60, inFlight: 1 }), seen({ delayed: 10, inFlight: 29 }), false);

    expect(counts).toMatchObject({ ready: 60, delayed: 10, inFlight: 30, deleted: 10, sent: 110 });
  });

  it('are the total less the range that was read where the other was too long', () => {
    expect(countShard(totals, cut({}), seen({ delayed: 10, inFlight: 25 }), false)).toMatchObject({
      ready: 65,
      delayed: 10,
      inFlight: 25,
    });
    expect(countShard(totals, seen({ ready: 20 }), cut({}), false)).toMatchObject({
      ready: 20,
      delayed: 70,
      inFlight: 10,
    });
  });

  it('tell ready messages from delayed ones where more are in flight than are read', () => {
    const ready = seen({ ready: 65, neverLeased: 60 });

    expect(countShard(totals, ready, cut({}), false)).toMatchObject({ ready: 65, delayed: 10, inFlight: 25 });
  });

  it('take leased messages for in flight and the rest for ready where neither range was read', () => {
    expect(countShard(totals, cut({}), cut({}), false)).toMatchObject({ ready: 70, delayed: 0, inFlight: 30 });
  });

  it('count as purged, while that is not done, what lies before the purge', () => {
    const counts = countShard({ ...totals, purged: 5 }, seen({ ready: 8 }), seen({}), true);

    expect(counts).toMatchObject({ ready: 8, purged: 5 + 92, inFlight: 0 });
  });

  it.each([
    ['both ranges were read', seen({ ready: 60 }), seen({ delayed: 40 }), false],
    ['the due range was cut', cut({ ready: 7 }), seen({ delayed: 10 }), false],
    ['the later range was cut', seen({ ready: 7, inFlight: 3 }), cut({}), false],
    ['neither was read', cut({}), cut({}), false],
    ['a purge is at work', seen({ ready: 60 }), seen({ delayed: 4 }), true],
    ['the totals lag behind', seen({ ready: 600 }), cut({}), false],
  ])('add up to what was sent and rewound when %s', (_, due, later, isPurging) => {
    const counts = countShard({ ...totals, rewound: 20, deadLettered: 3, purged: 4 }, due, later, isPurging);

    expect(sum(counts)).toBe(counts.sent + counts.rewound);
    expect(Math.min(...Object.values<number>({ ...counts }))).toBeGreaterThanOrEqual(0);
  });

  it('add up over shards', () => {
    const one: Counts = { ...NO_COUNTS, ready: 1, sent: 3, deleted: 2 };

    expect(addCounts(one, addCounts(one, NO_COUNTS))).toEqual({ ...NO_COUNTS, ready: 2, sent: 6, deleted: 4 });
    expect(one.ready).toBe(1);
  });
});
