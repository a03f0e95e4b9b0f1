import { QueueError } from '../../model/errors.ts';
import type { QueueId } from '../../model/ids.ts';
import { CATALOG_TRIES_MAX } from '../../model/limits.ts';
import { expiresAtMs } from '../../model/retention.ts';
import type { QueueService } from '../service.ts';
import { listingName } from './archive-writer.ts';

/**
 * Lets an archive object stay for as long as something may refer to it, before anything does: the store no longer
 * removes it by itself, and, by the note that says so, it is not compacted either. Repeating changes nothing.
 * @remarks Cost: a call to the object store and one write unit the first time; one read later.
 */
export async function markRewound(service: QueueService, queueId: QueueId, object: string): Promise<void> {
  const name = listingName(queueId, object);
  let isKept = expiresAtMs(object) === undefined;
  for (let tries = 0; tries < CATALOG_TRIES_MAX; tries++) {
    const stored = await service.catalog.get('archived', name);
    if (stored?.value.isRewound === true) return;
    // First: who finds the note relies on it.
    if (!isKept) await service.objects.keep(object);
    isKept = true;
    if (stored === undefined) return;
    const marked = { ...stored.value, isRewound: true } as const;
    if ((await service.catalog.tryPut('archived', name, marked, stored.version)) === 'done') return;
  }
  throw new QueueError('Unavailable', `archive object ${object} is being changed by others; the step must be repeated`);
}
