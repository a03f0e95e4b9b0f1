import { DecodeError } from '../../model/bytes.ts';
import type { Compaction } from '../../model/compaction.ts';
import { QueueError } from '../../model/errors.ts';
import type { QueueId } from '../../model/ids.ts';
import { CATALOG_TRIES_MAX, COMPACTED_KEEP_MS } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import type { Stored } from '../../ports/catalog.ts';
import { readArchiveIndex } from '../memory/index.ts';
import { changeQueue, getQueue } from '../queues.ts';
import type { QueueService } from '../service.ts';
import { listingName, queuesIn } from './archive-writer.ts';

const REMOVALS_AT_ONCE = 8;
const COMPACTIONS_PER_SWEEP = 100;
/** A compaction that was not committed within this never will be. */
const ABANDONED_MS = 86_400_000;

/** Name of the record that notes what an object takes the place of. */
export const compactionName = listingName;

/**
 * Lists the object that takes the place of others, and takes those off the list. Whoever meets a pending compaction
 * does this; twice, or at once, it changes nothing.
 *
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 */
export async function applyCompaction(service: QueueService, { id, name }: Pick<Queue, 'id' | 'name'>): Promise<void> {
  const { compaction, ...found } = await getQueue(service, name);
  if (found.id !== id || compaction?.isPending !== true) return;
  const stored = await service.catalog.get('compaction', compactionName(id, compaction.object));
  if (stored !== undefined) await switchListing(service, stored);
  await changeQueue(service, name, (current) =>
    current.compaction?.object === compaction.object
      ? { ...current, compaction: { object: compaction.object, isPending: false } }
      : current,
  );
}

async function switchListing(service: QueueService, { name, value, version }: Stored<Compaction>): Promise<void> {
  if (value.appliedAtMs !== undefined) return;
  const { queueId, into, replaced } = value;
  // First the new one, so that a look at the list meanwhile misses nothing.
  const listing = { ...into, listedAtMs: service.clock.nowMs() };
  const listed = await service.catalog.tryPut('archived', listingName(queueId, into.object), listing, 0);
  if (listed === 'unclear') throw again(name);
  for (let start = 0; start < replaced.length; start += REMOVALS_AT_ONCE) {
    const some = replaced.slice(start, start + REMOVALS_AT_ONCE);
    await Promise.all(some.map((object) => unlist(service, queueId, object)));
  }
  const applied: Compaction = { ...value, appliedAtMs: service.clock.nowMs() };
  if ((await service.catalog.tryPut('compaction', name, applied, version)) === 'unclear') throw again(name);
}

async function unlist(service: QueueService, queueId: QueueId, object: string): Promise<void> {
  for (let tries = 0; tries < CATALOG_TRIES_MAX; tries++) {
    const listed = await service.catalog.get('archived', listingName(queueId, object));
    if (listed === undefined) return;
    if ((await service.catalog.tryRemove('archived', listed.name, listed.version)) === 'done') return;
  }
  throw again(object);
}

/**
 * Removes objects whose place others took an hour ago, once no queue has anything else in them, and what compactions
 * left behind that came to nothing.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run goes on
 */
export async function sweepCompactions(service: QueueService): Promise<void> {
  const nowMs = service.clock.nowMs();
  for (const stored of await service.catalog.list('compaction', { limit: COMPACTIONS_PER_SWEEP })) {
    const { queueId, into, replaced, preparedAtMs, appliedAtMs } = stored.value;
    const isOver = appliedAtMs !== undefined && nowMs >= appliedAtMs + COMPACTED_KEEP_MS;
    const isAbandoned = appliedAtMs === undefined && nowMs >= preparedAtMs + ABANDONED_MS;
    const isNamed = isAbandoned && (await service.routes.getById(queueId))?.compaction?.object === into.object;
    if (!isOver && (!isAbandoned || isNamed)) continue;
    for (const object of isOver ? replaced : [into.object]) await removeUnlisted(service, object);
    await service.catalog.tryRemove('compaction', stored.name, stored.version);
  }
}

/** Removes an object that the catalog lists for none of its queues. */
async function removeUnlisted(service: QueueService, object: string): Promise<void> {
  const queues = await queuesOf(service, object);
  const listed = await Promise.all(
    queues.map((queueId) => service.catalog.get('archived', listingName(queueId, object))),
  );
  if (listed.every((record) => record === undefined)) await service.objects.remove(object);
}

async function queuesOf(service: QueueService, object: string): Promise<QueueId[]> {
  try {
    return [...queuesIn(await readArchiveIndex(service, object))];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

const again = (what: string): QueueError =>
  new QueueError('Unavailable', `the list of archive objects could not be changed for ${what}; it must be repeated`);
