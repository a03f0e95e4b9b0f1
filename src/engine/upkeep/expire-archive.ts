import type { EpochMs } from '../../model/brand.ts';
import { type QueueId, queueOfRecord } from '../../model/ids.ts';
import { EXPIRED_REST_MS } from '../../model/limits.ts';
import { expiresAtMs } from '../../model/retention.ts';
import { type ArchivedObject, isWaiting } from '../../model/rewind.ts';
import type { Stored } from '../../ports/catalog.ts';
import { listingName, queuesOf } from '../archive/index.ts';
import { holdsInObject, keptQueue, unfinishedRewinds, walkRecords } from '../records/index.ts';
import type { Records, Using } from '../service.ts';

/**
 * Removes archive objects whose class has kept them long enough, and those kept for ever of queues that are gone, with
 * what the catalog knows of them, but for those that a waiting rewound message refers to. What no rewind has named, a
 * bucket's lifecycle may have removed before.
 *
 * No rewind that begins later names an object whose time is over. So once its last message stops waiting nothing can
 * need the object any more, and this job removes it.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: a walk over all listed objects every six hours; an index and the list of the rewinds at work for each
 * that goes.
 * @see docs/decisions/0018-kept-by-a-tag.md, docs/decisions/0034-what-nothing-names.md
 */
export async function expireArchive(service: Using<'catalog' | 'clock' | 'objects' | 'routes'>): Promise<void> {
  await walkRecords(service, 'archived', (listing) => expireListed(service, listing));
}

async function expireListed(
  service: Using<'catalog' | 'clock' | 'objects' | 'routes'>,
  { name, value, version }: Stored<ArchivedObject>,
): Promise<void> {
  const { object } = value;
  const endMs = expiresAtMs(object);
  const queueId = queueOfRecord(name);
  // A rewind that looked at the object at the last moment has begun by then, and is seen to be at work.
  const isOver =
    endMs === undefined
      ? (await keptQueue(service, queueId)) === undefined
      : service.clock.nowMs() >= endMs + EXPIRED_REST_MS;
  if (!isOver) return;
  // Of an object that is gone or damaged nothing can be rewound any more, so no other queue needs it.
  const queues = new Set([queueId, ...(await queuesOf(service, object))]);
  for (const one of queues) if (await isNeeded(service, { queueId: one, object, endMs })) return;
  // The listing goes last: a crash in between leaves one that the next walk finds.
  if (endMs !== undefined || (await areAllGone(service, queues))) await service.objects.remove(object);
  for await (const hold of holdsInObject(service, queueId, object)) {
    await service.catalog.tryRemove('hold', hold.name, hold.version);
  }
  await service.catalog.tryRemove('archived', name, version);
}

/** An object that is kept for ever stays while any of its queues does. */
async function areAllGone(service: Using<'catalog' | 'routes'>, queues: ReadonlySet<QueueId>): Promise<boolean> {
  for (const id of queues) if ((await keptQueue(service, id)) !== undefined) return false;
  return true;
}

/** Whether a message of it waits, or a rewind that may need it is at work, and began while it was kept. */
async function isNeeded(
  service: Records,
  {
    queueId,
    object,
    endMs,
  }: { readonly queueId: QueueId; readonly object: string; readonly endMs: EpochMs | undefined },
): Promise<boolean> {
  const lastMs = endMs === undefined ? Number.POSITIVE_INFINITY : endMs + EXPIRED_REST_MS;
  const asking = (await unfinishedRewinds(service)).filter(({ startedAtMs }) => startedAtMs <= lastMs);
  // One that goes at a pace may not have come to the object yet.
  if (asking.some((job) => job.queueId === queueId)) return true;
  const listed = await service.catalog.get('archived', listingName(queueId, object));
  if (listed?.value.isRewound !== true) return false;
  if (asking.length > 0) return true;
  for await (const { value } of holdsInObject(service, queueId, object)) if (isWaiting(value)) return true;
  return false;
}
