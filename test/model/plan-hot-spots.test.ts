import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, type QueueId, shardId } from '../../src/model/ids.ts';
import { type Load, NO_CELL_LOAD, NO_QUEUE_LOAD } from '../../src/model/load.ts';
import { DEFAULT_PLAN_LIMITS, plan } from '../../src/model/plan.ts';

const NOW_MS = 1_800_000_000_000 as EpochMs;
const ID = 'queue10000' as QueueId;
const CELLS = [0, 1].map((number) => ({ id: cellId(number), state: 'open' as const, writeUnitsMax: 40_000 }));

/** Plans for ten shards that take so many units, of which the first ones throttle. */
function planTen(observed: { writeUnits: number; before: number; hot: number }) {
  const ids = Array.from({ length: 10 }, (_, number) => shardId(cellId(number % 2), number));
  const shards = ids.map((id) => ({ id, state: 'open' as const, sinceMs: (NOW_MS - 3_600_000) as EpochMs }));
  const throttles = new Map(ids.slice(0, observed.hot).map((id) => [id, 100]));
  const load = (writeUnits: number): Load => ({
    queues: new Map([[ID, { ...NO_QUEUE_LOAD, writeUnits, throttles }]]),
    cells: new Map(CELLS.map(({ id }) => [id, { ...NO_CELL_LOAD, writeUnits: writeUnits / 2 }])),
  });
  const [latest, earlier] = [load(observed.writeUnits), load(observed.before)];
  const queues = [{ id: ID, shards, min: 1, max: 100 }];
  const input = { queues, cells: CELLS, load: { latest, recent: latest, earlier }, limits: DEFAULT_PLAN_LIMITS };
  return plan({ ...input, nowMs: NOW_MS }).map(({ kind }) => kind);
}

describe('shards that throttle though they are not full', () => {
  it('move, and the queue does not double for them', () => {
    expect(planTen({ writeUnits: 5_000, before: 5_000, hot: 2 })).toEqual(['relocate']);
  });

  it('move before the queue grows for what is only expected', () => {
    expect(planTen({ writeUnits: 5_500, before: 4_500, hot: 2 })).toEqual(['relocate']);
  });

  it('wait while others are too full', () => {
    expect(planTen({ writeUnits: 6_500, before: 6_500, hot: 2 })).toEqual(['split']);
  });
});
