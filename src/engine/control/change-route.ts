import type { EpochMs } from '../../model/brand.ts';
import { type CellId, SHARD_NUMBERS, type ShardId, shardId } from '../../model/ids.ts';
import type { Action, Weight } from '../../model/plan/index.ts';
import type { Queue } from '../../model/queue.ts';
import { type RouteShard, unweighed, weighing } from '../../model/route.ts';

export type RouteAction = Exclude<Action, { kind: 'warm' }>;

/** How many shards an action adds. */
export const addedCount = (action: RouteAction): number =>
  action.kind === 'weigh' ? 0 : changesOf(action).added.length;

/** The queue after the action; new shards take its next numbers. `undefined` when too few numbers are left. */
export function withAction(queue: Queue, action: RouteAction, nowMs: EpochMs): Queue | undefined {
  if (action.kind === 'weigh') return weighed(queue, action.weights, nowMs);
  const { added, drained } = changesOf(action);
  const { weight = 1 } = action.kind === 'merge' ? {} : action;
  if (queue.nextShardNumber + added.length > SHARD_NUMBERS) return undefined;
  const left = queue.route.shards.map((shard): RouteShard => {
    return drained.has(shard.id) && shard.state === 'open'
      ? { ...unweighed(shard), state: 'draining', sinceMs: nowMs }
      : shard;
  });
  const news = added.map((cell, index): RouteShard => {
    const shard: RouteShard = { id: shardId(cell, queue.nextShardNumber + index), state: 'open', sinceMs: nowMs };
    return weighing(shard, weight, nowMs);
  });
  return {
    ...queue,
    route: { version: queue.route.version + 1, shards: [...news, ...left] },
    nextShardNumber: queue.nextShardNumber + news.length,
  };
}

function weighed(queue: Queue, weights: readonly Weight[], nowMs: EpochMs): Queue {
  const weightOf = new Map(weights.map(({ shard, weight }) => [shard, weight]));
  const shards = queue.route.shards.map((shard) => {
    const weight = weightOf.get(shard.id);
    return weight === undefined || shard.state !== 'open' ? shard : weighing(shard, weight, nowMs);
  });
  return { ...queue, route: { version: queue.route.version + 1, shards } };
}

function changesOf(action: Exclude<RouteAction, { kind: 'weigh' }>): {
  added: readonly CellId[];
  drained: ReadonlySet<ShardId>;
} {
  if (action.kind === 'split') return { added: action.cells, drained: new Set() };
  if (action.kind === 'merge') return { added: [], drained: new Set(action.shards) };
  return { added: action.moves.map(({ to }) => to), drained: new Set(action.moves.map(({ shard }) => shard)) };
}
