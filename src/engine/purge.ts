import type { EpochMs } from '../model/brand.ts';
import { QueueError } from '../model/errors.ts';
import { PURGE_UNDO_MS } from '../model/limits.ts';
import type { Purge, Queue } from '../model/queue.ts';
import { openShards, type RouteShard, unweighed } from '../model/route.ts';
import { changeQueue, newShards } from './queues.ts';
import type { QueueService } from './service.ts';

/**
 * Purges a queue in constant time: new shards take over, and in the old ones only what enters from now on, by routes
 * that are still about, is received.
 *
 * @returns until when the purge can be undone
 * @throws QueueError `QueueNotFound`
 * @remarks Cost: one catalog update, however many messages there are.
 */
export async function purgeQueue(service: QueueService, name: string): Promise<{ undoUntilMs: EpochMs }> {
  // A send that was answered in this millisecond would lie behind the purge.
  await service.clock.sleep(1);
  const atMs = service.clock.nowMs();
  const undoUntilMs = (atMs + PURGE_UNDO_MS) as EpochMs;
  await changeQueue(service, name, (queue) => {
    // An earlier try whose answer was lost.
    if (queue.purges.some((purge) => purge.atMs === atMs)) return queue;
    const old = queue.route.shards;
    const drained = old.map((shard) => drainedFrom(shard, atMs));
    const added = newShards(service, queue, openShards(queue.route).length);
    return {
      ...queue,
      route: { version: queue.route.version + 1, shards: [...added, ...drained] },
      purges: [...queue.purges, { atMs, undoUntilMs, shards: old }],
      nextShardNumber: queue.nextShardNumber + added.length,
    };
  });
  return { undoUntilMs };
}

/**
 * Undoes the last purge: its shards are as they were, and those added since stay.
 * @throws QueueError `QueueNotFound`, `NothingToUndo`
 */
export async function undoPurge(service: QueueService, name: string): Promise<void> {
  let undoneAtMs: EpochMs | undefined;
  await changeQueue(service, name, (queue) => {
    const purge = queue.purges.at(-1);
    // An earlier try whose answer was lost: the purge before it must stay.
    if (undoneAtMs !== undefined && purge?.atMs !== undoneAtMs) return queue;
    if (purge === undefined || !isUndoable(purge, service.clock.nowMs())) {
      throw new QueueError('NothingToUndo', `queue "${name}" has no purge that can be undone: an hour is the limit`);
    }
    undoneAtMs = purge.atMs;
    const before = new Map(purge.shards.map((shard) => [shard.id, shard]));
    const shards = queue.route.shards.map((shard) => before.get(shard.id) ?? shard);
    const route = { version: queue.route.version + 1, shards };
    return { ...queue, route, purges: queue.purges.slice(0, -1) };
  });
}

/** The oldest purge that can no longer be undone, still to be discarded. */
export const duePurge = (queue: Pick<Queue, 'purges'>, nowMs: EpochMs): Purge | undefined =>
  queue.purges.find((purge) => purge.isDiscarding === true || purge.undoUntilMs <= nowMs);

/** What a purge left behind has been discarded: its shards drain like any other. */
export function withoutPurge(queue: Queue, purge: Purge): Queue {
  const freed = (shards: readonly RouteShard[]) =>
    shards.map((shard) => {
      if (shard.fromMs !== purge.atMs) return shard;
      const { fromMs: _from, isSettled: _settled, ...drained } = shard;
      return drained;
    });
  return {
    ...queue,
    route: { version: queue.route.version + 1, shards: freed(queue.route.shards) },
    purges: queue.purges
      .filter((other) => other.atMs !== purge.atMs)
      .map((other) => ({ ...other, shards: freed(other.shards) })),
  };
}

const isUndoable = (purge: Purge, nowMs: EpochMs): boolean => purge.isDiscarding !== true && purge.undoUntilMs > nowMs;

function drainedFrom(shard: RouteShard, atMs: EpochMs): RouteShard {
  const { isSettled: _, ...rest } = unweighed(shard);
  return { ...rest, state: 'draining', sinceMs: shard.state === 'open' ? atMs : shard.sinceMs, fromMs: atMs };
}
