import type { QueueId } from '../../model/ids.ts';
import { expiresAtMs } from '../../model/retention.ts';
import { changeRecord } from '../records/index.ts';
import type { Using } from '../service.ts';
import { listingName } from './archive-writer.ts';

/**
 * Keeps an archive object before a delivery refers to it: the store no longer removes it by itself, and compaction
 * leaves it alone. Repeating changes nothing.
 * @remarks Cost: a call to the object store and one write unit the first time; one read later.
 */
export async function markRewound(
  service: Using<'catalog' | 'objects'>,
  queueId: QueueId,
  object: string,
): Promise<void> {
  let isKept = expiresAtMs(object) === undefined;
  await changeRecord(service, 'archived', listingName(queueId, object), async (listed) => {
    if (listed?.isRewound === true) return listed;
    // First: a process that finds the note relies on it.
    if (!isKept) await service.objects.keep(object);
    isKept = true;
    return listed && ({ ...listed, isRewound: true } as const);
  });
}
