import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOfShard } from '../../src/model/ids.ts';
import { SHARD_WRITE_UNITS } from '../../src/model/plan/index.ts';
import { openShards } from '../../src/model/route.ts';
import { PlannedTown, type QueueWish } from '../support/planned-town.ts';
import { runs } from '../support/runs.ts';

const HOUR_SECONDS = 3_600;

const queueWish: fc.Arbitrary<QueueWish> = fc
  .record({
    writeUnits: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 12_000 })),
    min: fc.integer({ min: 1, max: 4 }),
    more: fc.integer({ min: 0, max: 60 }),
    start: fc.integer({ min: 1, max: 80 }),
    /** Where consumers compete: claims lost a second while the queue has one shard. */
    lostClaims: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
  })
  .map(({ more, ...wish }) => ({ ...wish, max: wish.min + more }));

const townWish = fc.record({
  queues: fc.array(queueWish, { minLength: 1, maxLength: 6 }),
  cells: fc.array(fc.record({ isLeaving: fc.boolean(), writeUnitsMax: fc.constantFrom(4_000, 8_000, 40_000) }), {
    minLength: 1,
    maxLength: 6,
  }),
});
/** At least one cell is open. */
const towns = townWish.map((wish) => {
  const town = new PlannedTown({
    ...wish,
    cells: wish.cells.map((cell, number) => (number === 0 ? { ...cell, isLeaving: false } : cell)),
  });
  return town;
});

describe('the plan', () => {
  it('comes to rest under steady load and stays there', () => {
    fc.assert(
      fc.property(towns, (town) => {
        town.pass(HOUR_SECONDS);
        const settled = town.changeCount;

        town.pass(HOUR_SECONDS / 2);

        expect(town.lastCauses.slice(settled)).toEqual([]);
      }),
      runs(15),
    );
  });

  it('never goes beyond the limits of a queue, and never leaves one without an open shard', () => {
    fc.assert(
      fc.property(towns, fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 8 }), (town, loads) => {
        for (const load of loads) {
          for (const queue of town.queues) queue.writeUnits = load;
          town.pass(200, () => {
            for (const { wish, shards } of town.queues) {
              const count = openShards({ shards }).length;
              expect(count).toBeGreaterThanOrEqual(1);
              if (town.seconds > 60) {
                expect(count).toBeLessThanOrEqual(wish.max);
                expect(count).toBeGreaterThanOrEqual(wish.min);
              }
            }
          });
        }
      }),
      runs(60),
    );
  });

  it('empties cells that are leaving, and puts nothing into them', () => {
    fc.assert(
      fc.property(towns, (town) => {
        town.pass(60);

        const left = town.queues.flatMap(({ shards }) => openShards({ shards }).map(({ id }) => cellOfShard(id)));
        expect(left.filter((cell) => town.isLeaving(cell))).toEqual([]);
      }),
      runs(60),
    );
  });

  it('changes nothing where everything is as it should be', () => {
    const town = new PlannedTown({
      queues: [{ writeUnits: 2_000, min: 1, max: 10, start: 4, lostClaims: 0 }],
      cells: [{ isLeaving: false, writeUnitsMax: 40_000 }],
    });

    town.pass(HOUR_SECONDS);

    expect(town.lastCauses).toEqual([]);
  });

  it('gives a growing queue shards before they are full', () => {
    const town = new PlannedTown({
      queues: [{ writeUnits: 300, min: 1, max: 300, start: 1, lostClaims: 0 }],
      cells: [0, 1, 2, 3].map(() => ({ isLeaving: false, writeUnitsMax: 40_000 })),
    });
    const [queue] = town.queues;
    let fullest = 0;

    for (let second = 0; second < 900; second++) {
      if (queue !== undefined) queue.writeUnits += 60;
      town.pass(1);
      if (second > 60) fullest = Math.max(fullest, town.unitsPerShard(0));
    }

    expect(fullest).toBeLessThan(1.1 * SHARD_WRITE_UNITS);
  });

  it('at least doubles a queue whose shards are throttled, and not again before that can show', () => {
    const town = new PlannedTown({
      queues: [{ writeUnits: 9_000, min: 1, max: 300, start: 3, lostClaims: 0 }],
      cells: [0, 1].map(() => ({ isLeaving: false, writeUnitsMax: 40_000 })),
    });
    town.pass(10, undefined, { throttlesPerShard: 50 });

    const counts = [0, 10, 20].map(() => {
      town.pass(5, undefined, { throttlesPerShard: 50 });
      return town.openCount(0);
    });

    expect(counts[0]).toBeGreaterThanOrEqual(6);
    expect(counts[1]).toBe(counts[0]);
  });

  it('merges what the night leaves empty, some at a time', () => {
    const town = new PlannedTown({
      queues: [{ writeUnits: 300, min: 1, max: 100, start: 64, lostClaims: 0 }],
      cells: [{ isLeaving: false, writeUnitsMax: 40_000 }],
    });

    town.pass(100);
    const soon = town.openCount(0);
    town.pass(HOUR_SECONDS);

    expect(soon).toBeGreaterThan(30);
    expect(town.openCount(0)).toBeLessThanOrEqual(2);
  });

  it('keeps a cell below its limit by moving shards to others', () => {
    const town = new PlannedTown({
      queues: [1, 2, 3, 4, 5, 6].map(() => ({ writeUnits: 500, min: 1, max: 4, start: 1, lostClaims: 0, cell: 0 })),
      cells: [0, 1].map(() => ({ isLeaving: false, writeUnitsMax: 4_000 })),
    });

    town.pass(300);

    expect(town.cellFill(0)).toBeLessThanOrEqual(0.7);
    expect(town.cellFill(1)).toBeLessThanOrEqual(0.7);
    expect(town.kinds).toContain('relocate');
  });

  it('leaves a cell to the queue that makes the noise', () => {
    const quiet = { writeUnits: 250, min: 1, max: 4, start: 1, lostClaims: 0, cell: 0 };
    const town = new PlannedTown({
      queues: [{ writeUnits: 2_200, min: 1, max: 4, start: 4, lostClaims: 0, cell: 0 }, quiet, quiet, quiet],
      cells: [0, 1].map(() => ({ isLeaving: false, writeUnitsMax: 4_000 })),
    });

    town.pass(300);

    expect(new Set(town.kinds)).toEqual(new Set(['isolate']));
    expect([0, 1, 2, 3].map((queue) => town.cellsOf(queue))).toEqual([['--'], ['-0'], ['-0'], ['-0']]);
  });

  it('leaves a cell that does not answer', () => {
    const town = new PlannedTown({
      queues: [{ writeUnits: 600, min: 1, max: 8, start: 6, lostClaims: 0 }],
      cells: [0, 1, 2].map(() => ({ isLeaving: false, writeUnitsMax: 40_000 })),
    });
    town.pass(60);

    town.pass(30, undefined, { failingCell: 1 });

    expect(town.cellsOf(0)).toEqual(['--', '-1']);
  });

  it('warms the tables for a minimum that announces more than they take', () => {
    const town = new PlannedTown({
      queues: [{ writeUnits: 0, min: 20, max: 100, start: 1, lostClaims: 0 }],
      cells: [0, 1].map(() => ({ isLeaving: false, writeUnitsMax: 4_000 })),
    });

    town.pass(60);

    expect(town.openCount(0)).toBe(20);
    expect(town.kinds.filter((kind) => kind === 'warm')).toHaveLength(2);
    expect(town.capacity).toBeGreaterThanOrEqual((20 * SHARD_WRITE_UNITS) / 0.7);
  });
});
