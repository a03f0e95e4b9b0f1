import { type CellId, cellOfShard } from './ids.ts';
import { GROWTH_MS, NO_QUEUE_LOAD } from './load.ts';
import type { Action, Move, PlanInput, PlanQueue } from './plan.ts';
import { type Placement, unitsOfQueue } from './plan-placement.ts';
import { openShards, type RouteShard } from './route.ts';

/** Write units a second that a shard is planned for; its key value takes 1,000 and no more. */
export const SHARD_WRITE_UNITS = 650;
/** A queue gets shards above this part of what they are planned for, and so many that it is at it. */
const FULL = 0.9;
/** It loses shards only if those that stay are filled to less than this, by a pessimistic reckoning. */
const SPARSE = 0.7;
/** At most this part of the shards goes at once. */
const MERGED_SHARE = 0.25;
/** A lost claim costs a unit, which is counted, and tells that consumers are in each other's way. */
const LOST_CLAIM_UNITS = 4;
/** Growth below this is taken for noise: the chance in what few processes report looks like a quarter more. */
const GROWTH_MIN = 1.3;
/** From the middle of what is known in full until a change of a route has reached every process. */
const LOOK_AHEAD_MS = 30_000;
/** After a split, until throttled calls tell something of the new shards. */
const SPLIT_REST_MS = 20_000;
/** Shards stay at least this long, so that a short pause in the traffic costs nothing. */
const MERGE_AFTER_SPLIT_MS = 300_000;
const MERGE_REST_MS = 60_000;
/** A new shard stays so long, until it is known whether it throttles where it lies. */
const HOT_REST_MS = 30_000;
/** Throttled calls below this rate, and below this share of the write units, are left to be repeated. */
const THROTTLES_MIN = 2;
const THROTTLED_SHARE = 0.01;
/** Doubling shards that are filled to less than this would not help: what is hot lies beside them. */
const DOUBLE_FILL_MIN = 0.35;
/** What was throttled is repeated, and counted again: more than this is not believed at once. */
const SPLIT_FACTOR_MAX = 4;

export interface QueueWorld extends PlanInput {
  readonly placement: Placement;
}

/** The change that a queue needs most: out of bad cells, within its bounds, up, away from hot spots, down. */
export function planQueue(queue: PlanQueue, world: QueueWorld): Action | undefined {
  const open = openShards(queue);
  return (
    leaveCells(queue, open, world) ??
    keepBounds(queue, open, world) ??
    (isFull(queue, open, world) ? grow(queue, open, world) : undefined) ??
    // While load grows there is always something to add, and hot spots would wait for ever.
    leaveHotSpots(queue, open, world) ??
    grow(queue, open, world) ??
    shrink(queue, open, world)
  );
}

/** Filled already, not only by what is expected. */
const isFull = (queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): boolean =>
  unitsOfQueue(world, queue.id) > FULL * SHARD_WRITE_UNITS * open.length;

function leaveCells(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const leaving = open.filter(({ id }) => world.placement.whyLeave(cellOfShard(id)) !== undefined);
  const moves = movesOf(queue, leaving, world);
  const [first] = moves;
  if (first === undefined) return undefined;
  const cell = cellOfShard(first.shard);
  return { kind: 'relocate', queueId: queue.id, moves, cause: `cell ${cell} ${world.placement.whyLeave(cell)}` };
}

function keepBounds(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const count = open.length;
  if (count > queue.max) {
    return merge(queue, open, {
      count: count - queue.max,
      cause: `the queue has ${count} shards, at most ${queue.max}`,
    });
  }
  if (count >= queue.min) return undefined;
  const cells = Array.from({ length: queue.min - count }, () => world.placement.place(SHARD_WRITE_UNITS));
  return split(queue, cells, `the queue has ${count} shards, at least ${queue.min}`);
}

/** Up fast: straight to what the load will be when the change is in effect; at least double after throttling. */
function grow(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const count = open.length;
  const { needed, cause } = neededByLoad(queue, count, world) ?? neededByThrottles(queue, open, world) ?? NOTHING;
  const { placement, limits } = world;
  const wanted = Math.min(needed, queue.max, count + limits.openShardsMax - placement.openCount) - count;
  const cells: CellId[] = [];
  const shardUnits = unitsOfQueue(world, queue.id) / Math.max(1, needed);
  while (cells.length < wanted) {
    // What tables cannot take, more shards would not make them take.
    const cell = placement.place(shardUnits, { fillMax: 1 });
    if (cell === undefined) break;
    cells.push(cell);
  }
  placement.openCount += cells.length;
  return split(queue, cells, cause);
}

interface Need {
  readonly needed: number;
  readonly cause: string;
}

const NOTHING: Need = { needed: 0, cause: '' };

function neededByLoad(queue: PlanQueue, count: number, world: QueueWorld): Need | undefined {
  const units = forecast(queue, world);
  if (units <= FULL * SHARD_WRITE_UNITS * count) return undefined;
  const needed = Math.ceil(units / (FULL * SHARD_WRITE_UNITS));
  return { needed, cause: `${Math.round(units)} write units a second expected for ${count} shards` };
}

/** Write units a second when a change decided now is in effect everywhere; lost claims weigh more than they cost. */
function forecast(queue: PlanQueue, world: QueueWorld): number {
  const { recent, earlier } = world.load;
  const lost = (recent.queues.get(queue.id) ?? NO_QUEUE_LOAD).lostClaims;
  const now = unitsOfQueue(world, queue.id);
  const before = (earlier.queues.get(queue.id) ?? NO_QUEUE_LOAD).writeUnits;
  const growth = now > GROWTH_MIN * before ? ((now - before) / GROWTH_MS) * LOOK_AHEAD_MS : 0;
  // A queue that has just begun is not taken for one that triples every half minute.
  return now + Math.min(growth, now) + LOST_CLAIM_UNITS * lost;
}

function neededByThrottles(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Need | undefined {
  const { units, throttles, hot } = heat(queue, open, world);
  if (hot.length === 0 || isRecent(world, open, SPLIT_REST_MS)) return undefined;
  const count = open.length;
  if (units < DOUBLE_FILL_MIN * SHARD_WRITE_UNITS * count) return undefined;
  // A few hot ones among many that are not full share a partition with others: they are to leave it.
  if (hot.length <= count / 2 && !isFull(queue, open, world)) return undefined;
  const asked = Math.ceil((units + throttles) / (FULL * SHARD_WRITE_UNITS));
  const needed = Math.min(Math.max(asked, 2 * count), SPLIT_FACTOR_MAX * count);
  return { needed, cause: `${Math.round(throttles)} calls a second throttled in ${hot.length} of ${count} shards` };
}

/** Open shards that turn calls away, by what is known of the last seconds. */
function heat(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld) {
  const { throttles } = world.load.latest.queues.get(queue.id) ?? NO_QUEUE_LOAD;
  const units = unitsOfQueue(world, queue.id);
  const shardMin = Math.max(THROTTLES_MIN, (THROTTLED_SHARE * units) / Math.max(1, open.length));
  const hot = open.filter(({ id }) => (throttles.get(id) ?? 0) > shardMin);
  return { units, hot, throttles: hot.reduce((sum, { id }) => sum + (throttles.get(id) ?? 0), 0) };
}

/** A shard may share a partition with others: a new one lies elsewhere, even in the same cell. */
function leaveHotSpots(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const { hot } = heat(queue, open, world);
  const settled = hot.filter(({ sinceMs }) => world.nowMs - sinceMs > HOT_REST_MS);
  const moves = movesOf(queue, settled.slice(0, Math.max(1, Math.floor(open.length * MERGED_SHARE))), world);
  if (moves.length === 0) return undefined;
  return { kind: 'relocate', queueId: queue.id, moves, cause: `${moves.length} shards throttle though little filled` };
}

/** Down slowly: some shards at a time, if those that stay are far from full even where consumers meet more often. */
function shrink(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const count = open.length;
  if (count <= queue.min || isRecent(world, open, MERGE_AFTER_SPLIT_MS)) return undefined;
  const draining = queue.shards.filter(({ state }) => state === 'draining');
  if (isRecent(world, draining, MERGE_REST_MS) || heat(queue, open, world).hot.length > 0) return undefined;
  const { earlier } = world.load;
  const before = (earlier.queues.get(queue.id) ?? NO_QUEUE_LOAD).writeUnits;
  const fill = Math.max(forecast(queue, world), before) / (SHARD_WRITE_UNITS * count);
  // What each shard takes grows with count / left, and lost claims with its square.
  const least = Math.ceil(count * Math.sqrt(fill / SPARSE));
  const left = Math.max(queue.min, 1, least, count - Math.max(1, Math.floor(count * MERGED_SHARE)));
  if (left >= count) return undefined;
  const cause = `${count} shards are filled to ${Math.round(100 * fill)} %`;
  return merge(queue, open, { count: count - left, cause });
}

const isRecent = ({ nowMs }: QueueWorld, shards: readonly RouteShard[], restMs: number): boolean =>
  shards.some(({ sinceMs }) => nowMs - sinceMs < restMs);

function movesOf(queue: PlanQueue, shards: readonly RouteShard[], { placement }: QueueWorld): Move[] {
  return shards.flatMap(({ id }) => {
    const from = cellOfShard(id);
    const units = placement.shardUnits(queue, from);
    const to = placement.place(units);
    if (to === undefined) return [];
    placement.add(from, -units);
    return [{ shard: id, to }];
  });
}

function split(queue: PlanQueue, cells: readonly (CellId | undefined)[], cause: string): Action | undefined {
  const placed = cells.filter((cell) => cell !== undefined);
  return placed.length === 0 ? undefined : { kind: 'split', queueId: queue.id, cells: placed, cause };
}

/** The newest go: the old ones may hold what is due much later. */
function merge(
  queue: PlanQueue,
  open: readonly RouteShard[],
  { count, cause }: { readonly count: number; readonly cause: string },
): Action {
  const newest = open.toSorted((one, other) => other.sinceMs - one.sinceMs || (other.id < one.id ? -1 : 1));
  return { kind: 'merge', queueId: queue.id, shards: newest.slice(0, count).map(({ id }) => id), cause };
}
