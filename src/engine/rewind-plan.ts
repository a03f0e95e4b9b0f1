import type { ArchiveIndex } from '../model/archive-object.ts';
import type { EpochMs } from '../model/brand.ts';
import { DecodeError } from '../model/bytes.ts';
import type { Sequence } from '../model/change.ts';
import { cellOfObject } from '../model/compaction.ts';
import type { SliceName } from '../model/delivery.ts';
import type { QueueId } from '../model/ids.ts';
import { expiresAtMs, HOUR_MS, hourText } from '../model/retention.ts';
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
  /** Frames of these changes stand in an overlapping object too, and count there. */
  readonly countedElsewhere: readonly Sequence[];
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
  const planned: FoundSlices = new Map();
  const covered = new CoveredRanges();
  const damaged: string[] = [];
  for await (const page of listArchived(service, job.queueId, job.fromMs)) {
    const nowMs = service.clock.nowMs();
    const inRange = page.filter(({ value }) => !isExpired(value, nowMs) && mayHold(value, job));
    for (let start = 0; start < inRange.length; start += OBJECTS_AT_ONCE) {
      const records = inRange.slice(start, start + OBJECTS_AT_ONCE).map((stored) => stored.value);
      const objects = await Promise.all(records.map((record) => tryReadObject(service, record)));
      for (const object of objects) {
        if (typeof object === 'string') damaged.push(object);
        else await planObject(service, planned, { job, object, overlapping: covered.add(object) });
      }
    }
  }
  return { slices: inOrder(planned), damaged };
}

/** A slice as it is being found; `oldestMs` is the first chosen time in it. */
type FoundSlice = Omit<PlannedSlice, 'rank'> & { readonly oldestMs: EpochMs };
type FoundSlices = Map<string, FoundSlice>;

const inOrder = (found: FoundSlices): PlannedSlice[] =>
  [...found.values()]
    .toSorted((one, other) => one.oldestMs - other.oldestMs)
    .map(({ oldestMs: _, ...slice }, rank) => ({ ...slice, rank }));

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

/** Kept long enough: it may be gone at any moment, so nothing of it is promised. */
const isExpired = ({ retention, object }: ArchivedObject, nowMs: EpochMs): boolean =>
  (expiresAtMs(retention, object.split('/')[2] ?? '') ?? Number.POSITIVE_INFINITY) <= nowMs;

/** Deletion comes after sending, so the hour of deletion bounds both; the ranges of the object say more. */
function mayHold(object: ArchivedObject, { by, fromMs, toMs }: RewindRange): boolean {
  if (by === 'deletedAt') return object.deletedToMs >= fromMs && object.deletedFromMs < toMs;
  return object.messageCount > 0 && object.sentToMs >= fromMs && object.sentFromMs < toMs;
}

interface ObjectPlan {
  readonly job: RewindRange & { readonly queueId: QueueId };
  readonly object: ReadObject;
  /** Names of objects planned before that cover some of the same changes. */
  readonly overlapping: readonly string[];
}

async function planObject(service: QueueService, planned: FoundSlices, plan: ObjectPlan): Promise<void> {
  const { job, object } = plan;
  const { index, record } = object;
  const countedElsewhere = await sequencesIn(service, job.queueId, plan.overlapping);
  for (const [number, entry] of index.slices.entries()) {
    const { queueId, offset, length } = entry;
    if (queueId !== job.queueId || !mayHold({ ...record, ...entry }, job)) continue;
    const oldestMs = job.by === 'sentAt' ? entry.sentFromMs : entry.deletedFromMs;
    const name = { queueId, object: record.object, number, offset, length };
    add(planned, name, { hasPayload: true, countedElsewhere, oldestMs });
  }
  if (job.by === 'sentAt') return;
  for (const { slice, messages, deletedAtMs } of index.deletedAgain) {
    const isInRange = deletedAtMs >= job.fromMs && deletedAtMs < job.toMs;
    if (slice.queueId === job.queueId && isInRange)
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
    countedElsewhere: more.countedElsewhere ?? known?.countedElsewhere ?? [],
  });
}

/** Changes whose messages of a queue stand in these objects, as far as they can be read: what cannot counts here. */
async function sequencesIn(service: QueueService, queueId: QueueId, objects: readonly string[]): Promise<Sequence[]> {
  const found = await Promise.all(
    objects.map(async (object) => {
      const { slices } = await readArchiveIndex(service, object);
      const own = [...slices.entries()].filter(([, entry]) => entry.queueId === queueId);
      return await Promise.all(
        own.map(([number, { offset, length }]) => sequencesOf(service, { queueId, object, number, offset, length })),
      );
    }),
  );
  return found.flat(2);
}

async function sequencesOf(service: QueueService, slice: SliceName): Promise<Sequence[]> {
  try {
    const { head } = await service.slices.read(slice);
    return head.frames.map((frame) => frame.sequence);
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

/** Which changes the objects of a cell and an hour cover: a repeated batch that was cut otherwise overlaps. */
class CoveredRanges {
  readonly #byHour = new Map<
    string,
    { readonly object: string; readonly first: Sequence; readonly last: Sequence }[]
  >();

  /** Enters an object; returns those entered before that it overlaps. */
  add({ record: { object }, index: { first, last } }: ReadObject): string[] {
    const [, , hour = ''] = object.split('/');
    const cell = cellOfObject(object);
    const hours = [hour, String(Number(hour) - 1).padStart(hour.length, '0')];
    const near = hours.flatMap((one) => this.#byHour.get(`${cell}/${one}`) ?? []);
    const own = this.#byHour.get(`${cell}/${hour}`) ?? [];
    this.#byHour.set(`${cell}/${hour}`, own);
    own.push({ object, first, last });
    return near.filter((other) => other.first <= last && first <= other.last).map((other) => other.object);
  }
}
