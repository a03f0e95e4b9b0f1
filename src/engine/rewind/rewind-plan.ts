import { type ArchiveIndex, type DeletedAgain, sliceNameOf, type TimeRanges } from '../../model/archive-object.ts';
import type { EpochMs } from '../../model/brand.ts';
import { DecodeError } from '../../model/bytes.ts';
import type { SliceName } from '../../model/delivery.ts';
import { groupBy } from '../../model/group-by.ts';
import { MESSAGES_PER_SLICE_MAX, SLICE_BYTES_MAX } from '../../model/limits.ts';
import { isExpired } from '../../model/retention.ts';
import { type ArchivedObject, type RewindJob, type RewindRange, sliceText } from '../../model/rewind.ts';
import { countOf, indexesIn, type Runs, withIndexes } from '../../model/runs.ts';
import { CoveredRanges, listArchived } from '../archive/index.ts';
import { readArchiveIndex } from '../memory/index.ts';
import type { Using } from '../service.ts';
import { type Missed, missedOf } from './missed.ts';

/** One slice a rewind has to look at. */
export interface PlannedSlice {
  readonly slice: SliceName;
  /** Its place in the order of the chosen time, from 0: consumers get the messages about in that order. */
  readonly rank: number;
  /** The payload frames of the slice are to be looked at. */
  readonly hasPayload: boolean;
  /** Messages of it that were deleted again: by time of deletion, within the range. */
  readonly deletedAgain: Runs;
  /** Messages that it has for the rewind, at most. */
  readonly messageCount: number;
  /** Objects that were listed before and may hold some of its messages too, under the same change: they count there. */
  readonly overlapping: readonly string[];
}

/** An object with the slices that are to be looked at, or what is missed because it cannot be read. */
export interface PlannedObject {
  readonly object: string;
  readonly slices: readonly PlannedSlice[];
  readonly missed?: Missed;
}

export interface RewindPlan {
  /** Objects that may have something; some turn out to have nothing. */
  readonly objectsTotal: number;
  /** Objects in about the order of the chosen time, some at a time: nothing is read before it is asked for. */
  groups(): AsyncGenerator<readonly PlannedObject[]>;
}

export interface PlanOptions {
  /** Objects to pass over. */
  readonly isLeftOut: (object: string, record?: Pick<ArchivedObject, 'isRewound'>) => boolean;
  /** Two plans of one rewind never give the same rank to two slices. */
  readonly pass: 0 | 1;
}

/** Objects whose indexes are read together, and whose slices are brought into order. */
const OBJECTS_PER_GROUP = 16;
const EVERYTHING: PlanOptions = { isLeftOut: () => false, pass: 1 };

type Job = RewindRange & Pick<RewindJob, 'queueId' | 'startedAtMs'>;

/** A slice as it is found; `oldestMs` is the first chosen time in it. */
type FoundSlice = Omit<PlannedSlice, 'rank'> & { readonly oldestMs: EpochMs };

/** What is read, in order: an object that is listed in the range, or one that only is named as deleted again. */
interface Source {
  readonly object: string;
  readonly oldestMs: EpochMs;
  readonly record?: ArchivedObject;
  /** Slices of the object with messages that were deleted again. */
  readonly again: readonly FoundSlice[];
}

/**
 * The slices that may hold what a rewind asks for, each once. Payload frames and "deleted again" entries of one slice
 * are united here, wherever they stand. Objects that are missing or damaged are named, with why. What was kept when the
 * rewind started is in every plan of it, however long it takes, and when it is cancelled later.
 *
 * @remarks Cost: the catalog's list of objects; the index of each object in the range, as the plan is followed; before
 * that, of those with "deleted again" entries that matter: by time of sending, of what was rewound into the queue.
 * Memory: a record for each object, and the slices of sixteen.
 */
export async function planRewind(
  service: Using<'catalog' | 'clock' | 'objects'>,
  job: Job,
  options = EVERYTHING,
): Promise<RewindPlan> {
  const listed = await listInRange(service, job);
  const again = await readDeletedAgain(service, job, listed);
  const sources = inOrder(sourcesOf(listed, again));
  const covered = new CoveredRanges(listed);
  async function* groups(): AsyncGenerator<readonly PlannedObject[]> {
    let rank = 0;
    for (let start = 0; start < sources.length; start += OBJECTS_PER_GROUP) {
      const some = sources.slice(start, start + OBJECTS_PER_GROUP);
      const wanted = some.flatMap((source) => partWanted(source, options));
      const read = await Promise.all(wanted.map((source) => readSource(service, job, { source, covered })));
      const ordered = inOrder(read.flatMap(({ slices }) => slices));
      const ranks = new Map(ordered.map((slice, at) => [slice, 2 * (rank + at) + options.pass]));
      // Slices that are passed over count in the order too.
      rank += Math.max(
        ordered.length,
        some.map(slicesAbout).reduce((sum, count) => sum + count, 0),
      );
      const planned = read.map(({ slices, ...object }) => ({ ...object, slices: slices.map(rankedBy(ranks)) }));
      const found = planned.filter(({ slices, missed }) => slices.length > 0 || missed !== undefined);
      if (found.length > 0) yield found;
    }
  }
  return { objectsTotal: sources.length, groups };
}

/**
 * Slices with messages that were deleted again belong to the second pass, once the archive has caught up, even if the
 * first pass placed the other slices of their object.
 */
function partWanted({ again, ...source }: Source, { isLeftOut, pass }: PlanOptions): Source[] {
  if (!isLeftOut(source.object, source.record)) return [{ ...source, again: pass === 0 ? [] : again }];
  const { object, oldestMs } = source;
  return pass === 0 || again.length === 0 ? [] : [{ object, oldestMs, again }];
}

const rankedBy =
  (ranks: ReadonlyMap<FoundSlice, number>) =>
  (found: FoundSlice): PlannedSlice => {
    const { oldestMs: _, ...slice } = found;
    return { ...slice, rank: ranks.get(found) ?? 0 };
  };

const inOrder = <One extends { readonly oldestMs: EpochMs }>(all: readonly One[]): One[] =>
  all.toSorted((one, other) => one.oldestMs - other.oldestMs);

const slicesAbout = ({ record }: Source): number =>
  1 +
  Math.floor(
    Math.max((record?.messageCount ?? 0) / MESSAGES_PER_SLICE_MAX, (record?.byteCount ?? 0) / SLICE_BYTES_MAX),
  );

/** An object with something in the range, and the first chosen time in it. */
type ListedObject = ArchivedObject & { readonly oldestMs: EpochMs };

async function listInRange(service: Using<'catalog' | 'clock'>, job: Job): Promise<ListedObject[]> {
  const listed: ListedObject[] = [];
  for await (const { value } of listArchived(service, job.queueId, job.fromMs)) {
    if (isExpired(value.object, job.startedAtMs)) continue;
    if (value.broughtInCount === 0 && !mayHold(value, job)) continue;
    listed.push({ ...value, oldestMs: job.by === 'sentAt' ? value.sentFromMs : value.deletedFromMs });
  }
  return listed;
}

/** The index of an object, or why it cannot be read. */
async function tryReadIndex(service: Using<'objects'>, object: string): Promise<ArchiveIndex | DecodeError> {
  try {
    return await readArchiveIndex(service, object);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

/** Deletion comes after sending, so the hour of deletion bounds both; the ranges of the object say more. */
function mayHold(object: TimeRanges & Pick<ArchivedObject, 'messageCount'>, range: RewindRange): boolean {
  const { by, fromMs, toMs } = range;
  if (by === 'deletedAt') return object.deletedToMs >= fromMs && object.deletedFromMs < toMs;
  return object.messageCount > 0 && object.sentToMs >= fromMs && object.sentFromMs < toMs;
}

/**
 * Slices with messages that were deleted again, by their object. By time of sending, what was rewound from the queue
 * itself lies in its own slices; what other queues' rewinds brought into it is found here alone.
 */
async function readDeletedAgain(
  service: Using<'clock' | 'objects'>,
  job: Job,
  listed: readonly ArchivedObject[],
): Promise<Map<string, FoundSlice[]>> {
  const found = new Map<string, FoundSlice>();
  const telling = listed.filter(
    (object) => (job.by === 'sentAt' ? object.broughtInCount : object.deletedAgainCount) > 0,
  );
  for (let start = 0; start < telling.length; start += OBJECTS_PER_GROUP) {
    const some = telling.slice(start, start + OBJECTS_PER_GROUP);
    for (const index of await Promise.all(some.map(({ object }) => tryReadIndex(service, object)))) {
      // The plan reports damaged objects when they are read.
      const entries = index instanceof DecodeError ? [] : index.deletedAgain.filter((entry) => isAskedFor(job, entry));
      for (const [name, ofSlice] of groupBy(entries, ({ slice }) => sliceText(slice))) addAgain(found, name, ofSlice);
    }
  }
  // The time of an object begins when it is first deleted; what of it was deleted again lately goes with it.
  const kept = [...found.values()].filter(({ slice }) => !isExpired(slice.object, job.startedAtMs));
  return groupBy(kept, ({ slice }) => slice.object);
}

function isAskedFor(job: Job, { queueId, slice, deletedAtMs }: DeletedAgain): boolean {
  if (queueId !== job.queueId) return false;
  return job.by === 'sentAt'
    ? slice.queueId !== queueId && deletedAtMs < job.startedAtMs
    : deletedAtMs >= job.fromMs && deletedAtMs < job.toMs;
}

/** Adds what an object tells of a slice: at once, as each single delete has an entry of its own. */
function addAgain(found: Map<string, FoundSlice>, name: string, entries: readonly DeletedAgain[]): void {
  const [first] = entries;
  if (first === undefined) return;
  const known = found.get(name);
  const messages = entries.flatMap((entry) => indexesIn(entry.messages));
  const deletedAgain = withIndexes(known?.deletedAgain ?? [], messages);
  found.set(name, {
    slice: first.slice,
    hasPayload: false,
    oldestMs: entries.reduce(
      (oldest, { deletedAtMs }) => Math.min(oldest, deletedAtMs),
      known?.oldestMs ?? Number.POSITIVE_INFINITY,
    ) as EpochMs,
    messageCount: countOf(deletedAgain),
    deletedAgain,
    overlapping: [],
  });
}

function sourcesOf(listed: readonly ListedObject[], again: ReadonlyMap<string, readonly FoundSlice[]>): Source[] {
  const names = new Set(listed.map(({ object }) => object));
  const sources = listed.map(({ oldestMs, ...record }) => ({
    object: record.object,
    oldestMs,
    record,
    again: again.get(record.object) ?? [],
  }));
  const others = [...again].flatMap(([object, slices]) => {
    const [first] = inOrder(slices);
    return first === undefined || names.has(object) ? [] : [{ object, oldestMs: first.oldestMs, again: slices }];
  });
  return [...sources, ...others];
}

async function readSource(
  service: Using<'clock' | 'objects'>,
  job: Job,
  { source, covered }: { readonly source: Source; readonly covered: CoveredRanges },
): Promise<{ object: string; slices: FoundSlice[]; missed?: Missed }> {
  const { object, record, again } = source;
  if (record === undefined) return { object, slices: [...again] };
  const index = await tryReadIndex(service, object);
  if (index instanceof DecodeError) {
    const { messageCount } = record;
    return { object, slices: [], missed: missedOf(object, index, { messageCount, nowMs: service.clock.nowMs() }) };
  }
  const found = new Map(again.map((one) => [one.slice.number, one]));
  const overlapping = covered.before(record);
  for (const [number, entry] of index.slices.entries()) {
    if (entry.queueId !== job.queueId || !mayHold({ ...record, ...entry }, job)) continue;
    const known = found.get(number);
    const oldestMs = job.by === 'sentAt' ? entry.sentFromMs : entry.deletedFromMs;
    found.set(number, {
      slice: sliceNameOf(object, number, entry),
      hasPayload: true,
      messageCount: entry.messageCount,
      oldestMs: Math.min(known?.oldestMs ?? oldestMs, oldestMs) as EpochMs,
      deletedAgain: known?.deletedAgain ?? [],
      overlapping,
    });
  }
  return { object, slices: [...found.values()] };
}
