import { type CellId, cellOfShard } from '../ids.ts';
import { GROWTH_MS, NO_QUEUE_LOAD } from '../load.ts';
import { openShards, type RouteShard, totalWeight, weightOf } from '../route.ts';
import type { Action, Move, Weight } from './action.ts';
import { type PlanQueue, SHARD_WRITE_UNITS } from './input.ts';
import { type QueueWorld, unitsOfQueue } from './load-map.ts';
import { easeHotSpots, heat, promisedWeight, strengthen, superfluous, weightOfNew } from './weights.ts';

/** Above this fraction of its planned load a queue gets enough shards to return to it. */
const FULL = 1;
/** A queue loses shards only if the remaining ones are filled below this, by a pessimistic estimate. */
const SPARSE = 0.8;
/** The same bound for weak shards, by the observed load. */
const SPARSE_IF_WEAK = 0.97;
/** Weak shards look for other places only above this: while there is room, they do no harm. */
const WANTED = 0.9;
/** At most this fraction of the shards goes at once. */
const MERGED_SHARE = 0.25;
/** At most this fraction of the shards moves at once. */
const MOVED_SHARE = 0.05;
/** A lost claim costs one unit, which is counted, and shows that consumers compete. */
const LOST_CLAIM_UNITS = 4;
/** Smaller growth counts as noise: chance in the reports of few processes looks like a quarter more. */
const GROWTH_MIN = 1.3;
/** From the middle of the last fully reported period until a change of a route has reached every process. */
const LOOK_AHEAD_MS = 30_000;
/** Pause after a split until throttled calls say something about the new shards. */
const SPLIT_REST_MS = 20_000;
/** Shards stay at least this long, so that a short pause in the traffic costs nothing. */
const MERGE_AFTER_SPLIT_MS = 300_000;
/** Pause between two merges: the load of the rest must show before the next. */
const MERGE_REST_MS = 60_000;
/** Doubling shards below this fill would not help: a hot neighbour causes their throttling. */
const DOUBLE_FILL_MIN = 0.35;
/** Many shards that throttle below this fill share partitions with each other, and more shards would make it worse. */
const DOUBLE_FILL_MIN_OF_MANY = 0.9;
/** Open shards from which on a queue has many in this sense. */
const MANY = 8;
/** While some of many shards throttle, retries look like load: the queue grows by at most this fraction at once. */
const DOUBTED_GROWTH = 0.04;
/** A larger growth than this fraction is needed at once. */
const SMALL_GROWTH = 0.1;
/** Throttled calls are retried and counted again: a larger growth is not believed at once. */
const SPLIT_FACTOR_MAX = 4;

/** The changes that a queue needs. Leaving bad cells and keeping its bounds come first. */
export function planQueue(queue: PlanQueue, world: QueueWorld): Action[] {
  const open = openShards(queue);
  const urgent = leaveCells(queue, open, world) ?? keepBounds(queue, open, world);
  if (urgent !== undefined) return [urgent];
  const more = grow(queue, open, world);
  const others = leaveHotSpots(queue, open, world);
  if (more !== undefined) return [more, ...others];
  const useless = giveUpWeak(queue, open, world);
  if (useless !== undefined) return [...others.filter(({ kind }) => kind === 'weigh'), useless];
  if (others.length > 0) return others;
  const fewer = shrink(queue, open, world);
  return fewer === undefined ? [] : [fewer];
}

function leaveCells(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const leaving = open.filter(({ id }) => world.loadMap.whyLeave(cellOfShard(id)) !== undefined);
  const moves = movesOf(queue, leaving, world);
  const [first] = moves;
  if (first === undefined) return undefined;
  const cell = cellOfShard(first.shard);
  return { kind: 'relocate', queueId: queue.id, moves, cause: `cell ${cell} ${world.loadMap.whyLeave(cell)}` };
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
  const cells = Array.from({ length: queue.min - count }, () => world.loadMap.assign(SHARD_WRITE_UNITS));
  return split(queue, cells, `the queue has ${count} shards, at least ${queue.min}`);
}

/** Scales up fast: to the load expected when the change takes effect; at least doubles after throttling. */
function grow(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const count = open.length;
  const { needed: asked, cause } = neededByLoad(queue, open, world) ?? neededByThrottles(queue, open, world) ?? NOTHING;
  const needed = isShared(queue, open, world) ? Math.min(asked, Math.ceil(count * (1 + DOUBTED_GROWTH))) : asked;
  const { loadMap, limits } = world;
  const wanted = Math.min(needed, queue.max, count + limits.openShardsMax - loadMap.openCount) - count;
  const cells: CellId[] = [];
  const shardUnits = unitsOfQueue(world, queue.id) / Math.max(1, needed);
  while (cells.length < wanted) {
    // More shards do not help where the tables are full.
    const cell = loadMap.assign(shardUnits, { fillMax: 1 });
    if (cell === undefined) break;
    cells.push(cell);
  }
  const isRoomy = loadMap.isRoomy || cells.length > Math.max(1, SMALL_GROWTH * count);
  loadMap.openCount += cells.length;
  return split(queue, cells, cause, weightOfNew(isRoomy));
}

interface Need {
  readonly needed: number;
  readonly cause: string;
}

const NOTHING: Need = { needed: 0, cause: '' };

function neededByLoad(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Need | undefined {
  const units = forecast(queue, open, world);
  const lacking = units / (FULL * SHARD_WRITE_UNITS) - promisedWeight(open);
  if (lacking <= 0) return undefined;
  const needed = open.length + Math.ceil(lacking);
  return { needed, cause: `${Math.round(units)} write units a second expected for ${open.length} shards` };
}

/** Whether some of many shards throttle: they share partitions, and part of the demand is not load. */
function isShared(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): boolean {
  const { hot } = heat(queue, world);
  return open.length >= MANY && hot.length > 0 && hot.length <= open.length / 2;
}

/** Write units a second once a change decided now is in effect. A lost claim counts for more than its cost. */
function forecast(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): number {
  const { recent, earlier } = world.load;
  // Claims are also lost because shards throttle, which more shards would not end.
  const lost = isShared(queue, open, world) ? 0 : (recent.queues.get(queue.id) ?? NO_QUEUE_LOAD).lostClaims;
  const now = unitsOfQueue(world, queue.id);
  const before = (earlier.queues.get(queue.id) ?? NO_QUEUE_LOAD).writeUnits;
  const growth = now > GROWTH_MIN * before ? ((now - before) / GROWTH_MS) * LOOK_AHEAD_MS : 0;
  // A queue that has just begun does not count as one that triples every half minute.
  return now + Math.min(growth, now) + LOST_CLAIM_UNITS * lost;
}

function neededByThrottles(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Need | undefined {
  const { throttles, hot } = heat(queue, world);
  if (!isOverloaded(queue, open, world) || isRecent(world, open, SPLIT_REST_MS)) return undefined;
  const count = open.length;
  const asked = Math.ceil((unitsOfQueue(world, queue.id) + throttles) / (FULL * SHARD_WRITE_UNITS));
  const needed = Math.min(Math.max(asked, 2 * count), SPLIT_FACTOR_MAX * count);
  return { needed, cause: `${Math.round(throttles)} calls a second throttled in ${hot.length} of ${count} shards` };
}

/** Whether most shards throttle and are full. A few hot ones share a partition with others and should leave it. */
function isOverloaded(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): boolean {
  const fillMin = open.length < MANY ? DOUBLE_FILL_MIN : DOUBLE_FILL_MIN_OF_MANY;
  const isFull = unitsOfQueue(world, queue.id) >= fillMin * SHARD_WRITE_UNITS * totalWeight(open);
  return heat(queue, world).hot.length > open.length / 2 && isFull;
}

/** A shard may share a partition: it gets less weight, or a new shard replaces it, even in the same cell. */
function leaveHotSpots(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action[] {
  if (isOverloaded(queue, open, world)) return [];
  const { hot } = heat(queue, world);
  const { loadMap, nowMs } = world;
  const eased = easeHotSpots(hot, nowMs, loadMap.isRoomy);
  const calm = strengthen(queue, hot, nowMs);
  const isWanted = unitsOfQueue(world, queue.id) >= WANTED * SHARD_WRITE_UNITS * promisedWeight(open);
  const most = Math.max(1, Math.floor(open.length * MOVED_SHARE));
  const moving = [...eased.moving, ...(isWanted ? calm.moving : [])].slice(0, most);
  return [
    ...weigh(queue, eased.weights, `${eased.weights.length} shards throttle though little filled`),
    ...weigh(queue, calm.weights, `${calm.weights.length} shards do not throttle where they lie`),
    ...relocate(queue, moving, world),
  ];
}

const weigh = (queue: PlanQueue, weights: readonly Weight[], cause: string): Action[] =>
  weights.length === 0 ? [] : [{ kind: 'weigh', queueId: queue.id, weights, cause }];

function relocate(queue: PlanQueue, shards: readonly RouteShard[], world: QueueWorld): Action[] {
  const moves = movesOf(queue, shards, world);
  if (moves.length === 0) return [];
  const cause = `${moves.length} shards throttle though little filled`;
  return [{ kind: 'relocate', queueId: queue.id, moves, cause, ...weightOfNew(world.loadMap.isRoomy) }];
}

/** Drops weak shards at once if the remaining ones suffice: they were only a trial. */
function giveUpWeak(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const weightMin = unitsOfQueue(world, queue.id) / (SPARSE_IF_WEAK * SHARD_WRITE_UNITS);
  const weak = superfluous(open, weightMin, world.nowMs).slice(0, Math.max(0, open.length - queue.min));
  if (weak.length === 0) return undefined;
  const cause = `${weak.length} shards are worth little where they lie`;
  return { kind: 'merge', queueId: queue.id, shards: weak.map(({ id }) => id), cause };
}

/** Scales down slowly: a few shards at a time, if the rest stay far from full even with more competing consumers. */
function shrink(queue: PlanQueue, open: readonly RouteShard[], world: QueueWorld): Action | undefined {
  const count = open.length;
  if (count <= queue.min) return undefined;
  const { earlier } = world.load;
  const before = (earlier.queues.get(queue.id) ?? NO_QUEUE_LOAD).writeUnits;
  const units = Math.max(forecast(queue, open, world), before);
  if (isRecent(world, open, MERGE_AFTER_SPLIT_MS) || heat(queue, world).hot.length > 0) return undefined;
  const draining = queue.shards.filter(({ state }) => state === 'draining');
  if (isRecent(world, draining, MERGE_REST_MS)) return undefined;
  const fill = units / (SHARD_WRITE_UNITS * totalWeight(open));
  // The load of each shard grows with count / left, and lost claims with its square.
  const least = Math.ceil(count * Math.sqrt(fill / SPARSE));
  const left = Math.max(queue.min, 1, least, count - Math.max(1, Math.floor(count * MERGED_SHARE)));
  if (left >= count) return undefined;
  return merge(queue, open, {
    count: count - left,
    cause: `${count} shards are filled to ${Math.round(100 * fill)} %`,
  });
}

const isRecent = ({ nowMs }: QueueWorld, shards: readonly RouteShard[], restMs: number): boolean =>
  shards.some(({ sinceMs }) => nowMs - sinceMs < restMs);

function movesOf(queue: PlanQueue, shards: readonly RouteShard[], { loadMap }: QueueWorld): Move[] {
  return shards.flatMap(({ id }) => {
    const from = cellOfShard(id);
    const units = loadMap.shardUnits(queue, from);
    const to = loadMap.assign(units);
    if (to === undefined) return [];
    loadMap.add(from, -units);
    return [{ shard: id, to }];
  });
}

function split(
  queue: PlanQueue,
  cells: readonly (CellId | undefined)[],
  cause: string,
  weight: { readonly weight?: number } = {},
): Action | undefined {
  const placed = cells.filter((cell) => cell !== undefined);
  return placed.length === 0 ? undefined : { kind: 'split', queueId: queue.id, cells: placed, cause, ...weight };
}

/** Drops the shards of least weight, then the newest: old ones may hold messages that are due much later. */
function merge(
  queue: PlanQueue,
  open: readonly RouteShard[],
  { count, cause }: { readonly count: number; readonly cause: string },
): Action {
  const newest = open.toSorted(
    (one, other) => weightOf(one) - weightOf(other) || other.sinceMs - one.sinceMs || (other.id < one.id ? -1 : 1),
  );
  return { kind: 'merge', queueId: queue.id, shards: newest.slice(0, count).map(({ id }) => id), cause };
}
