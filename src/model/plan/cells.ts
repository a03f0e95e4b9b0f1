import { groupBy } from '../group-by.ts';
import { type CellId, cellOfShard, type QueueId } from '../ids.ts';
import { openShards, type RouteShard } from '../route.ts';
import type { Action, Move } from './action.ts';
import { CELL_FULL, type PlanQueue, SHARD_WRITE_UNITS } from './input.ts';
import type { QueueWorld } from './load-map.ts';

/** A full cell gives up shards down to this fraction of its limit. Other cells take them up to the same fraction. */
const CELL_COOL = 0.6;
/** A moved shard stays this long. After this, the load of its old cell shows that it has left. */
const MOVE_REST_MS = 60_000;
/** A queue is noisy in a full cell above this fraction of its load. */
const NOISY = 0.5;

interface Tenant {
  readonly queue: PlanQueue;
  readonly shard: RouteShard;
  /** Write units a second that the shard takes from the cell. */
  readonly units: number;
}

/** Moves load from full cells to cells with room. */
export function coolCells(queues: readonly PlanQueue[], world: QueueWorld): Action[] {
  const moved = new Set<QueueId>();
  return world.cells.flatMap(({ id }) => {
    if (world.loadMap.fill(id) <= CELL_FULL || hasJustGivenUp(id, world)) return [];
    const free = queues.filter((queue) => !moved.has(queue.id));
    const actions = coolCell(id, tenantsOf(id, free, world), world);
    for (const action of actions) if ('queueId' in action) moved.add(action.queueId);
    return actions;
  });
}

const hasJustGivenUp = (cell: CellId, { queues, nowMs }: QueueWorld): boolean =>
  queues.some(({ shards }) =>
    shards.some(
      ({ id, state, sinceMs }) => state === 'draining' && cellOfShard(id) === cell && nowMs - sinceMs < MOVE_REST_MS,
    ),
  );

function tenantsOf(cell: CellId, queues: readonly PlanQueue[], { loadMap, nowMs }: QueueWorld): Tenant[] {
  return queues.flatMap((queue) => {
    const shards = openShards(queue).filter(({ id }) => cellOfShard(id) === cell);
    const units = loadMap.shardUnits(queue, cell);
    return shards
      .filter(({ sinceMs }) => units > 0 && nowMs - sinceMs > MOVE_REST_MS)
      .map((shard) => ({ queue, shard, units }));
  });
}

/** A noisy queue keeps the cell for itself if that suffices; otherwise the largest shards go. */
function coolCell(cell: CellId, tenants: readonly Tenant[], world: QueueWorld): Action[] {
  const { loadMap } = world;
  const excess = loadMap.excess(cell, CELL_COOL);
  const byQueue = groupBy(tenants, ({ queue }) => queue);
  const unitsOf = (some: readonly Tenant[] = []) => some.reduce((sum, { units }) => sum + units, 0);
  const [noisy, own] = [...byQueue].toSorted(([, one], [, other]) => unitsOf(other) - unitsOf(one))[0] ?? [];
  const others = tenants.filter(({ queue }) => queue !== noisy);
  const isNoisy = unitsOf(own) > NOISY * (unitsOf(own) + unitsOf(others)) && unitsOf(others) >= excess;
  const percent = Math.round(100 * loadMap.fill(cell));
  const cause = isNoisy
    ? `cell ${cell} is at ${percent} % of its limit, most of it by one queue`
    : `cell ${cell} is at ${percent} % of its limit`;
  const moves = movesOut(cell, isNoisy ? others : tenants, world);
  return [...groupBy(moves, ({ tenant }) => tenant.queue.id)].map(([queueId, some]) => ({
    kind: isNoisy ? 'isolate' : 'relocate',
    queueId,
    moves: some.map(({ move }) => move),
    cause,
  }));
}

function movesOut(cell: CellId, tenants: readonly Tenant[], { loadMap }: QueueWorld) {
  const moves: { tenant: Tenant; move: Move }[] = [];
  for (const tenant of tenants.toSorted((one, other) => other.units - one.units)) {
    if (loadMap.excess(cell, CELL_COOL) <= 0) break;
    const to = loadMap.assign(tenant.units, { fillMax: CELL_COOL, except: cell });
    if (to === undefined) continue;
    loadMap.add(cell, -tenant.units);
    moves.push({ tenant, move: { shard: tenant.shard.id, to } });
  }
  return moves;
}

/** Warms tables for the load that a queue's minimum of shards announces. */
export function warmCells({ queues, cells, limits }: QueueWorld): Action[] {
  const announced = new Map<CellId, number>();
  for (const queue of queues.filter(({ min }) => min > 1)) {
    for (const { id } of openShards(queue).slice(0, queue.min)) {
      const cell = cellOfShard(id);
      announced.set(cell, (announced.get(cell) ?? 0) + SHARD_WRITE_UNITS);
    }
  }
  return cells.flatMap(({ id, writeUnitsMax }): Action[] => {
    const units = announced.get(id) ?? 0;
    const writeUnits = Math.min(limits.cellWriteUnitsMax, Math.ceil(units / CELL_FULL));
    if (writeUnits <= writeUnitsMax) return [];
    return [
      { kind: 'warm', cell: id, writeUnits, cause: `${units} write units a second are announced for cell ${id}` },
    ];
  });
}
