import type { EpochMs } from '../../model/brand.ts';
import {
  allIndexes,
  type Delivery,
  enteredAtMs,
  isOutstanding,
  locate,
  messageIdAt,
  type SliceName,
} from '../../model/delivery.ts';
import {
  type DeliveryKey,
  KEY_END,
  keyAfter,
  keyFrom,
  type MessageId,
  type QueueId,
  type ShardKey,
  shardKey,
} from '../../model/ids.ts';
import { asMessageId, type MessageTrace, messageId, traceOf } from '../../model/message-id.ts';
import type { Queue } from '../../model/queue.ts';
import { hourText } from '../../model/retention.ts';
import { type ArchivedObject, sliceText } from '../../model/rewind.ts';
import type { Page } from '../../ports/shard-store.ts';
import { listArchived } from '../archive/index.ts';
import { type OpenSlice, unlessDamaged } from '../memory/index.ts';
import type { Contents, Lookup, Using } from '../service.ts';
import { type ArchivedSlice, holdsOn, openSlices, seenDeleted } from './archived-messages.ts';
import { readSeen, type SeenMessage } from './peek.ts';

export interface FindCommand {
  readonly queue: string;
  readonly id: string;
  /** Where to continue a search that was cut short. */
  readonly fromMs?: EpochMs;
}

/** The message, and where it waits or is held unless it is deleted; or how far the search got. */
export type FindOutcome = { readonly message: SeenMessage; readonly holder?: Holder } | { readonly searched: Searched };

export interface Searched {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly isComplete: boolean;
}

/** Deliveries of a page that is read in search of the holder of a message. */
const HOLDERS_PAGE_LIMIT = 1_000;
/** Pages of leases, and of due deliveries, that one search reads in each shard. */
const HOLDERS_PAGES_MAX = 16;
/** Archive objects that one search opens. */
const OBJECTS_PER_SEARCH = 16;
/** Slices of another queue's archive that one search opens. */
const FOREIGN_SLICES_PER_SEARCH = 16;
/** Deliveries whose keys share a prefix: one, except with a chance of 2^-42. */
const FIRST_DELIVERIES_LIMIT = 4;

/**
 * Finds a message by its id, in any state. The search is bounded: the delivery that the id names, then 16,000 leases
 * and 16,000 due deliveries a shard, then a few archive objects from the hour of sending on. It is not complete, and
 * ends where it began, if only what waits was too much to look at.
 *
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: one read for a message that was never received; at least two pages a shard for one that was; for a
 * deleted one, the archive objects that cover the moment of sending.
 */
export async function findMessage(service: Lookup, command: FindCommand): Promise<FindOutcome> {
  const { queue } = await service.routes.get(command.queue);
  const nowMs = service.clock.nowMs();
  const id = asMessageId(command.id);
  const trace = traceOf(id);
  if (trace === undefined) return { searched: { fromMs: command.fromMs ?? nowMs, toMs: nowMs, isComplete: true } };
  const outstanding = await findOutstanding(service, queue, { id, trace });
  const seen = typeof outstanding === 'string' ? undefined : await seenAt(service, outstanding);
  if (seen !== undefined) return seen;
  const found = await findArchived(service, queue, { id, trace, fromMs: command.fromMs });
  if (outstanding !== 'cut' || 'message' in found || !found.searched.isComplete) return found;
  const { fromMs } = found.searched;
  return { searched: { fromMs, toMs: fromMs, isComplete: false } };
}

/** The message to find. */
interface Wanted {
  readonly id: MessageId;
  readonly trace: MessageTrace;
}

/** Finds where the message waits or is held: its first delivery, another one, or a slice of another queue's archive. */
async function findOutstanding(
  service: Using<'clock' | 'shards' | 'slices'>,
  queue: Queue,
  wanted: Wanted,
): Promise<Holder | Nowhere> {
  const { id, trace } = wanted;
  const range = { ...trace.firstDelivery, limit: FIRST_DELIVERIES_LIMIT, isConsistent: true };
  const home = queue.route.shards.find((shard) => shard.id === trace.shardId);
  // A shard leaves the route once it is empty.
  const first = home === undefined ? [] : (await service.shards.list(shardKey(queue.id, home.id), range)).deliveries;
  for (const delivery of first) {
    const index = indexWithin(delivery, (one, at) => messageIdAt(one, at) === id, home?.fromMs);
    if (home !== undefined && index !== undefined) return { shard: shardKey(queue.id, home.id), delivery, index };
  }
  const foreign = new Map<string, SliceName>();
  const isNamed: IsWanted = (delivery, index) => {
    const { part, offset } = locate(delivery, index);
    if (part.kind !== 'archive') return messageId(part.origin, part.first + offset) === id;
    if (part.slice.queueId !== queue.id) foreign.set(sliceText(part.slice), part.slice);
    return false;
  };
  const named = await findHolder(service, queue, isNamed);
  if (typeof named !== 'string') return named;
  const found = await findForeign(service, queue, { id, foreign });
  return found === 'none' ? named : found;
}

/** Finds a message that a rewind of another queue brought into this one, or that was a dead letter after a rewind. */
async function findForeign(
  service: Using<'clock' | 'shards' | 'slices'>,
  queue: Queue,
  { id, foreign }: { readonly id: MessageId; readonly foreign: ReadonlyMap<string, SliceName> },
): Promise<Holder | Nowhere> {
  for (const slice of [...foreign.values()].slice(0, FOREIGN_SLICES_PER_SEARCH)) {
    const index = indexIn(await unlessDamaged(service.slices.read(slice)), id);
    const holder = index === -1 ? 'none' : await findHolder(service, queue, isOfSlice(slice, index));
    if (typeof holder !== 'string') return holder;
  }
  return foreign.size > FOREIGN_SLICES_PER_SEARCH ? 'cut' : 'none';
}

const indexIn = (slice: OpenSlice | undefined, id: MessageId): number =>
  slice?.messages.findIndex(({ origin, index }) => messageId(origin, index) === id) ?? -1;

const isOfSlice =
  (slice: SliceName, wantedIndex: number): IsWanted =>
  (delivery, index) => {
    const { part, offset } = locate(delivery, index);
    if (part.kind !== 'archive' || part.first + offset !== wantedIndex) return false;
    return part.slice.object === slice.object && part.slice.number === slice.number;
  };

/** Where a message waits or is held, as it was read. */
export interface Holder {
  readonly shard: ShardKey;
  readonly delivery: Delivery;
  readonly index: number;
}

/** No holder; `cut`: not all that waits was looked at. */
type Nowhere = 'none' | 'cut';

type IsWanted = (delivery: Delivery, index: number) => boolean;

async function findHolder(
  service: Using<'clock' | 'shards'>,
  queue: Queue,
  isWanted: IsWanted,
): Promise<Holder | Nowhere> {
  let nowhere: Nowhere = 'none';
  for (const { id, fromMs } of queue.route.shards) {
    const shard = shardKey(queue.id, id);
    for await (const deliveries of pagesOf(service, shard, fromMs)) {
      if (deliveries === 'cut') nowhere = 'cut';
      else
        for (const delivery of deliveries) {
          const index = indexWithin(delivery, isWanted, fromMs);
          if (index !== undefined) return { shard, delivery, index };
        }
    }
  }
  return nowhere;
}

/** Leases first: a message that left its first delivery is most likely in flight. `cut`: some pages are left out. */
async function* pagesOf(
  service: Using<'clock' | 'shards'>,
  shard: ShardKey,
  fromMs = 0 as EpochMs,
): AsyncGenerator<readonly Delivery[] | 'cut'> {
  const now = keyAfter(service.clock.nowMs());
  const leases = { from: now, before: KEY_END };
  const due = { from: keyFrom(fromMs), before: now };
  for (const { from, before } of [leases, due]) {
    let next: DeliveryKey | undefined = from;
    for (let pages = 0; next !== undefined && pages < HOLDERS_PAGES_MAX; pages++) {
      const range = { from: next, before, limit: HOLDERS_PAGE_LIMIT, isConsistent: true };
      const page: Page = await service.shards.list(shard, range);
      yield page.deliveries;
      next = page.next;
    }
    if (next !== undefined) yield 'cut';
  }
}

/** @param fromMs - a message that entered the queue earlier is purged */
const indexWithin = (delivery: Delivery, isWanted: IsWanted, fromMs = 0 as EpochMs): number | undefined =>
  allIndexes(delivery).find(
    (candidate) =>
      isOutstanding(delivery, candidate) &&
      enteredAtMs(locate(delivery, candidate).part) >= fromMs &&
      isWanted(delivery, candidate),
  );

/** The message that a holder holds; `undefined` when its block is gone. */
async function seenAt(
  service: Contents & Using<'clock'>,
  holder: Holder,
): Promise<{ readonly message: SeenMessage; readonly holder: Holder } | undefined> {
  const message = await readSeen(service, holder, service.clock.nowMs());
  return message === undefined ? undefined : { message, holder };
}

interface Search extends Wanted {
  readonly fromMs: EpochMs | undefined;
}

async function findArchived(service: Lookup, queue: Queue, search: Search): Promise<FindOutcome> {
  const { sentAtMs, firstVisibleAtMs } = search.trace;
  // No message is deleted before it can be received. A delayed message's id holds the end of its delay.
  const fromMs = search.fromMs ?? firstVisibleAtMs;
  let opened = 0;
  const step = service.shards.feedResolutionMs;
  for await (const value of byFirstDeletion(service, queue.id, (Math.floor(fromMs / step) * step) as EpochMs)) {
    const mayBeSent = value.sentFromMs <= firstVisibleAtMs && value.sentToMs >= (sentAtMs ?? 0);
    if (!mayBeSent && value.broughtInCount === 0) continue;
    // All that covers the first moment is opened, so that the search continues at a later one.
    const isEnough = opened >= OBJECTS_PER_SEARCH && value.deletedFromMs > fromMs;
    if (isEnough) return { searched: { fromMs, toMs: value.deletedFromMs, isComplete: false } };
    opened++;
    for (const slice of await openSlices(service, queue.id, value)) {
      const index = indexIn(slice.open, search.id);
      if (index === -1 || slice.deletedAtMs(index) === undefined) continue;
      const waiting = await findWaiting(service, queue, { slice, index });
      if (waiting !== undefined) return waiting;
      const message = seenDeleted(slice, [index])[0]?.message;
      if (message !== undefined) return { message };
    }
  }
  return { searched: { fromMs, toMs: service.clock.nowMs(), isComplete: true } };
}

/**
 * The archive objects that tell of deletions at a moment or later, in the order of their first deletions: where a
 * search ends, nothing earlier is left out. Names tell the hour alone.
 */
async function* byFirstDeletion(
  service: Using<'catalog' | 'clock'>,
  queueId: QueueId,
  fromMs: EpochMs,
): AsyncGenerator<ArchivedObject> {
  let ofHour: ArchivedObject[] = [];
  for await (const { value } of listArchived(service, queueId, fromMs)) {
    if (value.deletedToMs < fromMs) continue;
    const [first] = ofHour;
    if (first !== undefined && hourText(first.deletedFromMs) !== hourText(value.deletedFromMs)) {
      yield* inOrder(ofHour);
      ofHour = [];
    }
    ofHour.push(value);
  }
  yield* inOrder(ofHour);
}

const inOrder = (objects: readonly ArchivedObject[]): ArchivedObject[] =>
  objects.toSorted((one, other) => one.deletedFromMs - other.deletedFromMs);

/** Finds where a message waits that a rewind has brought back. */
async function findWaiting(
  service: Lookup,
  queue: Queue,
  at: { readonly slice: ArchivedSlice; readonly index: number },
): ReturnType<typeof seenAt> {
  const [hold] = holdsOn(at.slice, at.index);
  if (hold?.place === undefined) return undefined;
  const { place } = hold;
  const isHeld = isOfSlice(hold.slice, at.index);
  const first = await service.shards.get(place.shard, place.key);
  const shard = queue.route.shards.find(({ id }) => shardKey(queue.id, id) === place.shard);
  const index = first && indexWithin(first, isHeld, shard?.fromMs);
  const isThere = first !== undefined && index !== undefined;
  const holder = isThere ? { shard: place.shard, delivery: first, index } : await findHolder(service, queue, isHeld);
  return typeof holder === 'string' ? undefined : await seenAt(service, holder);
}
