import { groupBy } from '../group-by.ts';
import { cellOfShard } from '../ids.ts';
import { NO_QUEUE_LOAD } from '../load.ts';
import { openShards, type RouteShard, weightOf } from '../route.ts';
import type { Weight } from './action.ts';
import type { PlanInput, PlanQueue } from './input.ts';
import { unitsOfQueue } from './load-map.ts';

// Throttled calls below this rate and below this share of the write units are left to retries.
const THROTTLES_MIN = 2;
const THROTTLED_SHARE = 0.01;
/** A new shard stays this long, until it shows whether it throttles at its place. */
const MOVE_REST_MS = 15_000;

/** When places are scarce, a shard starts with this weight: its partition has room for that much. */
const WEIGHT_NEW = 0.35;
/** Weight that a shard gains per step while it does not throttle. */
const WEIGHT_STEP = 0.25;
/** Pause between two gains, until the last one shows in throttled calls. */
const STEP_REST_MS = 15_000;
/** A yielding shard keeps this fraction of its weight, at most `YIELDED_MAX`: its backlog needs room too. */
const YIELDED = 0.45;
/** The largest weight that a yielding shard keeps. */
const YIELDED_MAX = 0.3;
/** Time to work off the backlog; after it, throttled calls reflect the new weight. */
const YIELD_REST_MS = 35_000;
/** After a step up, throttled calls reflect the new weight at once. */
const STEP_LOOK_MS = 5_000;
/** A shard that would weigh less than this moves. */
const WEIGHT_MIN = 0.1;
/** A weak shard is replaced only after this age. */
const WEAK_REST_MS = 60_000;
// At most this fraction of the shards is replaced within this time.
const RENEWED_SHARE = 0.02;
const RENEWED_MS = 20_000;

/** Open shards that throttled calls in the last seconds. */
export function heat(queue: PlanQueue, world: PlanInput): { readonly hot: RouteShard[]; readonly throttles: number } {
  const open = openShards(queue);
  const { throttles } = world.load.latest.queues.get(queue.id) ?? NO_QUEUE_LOAD;
  const rateOf = ({ id }: RouteShard) => throttles.get(id) ?? 0;
  const least = Math.max(THROTTLES_MIN, (THROTTLED_SHARE * unitsOfQueue(world, queue.id)) / Math.max(1, open.length));
  const hot = open.filter((shard) => rateOf(shard) > least);
  return { hot, throttles: hot.reduce((sum, shard) => sum + rateOf(shard), 0) };
}

/** The total weight of the shards if new ones find room at their places. */
export const promisedWeight = (open: readonly RouteShard[]): number =>
  open.reduce((sum, shard) => sum + (isWeak(shard) ? weightOf(shard) : 1), 0);

/** The weight of new shards; `undefined` for full weight. */
export const weightOfNew = (isRoomy: boolean): { readonly weight?: number } => (isRoomy ? {} : { weight: WEIGHT_NEW });

/** Whether the shard has had to yield to others. */
const isWeak = (shard: RouteShard): boolean => weightOf(shard) < WEIGHT_NEW;

/** Shards whose weight or place is to change. */
interface Easing {
  readonly weights: readonly Weight[];
  readonly moving: readonly RouteShard[];
}

/**
 * Relieves partitions that shards share: in each cell, the younger half of the throttling shards yields. With enough
 * free places they move. Otherwise they get fewer sends, and move only when little weight is left.
 */
export function easeHotSpots(hot: readonly RouteShard[], nowMs: number, isRoomy: boolean): Easing {
  const yielding = [...groupBy(hot, ({ id }) => cellOfShard(id)).values()].flatMap((some) => youngerHalf(some, nowMs));
  const isMoving = (shard: RouteShard) => isRoomy || weightOf(shard) * YIELDED < WEIGHT_MIN;
  return {
    weights: yielding
      .filter((shard) => !isMoving(shard))
      .map((shard) => ({ shard: shard.id, weight: rounded(Math.min(YIELDED_MAX, weightOf(shard) * YIELDED)) })),
    moving: yielding.filter((shard) => isMoving(shard) && nowMs - shard.sinceMs > MOVE_REST_MS),
  };
}

/** The youngest shards are the surplus. Shards that have just yielded count too, because they may be part of it. */
function youngerHalf(hot: readonly RouteShard[], nowMs: number): RouteShard[] {
  const isResting = (shard: RouteShard) =>
    nowMs - (shard.weighedMs ?? 0) < (isWeak(shard) ? YIELD_REST_MS : STEP_LOOK_MS);
  const restingCount = hot.filter(isResting).length;
  return hot
    .filter((shard) => !isResting(shard))
    .toSorted((one, other) => other.sinceMs - one.sinceMs)
    .slice(0, Math.max(0, Math.ceil(hot.length / 2) - restingCount));
}

/** Shards that do not throttle: new ones gain weight, and some weak ones may look for a better place. */
export function strengthen(queue: PlanQueue, hot: readonly RouteShard[], nowMs: number): Easing {
  const open = openShards(queue);
  const isHot = new Set(hot);
  const calm = open.filter((shard) => shard.weight !== undefined && !isHot.has(shard));
  const isRested = (restMs: number) => (shard: RouteShard) => nowMs - (shard.weighedMs ?? 0) >= restMs;
  const renewed = queue.shards.filter(({ state, sinceMs }) => state === 'draining' && nowMs - sinceMs < RENEWED_MS);
  const most = Math.max(0, Math.ceil(open.length * RENEWED_SHARE) - renewed.length);
  return {
    weights: calm
      .filter((shard) => !isWeak(shard))
      .filter(isRested(STEP_REST_MS))
      .map((shard) => ({ shard: shard.id, weight: Math.min(1, rounded(weightOf(shard) + WEIGHT_STEP)) })),
    moving: weakest(calm.filter(isWeak).filter(isRested(WEAK_REST_MS))).slice(0, most),
  };
}

/** Weak shards that can go while the rest weigh enough. */
export function superfluous(open: readonly RouteShard[], weightMin: number, nowMs: number): RouteShard[] {
  let left = promisedWeight(open);
  const weak = open.filter((shard) => isWeak(shard) && nowMs - (shard.weighedMs ?? 0) >= WEAK_REST_MS);
  return weakest(weak).filter((shard) => {
    const isEnough = left - weightOf(shard) >= weightMin;
    if (isEnough) left -= weightOf(shard);
    return isEnough;
  });
}

const weakest = (shards: readonly RouteShard[]): RouteShard[] =>
  shards.toSorted((one, other) => weightOf(one) - weightOf(other));

/** A short number keeps the route small. */
const rounded = (weight: number): number => Math.round(100 * weight) / 100;
