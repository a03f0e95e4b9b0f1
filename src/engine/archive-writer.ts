import { ARCHIVE_HEAD_BYTES, type ArchiveIndex, archiveIndexEnd, decodeArchiveIndex } from '../model/archive-object.ts';
import { assert } from '../model/assert.ts';
import type { EpochMs } from '../model/brand.ts';
import { DecodeError } from '../model/bytes.ts';
import type { Change } from '../model/change.ts';
import { QueueError } from '../model/errors.ts';
import { cellOfKey, type QueueId } from '../model/ids.ts';
import { ARCHIVE_OBJECT_BYTES } from '../model/limits.ts';
import { hourText, type RetentionClass } from '../model/retention.ts';
import type { ArchivedObject } from '../model/rewind.ts';
import { countOf } from '../model/runs.ts';
import { type Consumed, ObjectBuilder } from './archive-builder.ts';
import type { QueueService } from './service.ts';

/** What one change consumed of one queue, ready to be written. */
export interface ArchiveEntry extends Consumed {
  readonly change: Change;
  readonly retention: RetentionClass;
}

/**
 * Writes archive objects for the entries of a batch, those of each retention class in the order of the feed.
 *
 * Objects are named by the first change they cover and never overwritten: when a name exists, an earlier try came as
 * far, its range is done, and the rest gets an object of its own.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the batch must be given again
 * @remarks Cost: one object for each 4 MB and class, and one catalog unit for each queue in it.
 */
export async function writeArchive(service: QueueService, entries: readonly ArchiveEntry[]): Promise<void> {
  const classes = new Set(entries.map((entry) => entry.retention));
  for (const retention of classes) {
    let rest = entries.filter((entry) => entry.retention === retention);
    while (rest.length > 0) rest = await writeObject(service, retention, rest);
  }
}

/** Writes one object from the front of the entries; returns those that are left. */
async function writeObject(
  service: QueueService,
  retention: RetentionClass,
  entries: readonly ArchiveEntry[],
): Promise<ArchiveEntry[]> {
  const [first] = entries;
  assert(first !== undefined, 'an object holds at least one entry');
  const name = objectName(retention, first.change);
  const built = await buildObject(service, entries);
  const isEmpty = built.index.slices.length === 0 && built.index.deletedAgain.length === 0;
  if (isEmpty) return entries.filter((entry) => entry.change.sequence > built.index.last);
  const outcome = await service.objects.putIfAbsent(name, built.bytes, { canExpire: retention !== 'forever' });
  const index = outcome === 'stored' ? built.index : await readArchiveIndex(service, name);
  await listObject(service, { name, retention, index });
  return entries.filter((entry) => entry.change.sequence > index.last);
}

/** Reads the index of an archive object. @throws DecodeError when it is missing or damaged */
export async function readArchiveIndex(service: Pick<QueueService, 'objects'>, name: string): Promise<ArchiveIndex> {
  const start = await service.objects.get(name, { offset: 0, length: INDEX_READ_BYTES });
  if (start === undefined) throw new DecodeError(`archive object ${name} is missing`);
  const end = archiveIndexEnd(start);
  if (end <= start.length) return decodeArchiveIndex(start);
  const whole = await service.objects.get(name, { offset: 0, length: end });
  if (whole === undefined || whole.length < end) throw new DecodeError(`archive object ${name} is cut short`);
  return decodeArchiveIndex(whole);
}

/** Most indexes are smaller; a larger one takes a second read. */
const INDEX_READ_BYTES = 16 * 1024 + ARCHIVE_HEAD_BYTES;

function buildObject(
  { settings }: QueueService,
  entries: readonly ArchiveEntry[],
): ReturnType<ObjectBuilder['finish']> {
  const writing = new ObjectBuilder();
  let last: ArchiveEntry | undefined;
  for (const entry of entries) {
    if (last !== undefined && isForAnotherObject(entry.change, last.change, writing.bytes)) break;
    writing.add(entry);
    last = entry;
  }
  assert(entries[0] !== undefined && last !== undefined, 'an object holds at least one entry');
  return writing.finish(entries[0].change.sequence, last.change.sequence, settings.compressArchive);
}

/** Objects are found by their hour. Entries of one change stay together: what an object covers is not written again. */
function isForAnotherObject(change: Change, before: Change, bytes: number): boolean {
  if (change.sequence === before.sequence) return false;
  return bytes >= ARCHIVE_OBJECT_BYTES || hourText(change.atMs) !== hourText(before.atMs);
}

function objectName(retention: RetentionClass, { shard, sequence, atMs }: Change): string {
  return `archive/${retention}/${hourText(atMs)}/${cellOfKey(shard)}-${withoutZeros(sequence)}`;
}

/** Enters an object under each queue it holds something of. */
async function listObject(
  service: QueueService,
  object: { readonly name: string; readonly retention: RetentionClass; readonly index: ArchiveIndex },
): Promise<void> {
  const { name, retention, index } = object;
  const listedAtMs = service.clock.nowMs();
  const outcomes = await Promise.all(
    [...queuesIn(index)].map((queueId) => {
      const record = archivedObject(name, retention, { index, queueId, listedAtMs });
      return service.catalog.tryPut('archived', listingName(queueId, name), record, 0);
    }),
  );
  // What is not listed no rewind would find: the batch is to be given again.
  if (outcomes.includes('unclear')) throw new QueueError('Unavailable', `archive object ${name} could not be listed`);
}

/** The queues an object holds something of. */
export const queuesIn = (index: ArchiveIndex): ReadonlySet<QueueId> =>
  new Set([...index.slices.map((slice) => slice.queueId), ...index.deletedAgain.map((entry) => entry.slice.queueId)]);

/** Name of the record that lists an object under a queue: hour of deletion first, so that they sort by time. */
export function listingName(queueId: QueueId, object: string): string {
  const [, retention, hour, basename] = object.split('/');
  return `${queueId}/${hour}/${retention}-${basename}`;
}

/** How the catalog lists an object under one of its queues. */
export function archivedObject(
  object: string,
  retention: RetentionClass,
  { index, queueId, listedAtMs }: { readonly index: ArchiveIndex; readonly queueId: QueueId; listedAtMs: EpochMs },
): ArchivedObject {
  const slices = index.slices.filter((slice) => slice.queueId === queueId);
  const again = index.deletedAgain.filter((entry) => entry.slice.queueId === queueId);
  const least = (instants: readonly EpochMs[]) => Math.min(...instants) as EpochMs;
  const most = (instants: readonly EpochMs[]) => Math.max(0, ...instants) as EpochMs;
  const againAt = again.map((entry) => entry.deletedAtMs);
  return {
    object,
    retention,
    listedAtMs,
    covers: [withoutZeros(index.first), withoutZeros(index.last)],
    byteCount: slices.reduce((sum, slice) => sum + slice.length, 0),
    messageCount: slices.reduce((sum, slice) => sum + slice.messageCount, 0),
    deletedAgainCount: again.reduce((sum, entry) => sum + countOf(entry.messages), 0),
    sentFromMs: slices.length === 0 ? (0 as EpochMs) : least(slices.map((slice) => slice.sentFromMs)),
    sentToMs: most(slices.map((slice) => slice.sentToMs)),
    deletedFromMs: least([...slices.map((slice) => slice.deletedFromMs), ...againAt]),
    deletedToMs: most([...slices.map((slice) => slice.deletedToMs), ...againAt]),
  };
}

const withoutZeros = (digits: string): string => digits.replace(/^0+(?=.)/, '');
