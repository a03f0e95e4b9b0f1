import type { EpochMs } from '../../model/brand.ts';
import { type CellId, type ShardId, shardId } from '../../model/ids.ts';
import type { Action, Weight } from '../../model/plan/index.ts';
import type { Queue } from '../../model/queue.ts';
import { type RouteShard, unweighed, weighing } from '../../model/route.ts';

/** Numbers that a shard id can say; they are never used again, which lasts for centuries of changes. */
const SHARD_NUMBERS = 64 ** 3;

export type RouteAction = Exclude<Action, { kind: 'warm' }>;

/** The queue with the action done; `undefined` when its numbers are used up. */
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
