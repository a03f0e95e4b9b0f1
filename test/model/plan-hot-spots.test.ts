import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, type QueueId, shardId } from '../../src/model/ids.ts';
import { type Load, NO_CELL_LOAD, NO_QUEUE_LOAD } from '../../src/model/load.ts';
import { DEFAULT_PLAN_LIMITS, plan, SHARD_WRITE_UNITS } from '../../src/model/plan/index.ts';
import { PlannedTown } from '../support/planned-town.ts';
import { runs } from '../support/runs.ts';

const HOUR_SECONDS = 3_600;
const NOW_MS = 1_800_000_000_000 as EpochMs;
const ID = 'queue10000' as QueueId;
const CELLS = [0, 1].map((number) => ({ id: cellId(number), state: 'open' as const, writeUnitsMax: 40_000 }));

/** Plans for ten shards that take this many units, of which the first ones throttle. */
function planTen(observed: { writeUnits: number; before: number; hot: number }) {
  const ids = Array.from({ length: 10 }, (_, number) => shardId(cellId(number % 2), number));
  const shards = ids.map((id) => ({ id, state: 'open' as const, sinceMs: (NOW_MS - 3_600_000) as EpochMs }));
  const throttles = new Map(ids.slice(0, observed.hot).map((id) => [id, 100]));
  const load = (writeUnits: number): Load => ({
    queues: new Map([[ID, { ...NO_QUEUE_LOAD, writeUnits, throttles }]]),
    cells: new Map(CELLS.map(({ id }) => [id, { ...NO_CELL_LOAD, writeUnits: writeUnits / 2 }])),
    receivingMs: 0,
  });
  const [latest, earlier] = [load(observed.writeUnits), load(observed.before)];
  const queues = [{ id: ID, shards, min: 1, max: 100 }];
  const input = { queues, cells: CELLS, load: { latest, recent: latest, earlier }, limits: DEFAULT_PLAN_LIMITS };
  return plan({ ...input, nowMs: NOW_MS }).map(({ kind }) => kind);
}

describe('shards of a table that has hardly more partitions', () => {
  it('share them by taking fewer sends, until next to nothing throttles and nothing is to change', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6_000, max: 18_000 }), fc.integer({ min: 1, max: 40 }), (writeUnits, start) => {
        const town = new PlannedTown({
          queues: [{ writeUnits, min: 1, max: 100, start, lostClaims: 0 }],
          cells: [{ isLeaving: false, writeUnitsMax: 40_000 }],
          hasPartitions: true,
        });
        town.pass(2 * HOUR_SECONDS);
        const settled = town.changeCount;

        town.pass(HOUR_SECONDS / 2);

        expect(town.lastCauses.slice(settled)).toEqual([]);
        expect(town.throttled).toBeLessThan(0.01 * writeUnits);
        expect(town.openCount(0)).toBeLessThanOrEqual(1 + Math.ceil((1.3 * writeUnits) / SHARD_WRITE_UNITS));
      }),
      runs(15),
    );
  });

  it('begin with few sends, and yield to older ones where they throttle', () => {
    const town = new PlannedTown({
      queues: [{ writeUnits: 12_000, min: 1, max: 100, start: 17, lostClaims: 0 }],
      cells: [{ isLeaving: false, writeUnitsMax: 20_000 }],
      hasPartitions: true,
    });

    town.pass(60);

    expect(town.kinds).toContain('weigh');
    expect(town.weights(0).length).toBeGreaterThan(0);
    for (const weight of town.weights(0)) expect(weight).toBeGreaterThan(0);
    for (const weight of town.weights(0)) expect(weight).toBeLessThan(1);
  });
});

describe('shards that throttle though they are not full', () => {
  it('move, and the queue does not double for them', () => {
    expect(planTen({ writeUnits: 5_000, before: 5_000, hot: 2 })).toEqual(['relocate']);
  });

  it('move before the queue grows for what is only expected', () => {
    expect(planTen({ writeUnits: 5_500, before: 4_500, hot: 2 })).toEqual(['relocate']);
  });

  it('move while the queue grows, if others are too full', () => {
    expect(planTen({ writeUnits: 6_600, before: 6_600, hot: 2 })).toEqual(['split', 'relocate']);
  });

  it('do not let the queue double when most of many throttle, for they share partitions with each other', () => {
    expect(planTen({ writeUnits: 4_000, before: 4_000, hot: 8 })).toEqual(['relocate']);
    expect(planTen({ writeUnits: 6_400, before: 6_400, hot: 8 })).toEqual(['split']);
  });
});
