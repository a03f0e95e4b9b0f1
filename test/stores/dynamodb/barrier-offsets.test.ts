import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VISIBILITY_MS_MAX } from '../../../src/model/limits.ts';
import { BARRIER_OFFSETS_MS } from '../../../src/stores/dynamodb/barrier-offsets.ts';

const NOW_MS = 1_800_000_000_000;
const times = BARRIER_OFFSETS_MS.map((offsetMs) => Math.max(0, NOW_MS + offsetMs));
const first = times[0] ?? 0;
const last = times.at(-1) ?? 0;

/** Where the items of a shard are cut, in order; pieces are the ranges in between. */
const cuts = fc
  .uniqueArray(fc.integer({ min: 1, max: NOW_MS + VISIBILITY_MS_MAX }), { maxLength: 6 })
  .map((all) => all.sort((a, b) => a - b));

describe('times of barriers on DynamoDB', () => {
  it('are in order, from the first key there can be to the end of the longest lease', () => {
    expect([...times].sort((one, other) => one - other)).toEqual(times);
    expect(first).toBe(0);
    expect(last).toBeGreaterThan(NOW_MS + VISIBILITY_MS_MAX);
  });

  it('lie in both pieces of a shard that is split in two, wherever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: last }), (cut) => {
        expect(times.some((time) => time < cut)).toBe(true);
        expect(times.some((time) => time >= cut)).toBe(true);
      }),
    );
  });

  it('lie in every piece but those that are wholly between two neighbours', () => {
    fc.assert(
      fc.property(cuts, (all) => {
        const pieces = [0, ...all].map((from, number) => ({ from, to: all[number] ?? last + 1 }));
        for (const { from, to } of pieces) {
          const isBetween = times.some((time, number) => time < from && to <= (times[number + 1] ?? last));
          expect(times.some((time) => from <= time && time < to)).toBe(!isBetween);
        }
      }),
    );
  });
});
