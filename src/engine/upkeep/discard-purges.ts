import { QueueError } from '../../model/errors.ts';
import { queueOfRecord, type ShardId, shardKey } from '../../model/ids.ts';
import { isFinal, type Purge, purgedAtMs, standingPurges, undoUntilMs, withPurgeDiscarded } from '../../model/purge.ts';
import type { Queue } from '../../model/queue.ts';
import type { Stored } from '../../ports/catalog.ts';
import { changeQueue, everyRecord, noteRemoval } from '../records/index.ts';
import type { Upkeep, Using } from '../service.ts';
import { discardShard } from './discard-shard.ts';

/**
 * Discards what purges left behind an hour ago, of each queue the oldest purge first.
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 */
export async function discardPurges(service: Upkeep): Promise<void> {
  let ofQueue: Stored<Purge>[] = [];
  for await (const stored of everyRecord(service, 'purge')) {
    const [first] = ofQueue;
    if (first !== undefined && queueOfRecord(first.name) !== queueOfRecord(stored.name)) {
      await discardOfQueue(service, ofQueue);
      ofQueue = [];
    }
    ofQueue.push(stored);
  }
  await discardOfQueue(service, ofQueue);
}

async function discardOfQueue(service: Upkeep, records: readonly Stored<Purge>[]): Promise<void> {
  const nowMs = service.clock.nowMs();
  const due = records.filter(({ value }) => undoUntilMs(value.id) <= nowMs);
  const [first] = due;
  if (first === undefined) return;
  // What a deleted queue held is discarded with it, or after it was restored.
  const queueId = queueOfRecord(first.name);
  const queue = await service.routes.getById(queueId);
  if (queue === undefined) return;
  try {
    await discardInTurn(service, queue.name, { records, due });
  } catch (error) {
    if (!(error instanceof QueueError && error.code === 'QueueNotFound')) throw error;
  }
}

async function discardInTurn(
  service: Upkeep,
  name: string,
  { records, due }: { readonly records: readonly Stored<Purge>[]; readonly due: readonly Stored<Purge>[] },
): Promise<void> {
  const all = records.map(({ value }) => value);
  const queue = await makeFinal(
    service,
    name,
    due.map(({ value }) => value),
  );
  const standing = new Set(standingPurges(queue, all).map(({ id }) => id));
  let isOldest = true;
  for (const { name: record, value, version } of due) {
    const others = all.filter(({ id }) => id !== value.id && standing.has(id));
    // The purge was undone, or its queue never named it because the process died.
    const isOver = !standing.has(value.id) || (await discardPurge(service, queue, { purge: value, others }));
    // The records of older purges are found by this one, so they go first.
    isOldest &&= isOver;
    if (isOldest) await service.catalog.tryRemove('purge', record, version);
  }
}

/** Undo and discard exclude each other by the queue's record; from this update on, the purges are final. */
async function makeFinal(service: Using<'catalog' | 'routes'>, name: string, due: readonly Purge[]): Promise<Queue> {
  const { queue } = await service.routes.refresh(name);
  const last = due.at(-1);
  if (last === undefined || isFinal(queue, last.id)) return queue;
  const purgedForGoodMs = purgedAtMs(last.id);
  return await changeQueue(service, name, (current) =>
    isFinal(current, last.id) ? current : { ...current, purgedForGoodMs },
  );
}

/**
 * Returns whether a run found nothing more: consumers that still hold messages may have made them visible behind it.
 */
async function discardPurge(
  service: Upkeep,
  queue: Queue,
  { purge, others }: { readonly purge: Purge; readonly others: readonly Purge[] },
): Promise<boolean> {
  const atMs = purgedAtMs(purge.id);
  let found = 0;
  for (const { id } of purge.shards) found += await discardShard(service, shardKey(queue.id, id), atMs);
  if (found > 0) return false;
  const isHere = (shards: readonly { readonly id: ShardId }[], id: ShardId) => shards.some((shard) => shard.id === id);
  for (const { id } of purge.shards) {
    const isNamed = isHere(queue.route.shards, id) || others.some(({ shards }) => isHere(shards, id));
    // A look is no snapshot: it may have missed a message that came after the purge.
    if (!isNamed) await noteRemoval(service, queue, id);
  }
  if (queue.route.shards.some(({ fromMs }) => fromMs === atMs)) {
    await changeQueue(service, queue.name, (current) => withPurgeDiscarded(current, purge));
  }
  return true;
}
