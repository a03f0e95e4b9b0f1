import { type ArchiveIndex, sliceNameOf } from '../../model/archive-object.ts';
import { messageKey } from '../../model/archive-slice.ts';
import { assert } from '../../model/assert.ts';
import type { EpochMs } from '../../model/brand.ts';
import { DecodeError } from '../../model/bytes.ts';
import type { Change } from '../../model/change.ts';
import { QueueError } from '../../model/errors.ts';
import { cellOfKey, type QueueId } from '../../model/ids.ts';
import { ARCHIVE_OBJECT_BYTES } from '../../model/limits.ts';
import { hourText, type RetentionClass } from '../../model/retention.ts';
import { type ArchivedObject, againKey } from '../../model/rewind.ts';
import { countOf } from '../../model/runs.ts';
import { Breather, readArchiveIndex } from '../memory/index.ts';
import type { Archive, Archiving, Records, Using } from '../service.ts';
import { type Consumed, ObjectBuilder } from './archive-builder.ts';

/** What one change consumed of one queue, ready to be written. */
export interface ArchiveEntry extends Consumed {
  readonly change: Change;
  readonly retention: RetentionClass;
}

/**
 * Writes archive objects for the entries of a batch, those of each retention class in the order of the feed.
 *
 * An object is named by the first change it covers and never overwritten. If the name exists, an earlier try wrote the
 * object, perhaps of other entries: the class of a queue may have changed since. It covers only the entries it holds.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the batch must be given again
 * @remarks Cost: one object for each 4 MB and class, and one catalog unit for each queue in it; a repeat reads it.
 */
export async function writeArchive(service: Archiving, entries: readonly ArchiveEntry[]): Promise<void> {
  const classes = new Set(entries.map((entry) => entry.retention));
  for (const retention of classes) {
    let rest = entries.filter((entry) => entry.retention === retention);
    while (rest.length > 0) rest = await writeObject(service, retention, rest);
  }
}

/** Writes one object from the front of the entries; returns those that are left. */
async function writeObject(
  service: Archiving,
  retention: RetentionClass,
  entries: readonly ArchiveEntry[],
): Promise<ArchiveEntry[]> {
  const [first] = entries;
  assert(first !== undefined, 'an object holds at least one entry');
  const { bytes, index } = await buildObject(service, entries);
  const isEmpty = index.slices.length === 0 && index.deletedAgain.length === 0;
  for (let edition = 0; !isEmpty; edition++) {
    const name = objectName(retention, first.change, edition);
    const outcome = await service.objects.putIfAbsent(name, bytes, { canExpire: retention !== 'forever' });
    if (outcome === 'stored') {
      await listObject(service, { name, retention, index });
      break;
    }
    const left = await listExisting(service, { name, retention }, entries);
    if (left.length < entries.length) return left;
  }
  return entries.filter((entry) => entry.change.sequence > index.last);
}

/** Lists an object that an earlier try stored; returns the entries that it does not hold. */
async function listExisting(
  service: Archive,
  object: { readonly name: string; readonly retention: RetentionClass },
  entries: readonly ArchiveEntry[],
): Promise<ArchiveEntry[]> {
  try {
    const index = await readArchiveIndex(service, object.name);
    await listObject(service, { ...object, index });
    const held = await keysIn(service, object.name, index);
    return entries.filter((entry) => !keysOf(entry).every((key) => held.has(key)));
  } catch (error) {
    // A damaged object covers nothing.
    if (error instanceof DecodeError) return [...entries];
    throw error;
  }
}

/** What an object holds: each message by its change and id, each "deleted again" entry by its change and hold. */
async function keysIn(service: Using<'slices'>, object: string, index: ArchiveIndex): Promise<ReadonlySet<string>> {
  const keys = new Set(index.deletedAgain.map(againKey));
  for (const [number, entry] of index.slices.entries()) {
    const { messages } = await service.slices.read(sliceNameOf(object, number, entry));
    for (const message of messages) keys.add(messageKey(message));
  }
  return keys;
}

function keysOf({ change, units, deletedAgain }: ArchiveEntry): string[] {
  const messages = units.flatMap(({ parts }) =>
    parts.flatMap(({ origin, first, count }) =>
      Array.from({ length: count }, (_, offset) =>
        messageKey({ sequence: change.sequence, origin, index: first + offset }),
      ),
    ),
  );
  return [...messages, ...deletedAgain.map(againKey)];
}

async function buildObject(
  { settings, clock }: Using<'clock' | 'settings'>,
  entries: readonly ArchiveEntry[],
): ReturnType<ObjectBuilder['finish']> {
  const writing = new ObjectBuilder();
  const breather = new Breather(clock);
  let last: ArchiveEntry | undefined;
  for (const entry of entries) {
    if (last !== undefined && isForAnotherObject(entry.change, last.change, writing.bytes)) break;
    writing.add(entry);
    last = entry;
    await breather.pause();
  }
  assert(entries[0] !== undefined && last !== undefined, 'an object holds at least one entry');
  return await writing.finish(entries[0].change.sequence, last.change.sequence, settings.compressArchive);
}

/** Objects are found by their hour. Entries of one change stay in one object: a repeat skips covered changes. */
function isForAnotherObject(change: Change, before: Change, bytes: number): boolean {
  if (change.sequence === before.sequence) return false;
  return bytes >= ARCHIVE_OBJECT_BYTES || hourText(change.atMs) !== hourText(before.atMs);
}

/** A later edition begins with the same change as an object that does not hold these entries. */
function objectName(retention: RetentionClass, { shard, sequence, atMs }: Change, edition: number): string {
  const name = `archive/${retention}/${hourText(atMs)}/${cellOfKey(shard)}-${withoutZeros(sequence)}`;
  return edition === 0 ? name : `${name}-${edition}`;
}

/** Enters an object under each queue it holds something of. */
async function listObject(
  service: Records,
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
  // No rewind would find an object that is not listed: the batch must be repeated.
  if (outcomes.includes('unclear')) throw new QueueError('Unavailable', `archive object ${name} could not be listed`);
}

/** The queues an object holds something of. */
export const queuesIn = (index: ArchiveIndex): ReadonlySet<QueueId> =>
  new Set([
    ...index.slices.map((slice) => slice.queueId),
    ...index.deletedAgain.flatMap((entry) => [entry.slice.queueId, entry.queueId]),
  ]);

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
  const again = index.deletedAgain.filter((entry) => entry.slice.queueId === queueId || entry.queueId === queueId);
  const broughtIn = again.filter((entry) => entry.slice.queueId !== queueId);
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
    broughtInCount: broughtIn.reduce((sum, entry) => sum + countOf(entry.messages), 0),
    sentFromMs: slices.length === 0 ? (0 as EpochMs) : least(slices.map((slice) => slice.sentFromMs)),
    sentToMs: most(slices.map((slice) => slice.sentToMs)),
    deletedFromMs: least([...slices.map((slice) => slice.deletedFromMs), ...againAt]),
    deletedToMs: most([...slices.map((slice) => slice.deletedToMs), ...againAt]),
  };
}

const withoutZeros = (digits: string): string => digits.replace(/^0+(?=.)/, '');
