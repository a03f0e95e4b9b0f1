import type { Compaction } from '../../model/compaction.ts';
import type { QueueId } from '../../model/ids.ts';
import { COMPACTED_KEEP_MS } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import { readArchiveIndex, unlessDamaged } from '../memory/index.ts';
import { changeQueue, changeRecord, everyRecord, getQueue } from '../records/index.ts';
import type { Queues, Records, Using } from '../service.ts';
import { listingName, queuesIn } from './archive-writer.ts';

/** Objects removed at once: each is a call of S3 and one of the catalog. */
const REMOVALS_AT_ONCE = 8;
/** The next sweep continues: what this one removed is no longer in its way. */
const SWEEP_MS_MAX = 20_000;
/** A compaction that is not committed within this will never be. */
const ABANDONED_MS = 86_400_000;

/** Name of the record that lists which objects a compacted one replaces. */
export const compactionName = listingName;

/**
 * Puts the compacted object on the list, and takes the replaced ones off. Every process that meets a pending compaction
 * does this. It is idempotent, and may run in two processes at once.
 *
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 */
export async function applyCompaction(service: Queues, { id, name }: Pick<Queue, 'id' | 'name'>): Promise<void> {
  const { compaction, ...found } = await getQueue(service, name);
  if (found.id !== id || compaction?.isPending !== true) return;
  const stored = await service.catalog.get('compaction', compactionName(id, compaction.object));
  if (stored !== undefined) await switchListing(service, stored.value);
  await changeQueue(service, name, (current) =>
    current.compaction?.object === compaction.object
      ? { ...current, compaction: { object: compaction.object, isPending: false } }
      : current,
  );
}

async function switchListing(service: Records, compaction: Compaction): Promise<void> {
  if (compaction.appliedAtMs !== undefined) return;
  const { queueId, into, replaced } = compaction;
  // The new object first, so that a reader of the list misses nothing.
  const listing = { ...into, listedAtMs: service.clock.nowMs() };
  await changeRecord(service, 'archived', listingName(queueId, into.object), (listed) => listed ?? listing);
  for (let start = 0; start < replaced.length; start += REMOVALS_AT_ONCE) {
    const some = replaced.slice(start, start + REMOVALS_AT_ONCE);
    await Promise.all(
      some.map((object) => changeRecord(service, 'archived', listingName(queueId, object), () => undefined)),
    );
  }
  const applied: Compaction = { ...compaction, appliedAtMs: service.clock.nowMs() };
  await changeRecord(service, 'compaction', compactionName(queueId, into.object), (noted) =>
    noted?.appliedAtMs === undefined ? noted && applied : noted,
  );
}

/**
 * Removes objects that were replaced an hour ago, once no queue has messages in them, and the remains of compactions
 * that were never committed.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: a list of the compactions of the last hour; an index and a few reads for each object that goes.
 */
export async function sweepCompactions(service: Using<'catalog' | 'clock' | 'objects' | 'routes'>): Promise<void> {
  const nowMs = service.clock.nowMs();
  for await (const stored of everyRecord(service, 'compaction')) {
    if (service.clock.nowMs() >= nowMs + SWEEP_MS_MAX) return;
    const { queueId, into, replaced, preparedAtMs, appliedAtMs } = stored.value;
    const isOver = appliedAtMs !== undefined && nowMs >= appliedAtMs + COMPACTED_KEEP_MS;
    const isAbandoned = appliedAtMs === undefined && nowMs >= preparedAtMs + ABANDONED_MS;
    const isNamed = isAbandoned && (await service.routes.getById(queueId))?.compaction?.object === into.object;
    if (!isOver && (!isAbandoned || isNamed)) continue;
    const left = isOver ? replaced : [into.object];
    for (let start = 0; start < left.length; start += REMOVALS_AT_ONCE) {
      const some = left.slice(start, start + REMOVALS_AT_ONCE);
      await Promise.all(some.map((object) => removeUnlisted(service, object)));
    }
    await service.catalog.tryRemove('compaction', stored.name, stored.version);
  }
}

/** Removes an object that the catalog lists for none of its queues. */
async function removeUnlisted(service: Using<'catalog' | 'objects'>, object: string): Promise<void> {
  const queues = await queuesOf(service, object);
  const listed = await Promise.all(
    [...queues].map((queueId) => service.catalog.get('archived', listingName(queueId, object))),
  );
  if (listed.every((record) => record === undefined)) await service.objects.remove(object);
}

/** The queues that have messages in an object; none where it is missing or damaged. */
export async function queuesOf(service: Using<'objects'>, object: string): Promise<ReadonlySet<QueueId>> {
  const index = await unlessDamaged(readArchiveIndex(service, object));
  return index === undefined ? new Set() : queuesIn(index);
}
