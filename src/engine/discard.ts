import type { EpochMs } from '../model/brand.ts';
import { type Delivery, enteredAtMs, isFinished, locate, outstandingIndexes } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import {
  type DeliveryKey,
  KEY_END,
  keyFrom,
  type QueueId,
  type ShardId,
  type ShardKey,
  shardKey,
} from '../model/ids.ts';
import { CATALOG_TRIES_MAX, INSTANT_MS_LAST, JOB_PAGE_LIMIT, PURGE_UNDO_MS } from '../model/limits.ts';
import type { DeletedQueue, Purge, Queue } from '../model/queue.ts';
import type { Stored } from '../ports/catalog.ts';
import { finishMessages, groupByBlock } from './block-cleanup.ts';
import { everyRecord } from './every-record.ts';
import { notePurged } from './holds.ts';
import { removeIfFinished } from './marking.ts';
import { duePurge, withoutPurge } from './purge.ts';
import { changeQueue } from './queues.ts';
import { finishRestore } from './restore.ts';
import type { QueueService } from './service.ts';

const DELIVERIES_AT_ONCE = 16;
const REMOVED_SHARDS_MAX = 1_000;

/**
 * Discards, in the background, what purges and deleted queues left behind an hour ago. Safe to run twice at once and
 * to die between any two steps.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run goes on
 * @remarks Cost: reads what it discards; three units for each delivery, and its blocks.
 */
export async function discardDue(service: QueueService): Promise<void> {
  for await (const { value } of everyRecord(service, 'queue')) await discardPurges(service, value);
  for await (const stored of everyRecord(service, 'deletedQueue')) await discardDeleted(service, stored);
}

async function discardPurges(service: QueueService, { name, ...listed }: Queue): Promise<void> {
  const nowMs = service.clock.nowMs();
  try {
    for (let purge = duePurge(listed, nowMs); purge !== undefined; ) {
      const queue = await discardPurge(service, name, purge);
      purge = queue && duePurge(queue, nowMs);
    }
  } catch (error) {
    // Deleted meanwhile: what it held is discarded with the queue.
    if (!(error instanceof QueueError && error.code === 'QueueNotFound')) throw error;
  }
}

/**
 * Undo and discard exclude each other by the queue's record; from the first update on, the purge is final. It ends
 * when a run finds nothing more: consumers that still hold messages may have made them visible behind the last one.
 */
async function discardPurge(service: QueueService, name: string, purge: Purge): Promise<Queue | undefined> {
  const isThis = (other: Purge) => other.atMs === purge.atMs;
  const queue = await changeQueue(service, name, (current) => ({
    ...current,
    purges: current.purges.map((other) => (isThis(other) ? { ...other, isDiscarding: true } : other)),
  }));
  if (!queue.purges.some(isThis)) return queue;
  let found = 0;
  for (const { id } of purge.shards) found += await discardShard(service, shardKey(queue.id, id), purge.atMs);
  if (found > 0) return undefined;
  return await changeQueue(service, name, (current) => withoutPurge(current, purge));
}

/** Restore and discard exclude each other by the note of the deletion; from the update on, the deletion is final. */
async function discardDeleted(service: QueueService, { value: queue, version }: Stored<DeletedQueue>): Promise<void> {
  if (queue.restoredAs !== undefined) return await goOnRestoring(service, queue);
  if (service.clock.nowMs() < queue.deletedAtMs + PURGE_UNDO_MS) return;
  const named = await service.catalog.get('queue', queue.name);
  if (named?.value.id === queue.id && named.value.deletedAtMs === undefined) {
    await service.catalog.tryRemove('deletedQueue', queue.id, version);
    return;
  }
  if (queue.isDiscarding !== true) {
    const final = { ...queue, isDiscarding: true };
    if ((await service.catalog.tryPut('deletedQueue', queue.id, final, version)) !== 'done') return;
  }
  let found = 0;
  const removed = await removedShards(service, queue.id);
  const shards = [...queue.route.shards.map(({ id }) => id), ...removed];
  for (const id of shards) found += await discardShard(service, shardKey(queue.id, id), ALL);
  if (found > 0) return;
  if (named?.value.id === queue.id) await service.catalog.tryRemove('queue', queue.name, named.version);
  const noted = await service.catalog.get('deletedQueue', queue.id);
  if (noted !== undefined) await service.catalog.tryRemove('deletedQueue', queue.id, noted.version);
}

/** A restore that died, or is at work: both steps of two at once change nothing twice. */
async function goOnRestoring(service: QueueService, queue: DeletedQueue): Promise<void> {
  try {
    await finishRestore(service, queue);
  } catch (error) {
    // Its name was taken: the deletion stands, and the next run discards.
    if (!(error instanceof QueueError && error.code === 'QueueExists')) throw error;
  }
}

const ALL = INSTANT_MS_LAST as EpochMs;

/** Shards taken off the route within a day: something may have been on its way into them. */
async function removedShards(service: QueueService, queueId: QueueId): Promise<ShardId[]> {
  const prefix = `${queueId}/`;
  const notes = await service.catalog.list('removedShard', { prefix, limit: REMOVED_SHARDS_MAX });
  return notes.map(({ name }) => name.slice(prefix.length) as ShardId);
}

/** Discards, page by page, what entered a shard before `beforeMs`; returns how many deliveries held such messages. */
async function discardShard(service: QueueService, shard: ShardKey, beforeMs: EpochMs): Promise<number> {
  let found = 0;
  let from: DeliveryKey | undefined = keyFrom(0 as EpochMs);
  while (from !== undefined) {
    const page = await service.shards.list(shard, {
      from,
      before: KEY_END,
      limit: JOB_PAGE_LIMIT,
      isConsistent: true,
    });
    for (let start = 0; start < page.deliveries.length; start += DELIVERIES_AT_ONCE) {
      const some = page.deliveries.slice(start, start + DELIVERIES_AT_ONCE);
      const had = await Promise.all(some.map((delivery) => discardDelivery(service, shard, { delivery, beforeMs })));
      found += had.filter((isFound) => isFound).length;
    }
    from = page.next;
  }
  return found;
}

/**
 * Purged messages into block progress, or onto their holds, then marked on the delivery, which goes last: a crash
 * repeats, never loses.
 * Returns whether there was anything to do.
 */
async function discardDelivery(
  service: QueueService,
  shard: ShardKey,
  what: { readonly delivery: Delivery; readonly beforeMs: EpochMs },
): Promise<boolean> {
  const isQueueGone = what.beforeMs === ALL;
  let delivery: Delivery | undefined = what.delivery;
  for (let tries = 0; delivery !== undefined && tries < CATALOG_TRIES_MAX; tries++) {
    const seen: Delivery = delivery;
    const purged = outstandingIndexes(seen).filter((index) => enteredAtMs(locate(seen, index).part) < what.beforeMs);
    // No receipt finds its way in a queue that is gone, so nothing finished has to stay for one.
    const remove = (finished: Delivery) =>
      isQueueGone
        ? service.shards.tryRemove(shard, finished.key, { edition: finished.edition })
        : removeIfFinished(service, shard, finished);
    if (purged.length === 0) {
      if (isFinished(seen)) await remove(seen);
      return isQueueGone || tries > 0;
    }
    await finishMessages(service, groupByBlock([{ delivery: seen, indexes: purged }]));
    await notePurged(service, seen, purged);
    const marked = await service.shards.tryMark(shard, seen.key, { moved: purged, purged }, { edition: seen.edition });
    if (marked.outcome === 'done') {
      if (isFinished(marked.now)) await remove(marked.now);
      return true;
    }
    delivery = marked.outcome === 'refused' ? marked.now : await service.shards.get(shard, seen.key);
  }
  return true;
}
