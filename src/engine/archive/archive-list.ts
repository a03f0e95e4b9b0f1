import { sliceNameOf } from '../../model/archive-object.ts';
import { messageKey } from '../../model/archive-slice.ts';
import type { EpochMs } from '../../model/brand.ts';
import type { QueueId } from '../../model/ids.ts';
import { hourText } from '../../model/retention.ts';
import type { ArchivedObject } from '../../model/rewind.ts';
import { HOUR_MS } from '../../model/spans.ts';
import type { Stored } from '../../ports/catalog.ts';
import { readArchiveIndex, unlessDamaged } from '../memory/index.ts';
import { everyRecord } from '../records/index.ts';
import type { Records, Using } from '../service.ts';

/** The clocks of the functions that name objects by the hour may differ. */
const SPARE_MS = HOUR_MS;

/**
 * The archive objects of a queue from the hour of a moment on.
 * @param notBefore - the name of a record: those before it are passed over
 */
export function listArchived(
  service: Records,
  queueId: QueueId,
  fromMs: EpochMs,
  notBefore = '',
): AsyncGenerator<Stored<ArchivedObject>> {
  const prefix = `${queueId}/`;
  const after = prefix + hourText(Math.max(0, fromMs - SPARE_MS) as EpochMs);
  // A name sorts behind every beginning of it.
  const justBefore = notBefore.slice(0, -1);
  return everyRecord(service, 'archived', { prefix, after: justBefore > after ? justBefore : after });
}

/** Keys of the messages that a queue has in these objects. Slices that cannot be read are left out. */
export async function messageKeysIn(
  service: Using<'objects' | 'slices'>,
  queueId: QueueId,
  objects: readonly string[],
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const object of objects) {
    const index = await unlessDamaged(readArchiveIndex(service, object));
    for (const [number, entry] of index?.slices.entries() ?? []) {
      if (entry.queueId !== queueId) continue;
      const slice = await unlessDamaged(service.slices.read(sliceNameOf(object, number, entry)));
      for (const message of slice?.messages ?? []) keys.add(messageKey(message));
    }
  }
  return keys;
}
