import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, isOutstanding, locate, messageIdAt } from '../model/delivery.ts';
import { deliveryKey, KEY_END, keyAfter, keyFrom, parseMessageId, type ShardKey, shardKey } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
import { listArchived } from './archive-list.ts';
import { type ArchivedSlice, holdsOn, openSlices, seenDeleted } from './archived-messages.ts';
import { readSeen, type SeenMessage } from './peek.ts';
import type { QueueService } from './service.ts';

export interface FindCommand {
  readonly queue: string;
  readonly id: string;
  /** Where a search that was cut short goes on. */
  readonly fromMs?: EpochMs;
}

/** The message, or how far the search went. */
export type FindOutcome =
  | { readonly message: SeenMessage }
  | { readonly searched: { readonly fromMs: EpochMs; readonly toMs: EpochMs; readonly isComplete: boolean } };

/** Deliveries looked through for the holder of a message, in each shard and range. */
const HOLDERS_PAGE_LIMIT = 1_000;
/** Archive objects that one search opens. */
const OBJECTS_PER_SEARCH = 16;

/**
 * Finds a message by its id, whatever state it is in. Bounded: the delivery the id names, then one page of leases and
 * one of due deliveries a shard, then a few archive objects from the hour of sending on.
 *
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: one read for a message that was never received; two pages a shard for one that was; for a deleted
 * one the archive objects that cover its moment of sending.
 */
export async function findMessage(service: QueueService, command: FindCommand): Promise<FindOutcome> {
  const { queue } = await service.routes.get(command.queue);
  const nowMs = service.clock.nowMs();
  const origin = parseMessageId(command.id)?.origin;
  if (origin === undefined) return { searched: { fromMs: command.fromMs ?? nowMs, toMs: nowMs, isComplete: true } };
  const isNamed = (delivery: Delivery, index: number) => messageIdAt(delivery, index) === command.id;
  const first = await service.shards.get(
    shardKey(queue.id, origin.shardId),
    deliveryKey(origin.visibleAtMs, origin.id),
  );
  const outstanding = (first && holderIn(first, isNamed)) ?? (await findHolder(service, queue, isNamed));
  const message = outstanding === undefined ? undefined : await readSeen(service, outstanding, nowMs);
  if (message !== undefined) return { message };
  return await findArchived(service, queue, { id: command.id, sentAtMs: origin.sentAtMs, fromMs: command.fromMs });
}

interface Holder {
  readonly delivery: Delivery;
  readonly index: number;
}

type IsWanted = (delivery: Delivery, index: number) => boolean;

async function findHolder(service: QueueService, queue: Queue, isWanted: IsWanted): Promise<Holder | undefined> {
  for (const { id, fromMs } of queue.route.shards) {
    for await (const page of pagesOf(service, shardKey(queue.id, id), fromMs)) {
      for (const delivery of page.deliveries) {
        const holder = holderIn(delivery, isWanted);
        if (holder !== undefined) return holder;
      }
    }
  }
  return undefined;
}

/** Leases first: a message that left its first delivery is most likely in flight. */
async function* pagesOf(service: QueueService, shard: ShardKey, fromMs = 0 as EpochMs) {
  const now = keyAfter(service.clock.nowMs());
  const options = { limit: HOLDERS_PAGE_LIMIT, isConsistent: true };
  yield await service.shards.list(shard, { from: now, before: KEY_END, ...options });
  yield await service.shards.list(shard, { from: keyFrom(fromMs), before: now, ...options });
}

function holderIn(delivery: Delivery, isWanted: IsWanted): Holder | undefined {
  const index = allIndexes(delivery).find(
    (candidate) => isOutstanding(delivery, candidate) && isWanted(delivery, candidate),
  );
  return index === undefined ? undefined : { delivery, index };
}

interface Search {
  readonly id: string;
  readonly sentAtMs: EpochMs;
  readonly fromMs: EpochMs | undefined;
}

async function findArchived(service: QueueService, queue: Queue, search: Search): Promise<FindOutcome> {
  const fromMs = search.fromMs ?? search.sentAtMs;
  let opened = 0;
  for await (const page of listArchived(service, queue.id, fromMs)) {
    for (const { value } of page) {
      const mayBeSent = value.sentFromMs <= search.sentAtMs && value.sentToMs >= search.sentAtMs;
      if (!mayBeSent && value.broughtInCount === 0) continue;
      if (opened++ >= OBJECTS_PER_SEARCH) return { searched: { fromMs, toMs: value.deletedFromMs, isComplete: false } };
      for (const slice of await openSlices(service, queue.id, value)) {
        const index = slice.open.messages.findIndex((message) => message.id === search.id);
        if (index === -1 || slice.deletedAtMs(index) === undefined) continue;
        const message =
          (await findWaiting(service, queue, { slice, index })) ?? seenDeleted(slice, [index])[0]?.message;
        if (message !== undefined) return { message };
      }
    }
  }
  return { searched: { fromMs, toMs: service.clock.nowMs(), isComplete: true } };
}

/** A message that a rewind has brought back, where it now waits. */
async function findWaiting(
  service: QueueService,
  queue: Queue,
  at: { readonly slice: ArchivedSlice; readonly index: number },
): Promise<SeenMessage | undefined> {
  const [hold] = holdsOn(at.slice, at.index);
  if (hold === undefined) return undefined;
  const isHeld: IsWanted = (delivery, index) => {
    const { part, offset } = locate(delivery, index);
    if (part.kind !== 'archive' || part.first + offset !== at.index) return false;
    return part.slice.object === hold.slice.object && part.slice.number === hold.slice.number;
  };
  const first = await service.shards.get(hold.shard, hold.key);
  const holder = (first && holderIn(first, isHeld)) ?? (await findHolder(service, queue, isHeld));
  return holder && (await readSeen(service, holder, service.clock.nowMs()));
}
