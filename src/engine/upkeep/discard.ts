import { QueueError } from '../../model/errors.ts';
import { shardKey } from '../../model/ids.ts';
import { PURGE_UNDO_MS } from '../../model/limits.ts';
import type { DeletedQueue } from '../../model/queue.ts';
import type { Stored } from '../../ports/catalog.ts';
import { everyRecord, removedShardsOf, shardsOffRoute, tryChangeRecord } from '../records/index.ts';
import { finishRestore } from '../restore.ts';
import type { Jobs, Upkeep } from '../service.ts';
import { discardPurges } from './discard-purges.ts';
import { ALL, discardShard } from './discard-shard.ts';

/**
 * Discards, in the background, what purges and deleted queues left behind an hour ago. Safe to run twice at once and
 * to die between any two steps.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: the records of purges and of deleted queues; reads what it discards; three units for each delivery,
 * and its blocks.
 */
export async function discardDue(service: Upkeep & Jobs): Promise<void> {
  await discardPurges(service);
  for await (const stored of everyRecord(service, 'deletedQueue')) await discardDeleted(service, stored);
}

/** Restore and discard exclude each other by the note of the deletion; from the update on, the deletion is final. */
async function discardDeleted(service: Upkeep & Jobs, { value: queue, version }: Stored<DeletedQueue>): Promise<void> {
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
  const removed = await removedShardsOf(service, queue.id);
  const shards = [...queue.route.shards.map(({ id }) => id), ...(await shardsOffRoute(service, queue)), ...removed];
  for (const id of shards) found += await discardShard(service, shardKey(queue.id, id), ALL);
  if (found > 0) return;
  for (const kind of ['decisions', 'pushLease', 'signingKeys'] as const) {
    await tryChangeRecord(service, kind, queue.id, () => undefined);
  }
  for (const kind of ['purge', 'removedShard', 'totals', 'rewind'] as const) {
    for await (const record of everyRecord(service, kind, { prefix: `${queue.id}/` })) {
      await service.catalog.tryRemove(kind, record.name, record.version);
    }
  }
  if (named?.value.id === queue.id) await service.catalog.tryRemove('queue', queue.name, named.version);
  await tryChangeRecord(service, 'deletedQueue', queue.id, () => undefined);
}

/** A restore that died, or is at work: both steps of two at once change nothing twice. */
async function goOnRestoring(service: Jobs, queue: DeletedQueue): Promise<void> {
  try {
    await finishRestore(service, queue);
  } catch (error) {
    // Its name was taken: the deletion stands, and the next run discards.
    if (!(error instanceof QueueError && error.code === 'QueueExists')) throw error;
  }
}
