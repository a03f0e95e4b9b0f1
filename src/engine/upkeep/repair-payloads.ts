import { blockOfPayload, PAYLOADS, payloadObjectName } from '../../model/block.ts';
import { blockSentAtMs } from '../../model/ids.ts';
import { ORPHAN_MS_MIN } from '../../model/limits.ts';
import { hourText } from '../../model/retention.ts';
import type { CatalogRecords } from '../../ports/catalog.ts';
import { followCursor } from '../records/index.ts';
import type { Using } from '../service.ts';

/** Objects of one list; each needs a read of its block. */
const OBJECTS_PER_PAGE = 200;
/** A run of the minute has other jobs too; the next one continues. */
const RUN_MS_MAX = 10_000;
const CURSOR = 'payload';

/**
 * Removes payload objects without a block: their send died before it put one, or was refused. Nothing can lead to such
 * an object, since deliveries name blocks and a block is put with its delivery or not at all.
 *
 * Names begin with the time of sending. A cursor goes over them once, a day behind, so each object is looked at once.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run begins with the same page
 * @remarks Cost: a list of objects, and block reads in batches, for 200 payloads that are a day old.
 */
export async function repairPayloads(service: Using<'catalog' | 'clock' | 'objects' | 'shards'>): Promise<void> {
  const step = async (cursor: CatalogRecords['cursor'] | undefined) => await repairPage(service, cursor?.after);
  await followCursor(service, { name: CURSOR, runMsMax: RUN_MS_MAX, step });
}

/** Returns how far it came; nothing when no payload behind the cursor is old enough. */
async function repairPage(
  service: Using<'clock' | 'objects' | 'shards'>,
  after: string | undefined,
): Promise<CatalogRecords['cursor'] | undefined> {
  const nowMs = service.clock.nowMs();
  const range = { limit: OBJECTS_PER_PAGE, ...(after === undefined ? {} : { after }) };
  const listed = await service.objects.list(PAYLOADS, range);
  const old = listed.map(blockOfPayload).filter((id) => blockSentAtMs(id) < nowMs - ORPHAN_MS_MIN);
  const last = old.at(-1);
  if (last === undefined) return undefined;
  const blocks = await service.shards.getBlocks(old);
  const orphans = old.filter((id) => !blocks.has(id));
  await Promise.all(orphans.map((id) => service.objects.remove(payloadObjectName(id))));
  return { hour: hourText(nowMs), after: payloadObjectName(last) };
}
