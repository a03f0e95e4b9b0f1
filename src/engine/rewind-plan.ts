import type { ArchiveIndex } from '../model/archive-object.ts';
import type { SliceMessage } from '../model/archive-slice.ts';
import type { EpochMs } from '../model/brand.ts';
import { DecodeError } from '../model/bytes.ts';
import { cellOfObject } from '../model/compaction.ts';
import type { SliceName } from '../model/delivery.ts';
import type { QueueId } from '../model/ids.ts';
import { HOUR_MS, hourText, isExpired } from '../model/retention.ts';
import { type ArchivedObject, type RewindRange, sliceText } from '../model/rewind.ts';
import { indexesOf, type Runs, withIndexes } from '../model/runs.ts';
import type { Stored } from '../ports/catalog.ts';
import { readArchiveIndex } from './archive-writer.ts';
import type { QueueService } from './service.ts';

/** One slice a rewind has to look at. */
export interface PlannedSlice {
  readonly slice: SliceName;
  /** Its place in the order of the chosen time, from 0: consumers get the messages about in that order. */
  readonly rank: number;
  /** The payload frames of the slice are to be looked at. */
  readonly hasPayload: boolean;
  /** Messages of it that were deleted again within the range. */
  readonly deletedAgain: Runs;
  /** Objects that were listed before and may hold some of its messages too, under the same change: they count there. */
  readonly overlapping: readonly string[];
}

/** An archive object that has something in the range, and what it names. */
interface ReadObject {
  readonly record: ArchivedObject;
  readonly index: ArchiveIndex;
}

const OBJECTS_PER_PAGE = 200;
const OBJECTS_AT_ONCE = 8;
/** Clocks of the functions that name objects by the hour may differ. */
const SPARE_MS = HOUR_MS;

/**
 * The slices that may hold what a rewind asks for, each once. Payload frames and "deleted again" entries of one slice
 * are united here, wherever they stand. Objects that are missing or damaged are named, with why.
 *
 * @remarks Cost: the catalog's list of objects, and the index of each object in the range. Memory: one entry for each
 * slice, which is up to 1,000 messages.
 */
export async function planRewind(
  service: QueueService,
  job: RewindRange & { readonly queueId: QueueId },
): Promise<{ slices: PlannedSlice[]; damaged: string[] }> {
  const objects: ReadObject[] = [];
  const damaged: string[] = [];
  for await (const page of listArchived(service, job.queueId, job.fromMs)) {
    const nowMs = service.clock.nowMs();
    const inRange = page.filter(({ value }) => !isExpired(value.object, nowMs) && mayHold(value, job));
    for (let start = 0; start < inRange.length; start += OBJECTS_AT_ONCE) {
      const records = inRange.slice(start, start + OBJECTS_AT_ONCE).map((stored) => stored.value);
      for (const object of await Promise.all(records.map((record) => tryReadObject(service, record)))) {
        if (typeof object === 'string') damaged.push(object);
        else objects.push(object);
      }
    }
  }
  const covered = new CoveredRanges(objects);
  const planned: FoundSlices = new Map();
  for (const object of objects) planObject(planned, job, { object, overlapping: covered.before(object) });
  // What was deleted again lately may lie in an object whose time, which began when it was first deleted, is over.
  const nowMs = service.clock.nowMs();
  for (const [name, { slice }] of planned) if (isExpired(slice.object, nowMs)) planned.delete(name);
  return { slices: inOrder(planned), damaged };
}

/** A slice as it is being found; `oldestMs` is the first chosen time in it. */
type FoundSlice = Omit<PlannedSlice, 'rank'> & { readonly oldestMs: EpochMs };
type FoundSlices = Map<string, FoundSlice>;

const inOrder = (found: FoundSlices): PlannedSlice[] =>
  [...found.values()]
    .toSorted((one, other) => one.oldestMs - other.oldestMs)
    .map(({ slice, hasPayload, deletedAgain, overlapping }, rank) => ({
      slice,
      rank,
      hasPayload,
      deletedAgain,
      overlapping,
    }));

async function tryReadObject(service: QueueService, record: ArchivedObject): Promise<ReadObject | string> {
  try {
    return { record, index: await readArchiveIndex(service, record.object) };
  } catch (error) {
    if (error instanceof DecodeError) return `${record.object}: ${error.message}`;
    throw error;
  }
}

/** The archive objects of a queue from the hour of a moment on, page by page. */
export async function* listArchived(
  service: Pick<QueueService, 'catalog'>,
  queueId: QueueId,
  fromMs: EpochMs,
): AsyncGenerator<readonly Stored<ArchivedObject>[]> {
  const prefix = `${queueId}/`;
  let after = prefix + hourText(Math.max(0, fromMs - SPARE_MS) as EpochMs);
  for (;;) {
    const page = await service.catalog.list('archived', { prefix, after, limit: OBJECTS_PER_PAGE });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (page.length < OBJECTS_PER_PAGE || last === undefined) return;
    after = last.name;
  }
}

/** Deletion comes after sending, so the hour of deletion bounds both; the ranges of the object say more. */
function mayHold(object: ArchivedObject, { by, fromMs, toMs }: RewindRange): boolean {
  if (by === 'deletedAt') return object.deletedToMs >= fromMs && object.deletedFromMs < toMs;
  return object.messageCount > 0 && object.sentToMs >= fromMs && object.sentFromMs < toMs;
}

function planObject(
  planned: FoundSlices,
  job: RewindRange & { readonly queueId: QueueId },
  { object, overlapping }: { readonly object: ReadObject; readonly overlapping: readonly string[] },
): void {
  const { index, record } = object;
  for (const [number, entry] of index.slices.entries()) {
    const { queueId, offset, length } = entry;
    if (queueId !== job.queueId || !mayHold({ ...record, ...entry }, job)) continue;
    const oldestMs = job.by === 'sentAt' ? entry.sentFromMs : entry.deletedFromMs;
    const name = { queueId, object: record.object, number, offset, length };
    add(planned, name, { hasPayload: true, overlapping, oldestMs });
  }
  if (job.by === 'sentAt') return;
  for (const { slice, messages, deletedAtMs } of index.deletedAgain) {
    const isInRange = deletedAtMs >= job.fromMs && deletedAtMs < job.toMs;
    if (slice.queueId !== job.queueId || !isInRange) continue;
    add(planned, slice, { deletedAgain: messages, oldestMs: deletedAtMs });
  }
}

function add(planned: FoundSlices, slice: SliceName, more: Partial<FoundSlice> & Pick<FoundSlice, 'oldestMs'>): void {
  const known = planned.get(sliceText(slice));
  planned.set(sliceText(slice), {
    slice,
    oldestMs: Math.min(known?.oldestMs ?? more.oldestMs, more.oldestMs) as EpochMs,
    hasPayload: known?.hasPayload === true || more.hasPayload === true,
    deletedAgain: withIndexes(known?.deletedAgain ?? [], indexesOf(more.deletedAgain ?? [])),
    overlapping: more.overlapping ?? known?.overlapping ?? [],
  });
}

/** Tells messages of one change apart: a message that was rewound is archived again under another one. */
export const messageKey = ({ sequence, id }: Pick<SliceMessage, 'sequence' | 'id'>): string => `${sequence}${id}`;

/** Keys of the messages of a queue in these objects, as far as they can be read: what cannot does not count there. */
export async function messageKeysIn(
  service: QueueService,
  queueId: QueueId,
  objects: readonly string[],
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const object of objects) {
    for (const slice of await trySlices(service, queueId, object)) {
      try {
        for (const message of (await service.slices.read(slice)).messages) keys.add(messageKey(message));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
  }
  return keys;
}

async function trySlices(service: QueueService, queueId: QueueId, object: string): Promise<SliceName[]> {
  try {
    const { slices } = await readArchiveIndex(service, object);
    return [...slices.entries()].flatMap(([number, { offset, length, ...entry }]) =>
      entry.queueId === queueId ? [{ queueId, object, number, offset, length }] : [],
    );
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

/**
 * Which changes the objects of a cell and an hour cover. They overlap where a batch of the feed was repeated in other
 * pieces, and then the one that was listed first counts: that never changes, whatever comes later.
 */
class CoveredRanges {
  readonly #byPlace = new Map<string, ReadObject[]>();

  constructor(objects: readonly ReadObject[]) {
    for (const object of objects) {
      const place = placeOf(object, 0);
      const known = this.#byPlace.get(place);
      if (known === undefined) this.#byPlace.set(place, [object]);
      else known.push(object);
    }
  }

  /** Names of the objects that overlap this one and were listed before it. */
  before(object: ReadObject): string[] {
    const near = [-1, 0, 1].flatMap((hours) => this.#byPlace.get(placeOf(object, hours)) ?? []);
    const { first, last } = object.index;
    return near
      .filter((other) => other.index.first <= last && first <= other.index.last && isListedBefore(other, object))
      .map((other) => other.record.object);
  }
}

/** The cell and the hour of an object, or an hour near it: a batch may begin in the one before. */
function placeOf({ record: { object } }: ReadObject, hours: number): string {
  const [, , hour = ''] = object.split('/');
  return `${cellOfObject(object)}/${Number(hour) + hours}`;
}

const isListedBefore = ({ record: one }: ReadObject, { record: other }: ReadObject): boolean =>
  one.listedAtMs === other.listedAtMs ? one.object < other.object : one.listedAtMs < other.listedAtMs;
