import { createHash } from 'node:crypto';
import { messageKey, type SliceMessage } from '../../model/archive-slice.ts';
import type { EpochMs } from '../../model/brand.ts';
import { DecodeError } from '../../model/bytes.ts';
import { type ArchivePart, newDelivery } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { DELIVERY_ID_LENGTH, type DeliveryId, deliveryKey, shardKey, visibleAtMs } from '../../model/ids.ts';
import { REWIND_PUT_MS_MAX } from '../../model/limits.ts';
import { type MessageAttributes, NO_ATTRIBUTES } from '../../model/message.ts';
import { isPurgedSince } from '../../model/purge.ts';
import { isPushing } from '../../model/push/index.ts';
import { type Hold, holdName, holdOfNothing, matchesFilter, type RewindJob, sliceText } from '../../model/rewind.ts';
import { openShards } from '../../model/route.ts';
import { countOf, indexesIn, runsOf } from '../../model/runs.ts';
import { randomText, toSortableText } from '../../model/sortable-text.ts';
import { listArchived, messageKeysIn } from '../archive/index.ts';
import { holdsOnSlice, putHold, readHold } from '../records/index.ts';
import type { Archive, Rewinding, Using } from '../service.ts';
import type { Missed } from './missed.ts';
import type { PlannedSlice } from './rewind-plan.ts';

/** Messages a slice had for a rewind, and those it made available. */
export interface SliceOutcome {
  readonly matched: number;
  readonly rewound: number;
  /** What it may have had and cannot be read. */
  readonly missed?: Missed;
}

/**
 * Makes the messages of one slice available: a hold, then one delivery that refers to them, which the archiver notes
 * on the hold when the feed tells of it. Repeating any of it changes nothing.
 *
 * @throws DecodeError when the archive object is missing or damaged
 * @throws QueueError `QueueNotFound` when the target is gone, `Throttled`, `Unavailable`: to be repeated
 * @remarks Cost: one object read and three write units for up to 1,000 messages, the note included; one write unit
 * where all messages wait already.
 * @see docs/decisions/0052-a-hold-of-nothing.md
 */
export async function rewindSlice(service: Rewinding, job: RewindJob, plan: PlannedSlice): Promise<SliceOutcome> {
  const name = holdName(plan.slice, job.id);
  const known = await readHold(service, name);
  const waiting = known === undefined ? await waitingMessages(service, job, plan) : NONE;
  const selected = known === undefined ? await selectMessages(service, job, plan, waiting) : [];
  const unreadable = known?.unreadableCount ?? selected.filter(isUnreadable).length;
  const missed = unreadable === 0 ? {} : { missed: unreadableOf(plan, unreadable) };
  const hold = known ?? (await newHold(service, job, { plan, selected, waiting }));
  if (hold === undefined) return { matched: 0, rewound: 0, ...missed };
  if (known === undefined) await putHold(service, hold);
  if (!hold.isPlaced) await putDelivery(service, job, hold);
  const count = countOf(hold.messages);
  return { matched: count, rewound: count, ...missed };
}

const unreadableOf = ({ slice }: PlannedSlice, messageCount: number): Missed => ({
  why: `${slice.object}: ${messageCount} messages of slice ${slice.number} cannot be read`,
  messageCount,
});

async function putDelivery(
  service: Using<'clock' | 'routes' | 'shards'>,
  { targetName }: RewindJob,
  hold: Hold,
): Promise<void> {
  const { place, leasedAtMs = 0 } = hold;
  if (place === undefined) return;
  if (service.clock.nowMs() - leasedAtMs > REWIND_PUT_MS_MAX) {
    throw new QueueError('Unavailable', `the lease of ${sliceText(hold.slice)} is nearly over; it must be repeated`);
  }
  const parts = hold.messages.map(([first, count]): ArchivePart => {
    const { rewindId: rewoundBy, slice } = hold;
    return { kind: 'archive', slice, first, count, rewoundBy, enteredAtMs: visibleAtMs(place.key) };
  });
  const wakes = isPushing((await service.routes.get(targetName)).queue);
  const [put] = await service.shards.put([
    { shard: place.shard, delivery: newDelivery(place.key, 0, { parts }), wakes },
  ]);
  if (put === 'stored') return;
  throw new QueueError('Unavailable', `the store did not take ${sliceText(hold.slice)}; it must be repeated`);
}

/**
 * Counts what {@link rewindSlice} would make available, and changes nothing but `unknown`, names of attributes: those
 * that a message of the range has are removed.
 */
export async function countSlice(
  service: Archive,
  job: RewindJob,
  plan: PlannedSlice,
  unknown: Set<string>,
): Promise<{ readonly matched: number; readonly damaged: number }> {
  try {
    const chosen = await selectMessages(service, job, plan, await waitingMessages(service, job, plan));
    for (const { attributes = {} } of chosen)
      for (const name of unknown) if (Object.hasOwn(attributes, name)) unknown.delete(name);
    return { matched: filtered(chosen, job).length, damaged: chosen.filter(isUnreadable).length };
  } catch (error) {
    if (error instanceof DecodeError) return { matched: 0, damaged: plan.messageCount };
    throw error;
  }
}

interface Selection {
  readonly plan: PlannedSlice;
  readonly selected: readonly Selected[];
  readonly waiting: ReadonlySet<number>;
}

/** None where no run of the job can have found anything: what waits now may not have waited for an earlier run. */
async function newHold(
  service: Using<'clock' | 'routes'>,
  job: RewindJob,
  { plan, selected, waiting }: Selection,
): Promise<Hold | undefined> {
  const indexes = filtered(selected, job);
  const unreadableCount = selected.filter(isUnreadable).length;
  const nothing = {
    ...holdOfNothing(job, plan.slice, service.clock.nowMs()),
    ...(unreadableCount === 0 ? {} : { unreadableCount }),
  };
  if (indexes.length === 0) return waiting.size === 0 ? undefined : nothing;
  const nowMs = service.clock.nowMs();
  const { queue } = await service.routes.refresh(job.targetName);
  if (queue.id !== job.targetId) throw targetGone(job);
  if (isPurgedSince(queue, job.startedAtMs)) return nothing;
  const shards = openShards(queue.route);
  const hash = createHash('sha256').update(holdName(plan.slice, job.id)).digest();
  const shard = shards[hash.readUInt32BE(0) % shards.length];
  if (shard === undefined) throw targetGone(job);
  // A rewind with a pace may take longer than the queue retains messages. In other queues all keep their order.
  const isRetained = queue.settings.retentionMs !== undefined;
  const enteredAtMs = isRetained ? (Math.max(nowMs, job.startedAtMs) as EpochMs) : job.startedAtMs;
  const key = deliveryKey(enteredAtMs, deliveryIdFor(plan.rank, hash));
  const { finishedAtMs: _, ...open } = nothing;
  const place = { shard: shardKey(queue.id, shard.id), key };
  return { ...open, place, leasedAtMs: service.clock.nowMs(), messages: runsOf(indexes), isPlaced: false };
}

/** Characters of a rank, which tells 16 million slices apart. */
const RANK_LENGTH = 4;

/** Ids of one rewind sort by the chosen time of what they hold; the rest tells them apart if a rank is given twice. */
const deliveryIdFor = (rank: number, hash: Uint8Array): DeliveryId =>
  (toSortableText(rank, RANK_LENGTH) +
    randomText(hash.subarray(4, 4 + DELIVERY_ID_LENGTH - RANK_LENGTH))) as DeliveryId;

const targetGone = (job: RewindJob): QueueError =>
  new QueueError('QueueNotFound', `queue "${job.targetName}", into which messages are rewound, was deleted`);

/** A message of a slice, with its attributes where the rewind has a filter: without them if it cannot be read. */
interface Selected {
  readonly index: number;
  readonly attributes: MessageAttributes | undefined;
}

const isUnreadable = ({ attributes }: Selected): boolean => attributes === undefined;

/**
 * Messages of a slice that were deleted before the rewind's cut, lie in its range, and wait in no queue already. A
 * message of an older hold counts as deleted again only if it was acked before the cut.
 */
async function selectMessages(
  service: Archive,
  job: RewindJob,
  plan: PlannedSlice,
  waiting: ReadonlySet<number>,
): Promise<Selected[]> {
  const slice = await service.slices.read(plan.slice);
  const again = new Set(indexesIn(plan.deletedAgain));
  const elsewhere = await messageKeysIn(service, plan.slice.queueId, plan.overlapping);
  const indexes = [...slice.messages.entries()].flatMap(([index, message]) => {
    const isDeleted = isInRange(job, message, { hasPayload: plan.hasPayload, isAgain: again.has(index) });
    return isDeleted && !waiting.has(index) && !elsewhere.has(messageKey(message)) ? [index] : [];
  });
  const [first] = indexes;
  const contents =
    job.filter === undefined || first === undefined ? undefined : slice.contents(first, indexes.at(-1) ?? first);
  return indexes.map((index) => ({
    index,
    attributes: contents === undefined ? NO_ATTRIBUTES : contents.get(index)?.attributes,
  }));
}

/** Of what was deleted again the plan says that it was at a time of the range, and its slice when it was sent. */
function isInRange(
  { by, fromMs, toMs, startedAtMs }: RewindJob,
  { origin, deletedAtMs }: SliceMessage,
  { hasPayload, isAgain }: { readonly hasPayload: boolean; readonly isAgain: boolean },
): boolean {
  const isWithin = (at: EpochMs) => at >= fromMs && at < toMs;
  if (deletedAtMs >= startedAtMs) return false;
  if (by === 'sentAt') return (hasPayload || isAgain) && isWithin(origin.sentAtMs);
  return isAgain || (hasPayload && isWithin(deletedAtMs));
}

const filtered = (selected: readonly Selected[], { filter }: RewindJob): number[] =>
  selected.flatMap(({ index, attributes }) =>
    attributes !== undefined && matchesFilter(attributes, filter) ? [index] : [],
  );

/** Messages that were purged, or that waited for a consumer at the cut by a hold of an older rewind into the queue. */
async function waitingMessages(
  service: Using<'catalog' | 'clock' | 'slices'>,
  job: RewindJob,
  { slice }: PlannedSlice,
): Promise<ReadonlySet<number>> {
  const waiting = new Set<number>();
  const purged: number[] = [];
  for await (const { value: hold } of holdsOnSlice(service, slice)) {
    // What was purged in the queue itself comes back nowhere; in another one it was a copy.
    if (hold.targetId === job.targetId || hold.targetId === job.queueId) purged.push(...indexesIn(hold.purged));
    if (hold.rewindId === job.id || hold.targetId !== job.targetId) continue;
    const isTouched = hold.doneToMs !== undefined && hold.doneToMs >= job.startedAtMs;
    const late = isTouched ? await deletedAfterCut(service, job, hold) : NONE;
    const free = new Set(indexesIn(hold.done).filter((index) => !late.has(index)));
    for (const index of indexesIn(hold.messages)) {
      if (free.has(index)) waiting.delete(index);
      else waiting.add(index);
    }
  }
  return new Set([...waiting, ...purged]);
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Messages of a hold that were deleted again only after the cut; looked up where the hold says that some were.
 * @remarks Cost: the list of objects since the cut; the index of each that tells of it, once a process.
 */
async function deletedAfterCut(
  service: Using<'catalog' | 'clock' | 'slices'>,
  job: RewindJob,
  hold: Hold,
): Promise<ReadonlySet<number>> {
  const late = new Set<number>();
  for await (const { value } of listArchived(service, hold.slice.queueId, job.startedAtMs)) {
    if (value.deletedAgainCount === 0 || value.deletedToMs < job.startedAtMs) continue;
    for (const entry of await service.slices.deletedAgain(value.object)) {
      const isOfHold = entry.rewindId === hold.rewindId && sliceText(entry.slice) === sliceText(hold.slice);
      if (!isOfHold || entry.deletedAtMs < job.startedAtMs) continue;
      for (const index of indexesIn(entry.messages)) late.add(index);
    }
  }
  return late;
}
