import type { EpochMs } from '../model/brand.ts';
import { QueueError } from '../model/errors.ts';
import type { PurgeId } from '../model/ids.ts';
import {
  isUndoable,
  opensShards,
  type Purge,
  purgeAtMs,
  purgeName,
  undoUntilMs,
  withoutPurge,
  withPurge,
} from '../model/purge.ts';
import type { Queue } from '../model/queue.ts';
import { openShards } from '../model/route.ts';
import { instantText } from '../model/sortable-text.ts';
import { newShards } from './queues.ts';
import { changeQueue, notChanged, tryChangeRecord, withFreeNumbers } from './records/index.ts';
import type { NewQueues, Queues, Using } from './service.ts';

/** Random characters of an id: they tell purges of one millisecond apart. */
const RANDOM_LENGTH = 4;

/**
 * Purges a queue in constant time. New shards take over. Of the old shards, only messages are received that enter from
 * now on, by routes that are still in use.
 *
 * @returns until when the purge can be undone
 * @throws QueueError `QueueNotFound`
 * @remarks Cost: a record of the purge and one update of the queue, however many messages there are.
 * @see docs/decisions/0033-purges-in-records-of-their-own.md
 */
export async function purgeQueue(service: NewQueues, name: string): Promise<{ undoUntilMs: EpochMs }> {
  // Otherwise messages whose send was answered in this millisecond would survive the purge.
  await service.clock.sleep(1);
  const calledAtMs = service.clock.nowMs();
  const random = service.random.text(RANDOM_LENGTH);
  const idAt = (atMs: EpochMs) => (instantText(atMs) + random) as PurgeId;
  let id = idAt(calledAtMs);
  const purged = await changeQueue(service, name, async (queue) => {
    // An earlier try whose answer was lost.
    if (queue.lastPurge === id) return queue;
    id = idAt(purgeAtMs(queue, calledAtMs));
    // The record first: without it the purge could be neither discarded nor undone.
    const previous = queue.lastPurge === undefined ? {} : { previous: queue.lastPurge };
    await notePurge(service, queue, { id, shards: queue.route.shards, ...previous });
    const count = openShards(queue.route).length;
    const numbered = opensShards(queue) ? await withFreeNumbers(service, queue, count) : undefined;
    if (numbered === undefined) return withPurge(queue, id, []);
    const added = newShards(service, numbered, count);
    return { ...withPurge(numbered, id, added), nextShardNumber: numbered.nextShardNumber + count };
  });
  await service.pushRunner?.start(purged);
  return { undoUntilMs: undoUntilMs(id) };
}

/** Runs again when the queue has changed meanwhile, and then covers the shards that its route names then. */
async function notePurge(service: Using<'catalog'>, queue: Queue, purge: Purge): Promise<void> {
  const { outcome } = await tryChangeRecord(service, 'purge', purgeName(queue.id, purge.id), () => purge);
  if (outcome !== 'done') throw notChanged(queue.name, outcome);
}

/**
 * Undoes the last purge: its shards are as they were, and those added since only drain.
 * @throws QueueError `QueueNotFound`, `NothingToUndo`
 * @remarks Cost: a read, an update of the queue, and the removal of the purge's record.
 */
export async function undoPurge(service: Queues, name: string): Promise<void> {
  let undone: PurgeId | undefined;
  const queue = await changeQueue(service, name, async (current) => {
    const id = current.lastPurge;
    // An earlier try whose answer was lost: the purge before it must stay.
    if (undone !== undefined && id !== undone) return current;
    const nowMs = service.clock.nowMs();
    if (id === undefined || !isUndoable(current, id, nowMs)) throw nothingToUndo(name);
    const noted = await service.catalog.get('purge', purgeName(current.id, id));
    if (noted === undefined) throw nothingToUndo(name);
    undone = id;
    return withoutPurge(current, noted.value, nowMs);
  });
  if (undone === undefined) return;
  await service.pushRunner?.start(queue);
  // A record that stays, because this dies here, belongs to no purge: the discarder removes it.
  await tryChangeRecord(service, 'purge', purgeName(queue.id, undone), () => undefined);
}

const nothingToUndo = (name: string): QueueError =>
  new QueueError('NothingToUndo', `queue "${name}" has no purge that can be undone: an hour is the limit`);
