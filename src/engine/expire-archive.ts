import type { ArchiveIndex } from '../model/archive-object.ts';
import { DecodeError } from '../model/bytes.ts';
import type { SliceName } from '../model/delivery.ts';
import { expiresAtMs, RETENTION_DAYS, type RetentionClass } from '../model/retention.ts';
import { sliceText } from '../model/rewind.ts';
import { countOf, indexesOf } from '../model/runs.ts';
import { listingName, queuesIn, readArchiveIndex } from './archive-writer.ts';
import type { QueueService } from './service.ts';

const OBJECTS_PER_PAGE = 200;
const HOLDS_MAX = 1_000;

/**
 * Removes archive objects whose class has kept them long enough, and their entries in the catalog, except those that a
 * waiting rewound message refers to. On AWS the bucket's lifecycle does this; here it is done object by object.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run goes on
 * @remarks Cost: a list of each class up to the first object that stays; one index read for each that goes.
 */
export async function expireArchive(service: QueueService): Promise<void> {
  for (const days of RETENTION_DAYS) await expireClass(service, `${days}d`);
}

async function expireClass(service: QueueService, retention: RetentionClass): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const range = { limit: OBJECTS_PER_PAGE, ...(after === undefined ? {} : { after }) };
    const names = await service.objects.list(`archive/${retention}/`, range);
    for (const name of names) {
      // Names sort by their hour: from the first that stays on, all do.
      if (!isExpired(service, retention, name)) return;
      await expireObject(service, name);
    }
    after = names.at(-1);
    if (names.length < OBJECTS_PER_PAGE || after === undefined) return;
  }
}

function isExpired(service: QueueService, retention: RetentionClass, name: string): boolean {
  const endMs = expiresAtMs(retention, name.split('/')[2] ?? '');
  return endMs !== undefined && endMs <= service.clock.nowMs();
}

async function expireObject(service: QueueService, name: string): Promise<void> {
  const index = await tryReadIndex(service, name);
  for (const [number, { queueId, offset, length }] of index?.slices.entries() ?? []) {
    if (await isHeld(service, { queueId, object: name, number, offset, length })) return;
  }
  for (const queueId of index === undefined ? [] : queuesIn(index)) {
    const listed = await service.catalog.get('archived', listingName(queueId, name));
    if (listed !== undefined) await service.catalog.tryRemove('archived', listed.name, listed.version);
  }
  // Last: a crash in between leaves an object that the next run finds again.
  await service.objects.remove(name);
}

/** Of a damaged object nothing can be rewound any more, so nothing waits for it. */
async function tryReadIndex(service: QueueService, name: string): Promise<ArchiveIndex | undefined> {
  try {
    return await readArchiveIndex(service, name);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

async function isHeld(service: QueueService, slice: SliceName): Promise<boolean> {
  const holds = await service.catalog.list('hold', { prefix: `${sliceText(slice)}/`, limit: HOLDS_MAX });
  return holds.some(({ value: hold }) => {
    const gone = new Set([...indexesOf(hold.done), ...indexesOf(hold.purged)]);
    return gone.size < countOf(hold.messages);
  });
}
