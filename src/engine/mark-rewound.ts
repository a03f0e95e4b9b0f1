import { QueueError } from '../model/errors.ts';
import type { QueueId } from '../model/ids.ts';
import { CATALOG_TRIES_MAX } from '../model/limits.ts';
import { listingName } from './archive-writer.ts';
import type { QueueService } from './service.ts';

/**
 * Notes, before anything refers to an archive object, that a rewind names it: from then on it is not compacted.
 * @remarks Cost: one write unit the first time.
 */
export async function markRewound(service: QueueService, queueId: QueueId, object: string): Promise<void> {
  const name = listingName(queueId, object);
  for (let tries = 0; tries < CATALOG_TRIES_MAX; tries++) {
    const stored = await service.catalog.get('archived', name);
    if (stored === undefined || stored.value.isRewound === true) return;
    const marked = { ...stored.value, isRewound: true } as const;
    if ((await service.catalog.tryPut('archived', name, marked, stored.version)) === 'done') return;
  }
  throw new QueueError('Unavailable', `archive object ${object} is being changed by others; the step must be repeated`);
}
