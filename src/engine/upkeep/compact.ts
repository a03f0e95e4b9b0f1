import { createHash } from 'node:crypto';
import { type Compaction, compactedName, planCompaction } from '../../model/compaction.ts';
import type { QueueId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import type { ArchivedObject } from '../../model/rewind.ts';
import { applyCompaction, archivedObject, compactionName } from '../archive/index.ts';
import { unlessDamaged } from '../memory/index.ts';
import { changeQueue, changeRecord, isRewinding } from '../records/index.ts';
import type { Upkeep, Using } from '../service.ts';
import { Merging } from './merging.ts';

/** Objects of one list: enough for several compactions. */
const OBJECTS_PER_PAGE = 1_000;
/** Objects read at once: of less than a megabyte each. */
const OBJECTS_AT_ONCE = 8;

/**
 * Makes one archive object of many small ones that a queue has of an hour, so that a quiet queue does not become a
 * million objects. What a rewind has named stays as it is, and nothing happens while one is at work: the switch is one
 * update of the queue's record, which a rewind that starts changes too.
 *
 * @param hour - of deletion, as object names tell it; over for good
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 * @remarks Cost: a list of the hour; a read of each object and a few writes for each two hundred of them.
 */
export async function compactHour(service: Upkeep, name: string, hour: string): Promise<void> {
  for (;;) {
    const stored = await service.catalog.get('queue', name);
    if (stored === undefined || stored.value.deletedAtMs !== undefined) return;
    const queue = stored.value;
    if (queue.compaction?.isPending === true) await applyCompaction(service, queue);
    else if (!(await compactSome(service, queue, hour))) return;
  }
}

/** Compacts one group of objects; returns whether there may be more. */
async function compactSome(service: Upkeep, queue: Queue, hour: string): Promise<boolean> {
  if (await isRewinding(service, queue)) return false;
  const prefix = `${queue.id}/${hour}/`;
  const listed = await service.catalog.list('archived', { prefix, limit: OBJECTS_PER_PAGE });
  const chosen = planCompaction(listed.map(({ value }) => value));
  const compaction = chosen && (await putCompacted(service, queue.id, chosen));
  if (compaction === undefined) return false;
  if (!(await commit(service, queue, compaction))) return false;
  await applyCompaction(service, queue);
  return true;
}

/** Puts the object that takes the place of others, and notes of which; nothing of it counts before the commit. */
async function putCompacted(
  service: Upkeep,
  queueId: QueueId,
  chosen: readonly ArchivedObject[],
): Promise<Compaction | undefined> {
  const merging = new Merging(queueId);
  for (let start = 0; start < chosen.length; start += OBJECTS_AT_ONCE) {
    const some = chosen.slice(start, start + OBJECTS_AT_ONCE);
    const read = await Promise.all(
      some.map(async ({ object }) => ({ object, bytes: await unlessDamaged(service.objects.get(object)) })),
    );
    for (const { object, bytes } of read) merging.tryAdd(object, bytes);
  }
  if (merging.names.length < 2) return undefined;
  const object = compactedName(merging.names, hashOf([queueId, ...merging.names]));
  const { bytes, index } = await merging.finish(service.settings.compressArchive);
  // The same name has the same content: an earlier try may have come as far.
  const retention = chosen[0]?.retention ?? 'forever';
  await service.objects.putIfAbsent(object, bytes, { canExpire: retention !== 'forever' });
  const preparedAtMs = service.clock.nowMs();
  const into = archivedObject(object, retention, { index, queueId, listedAtMs: preparedAtMs });
  const compaction = { queueId, into, replaced: merging.names, preparedAtMs };
  return await changeRecord(service, 'compaction', compactionName(queueId, object), () => compaction);
}

/** From here on rewinds go by the new object; refused where one has started since the objects were chosen. */
async function commit(service: Using<'catalog' | 'routes'>, queue: Queue, { into }: Compaction): Promise<boolean> {
  const changed = await changeQueue(service, queue.name, (current) => {
    const isAsSeen = current.id === queue.id && current.rewindId === queue.rewindId;
    if (!isAsSeen || current.compaction?.isPending === true) return current;
    return { ...current, compaction: { object: into.object, isPending: true } };
  });
  return changed.compaction?.object === into.object;
}

/** Characters of a hash, 60 bits: the name depends on what was merged, so a repeat writes the same object. */
const HASH_LENGTH = 10;

/** Queues that share objects have compacted ones of their own. */
const hashOf = (words: readonly string[]): string =>
  createHash('sha256').update(words.join('\n')).digest('base64url').slice(0, HASH_LENGTH);
