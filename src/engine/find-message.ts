import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, isOutstanding, messageIdAt } from '../model/delivery.ts';
import { deliveryKey, KEY_END, keyAfter, keyFrom, parseMessageId, type ShardKey, shardKey } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
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

/**
 * Finds a message by its id, whatever state it is in. Bounded: the delivery the id names, then one page of due
 * deliveries and one of leases a shard.
 *
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: one read for a message that was never received; else two pages a shard.
 */
export async function findMessage(service: QueueService, command: FindCommand): Promise<FindOutcome> {
  const { queue } = await service.routes.get(command.queue);
  const nowMs = service.clock.nowMs();
  const named = parseMessageId(command.id);
  const nothing = { fromMs: command.fromMs ?? named?.origin.sentAtMs ?? nowMs, toMs: nowMs };
  if (named === undefined) return { searched: { ...nothing, isComplete: true } };
  const { origin } = named;
  const shard = shardKey(queue.id, origin.shardId);
  const first = await service.shards.get(shard, deliveryKey(origin.visibleAtMs, origin.id));
  const atFirst = first === undefined ? undefined : holding(first, command.id);
  const place = atFirst ?? (await findHolder(service, queue, command.id));
  const [message] = place.holder === undefined ? [] : await readSeen(service, [place.holder], nowMs);
  return message === undefined ? { searched: { ...nothing, isComplete: place.isComplete } } : { message };
}

interface Place {
  readonly holder?: { readonly delivery: Delivery; readonly index: number };
  readonly isComplete: boolean;
}

async function findHolder(service: QueueService, queue: Queue, id: string): Promise<Place> {
  let isComplete = true;
  for (const shard of queue.route.shards) {
    for await (const page of pagesOf(service, shardKey(queue.id, shard.id))) {
      for (const delivery of page.deliveries) {
        const place = holding(delivery, id);
        if (place !== undefined) return place;
      }
      isComplete &&= page.next === undefined;
    }
  }
  return { isComplete };
}

/** Leases first: a message that left its first delivery is most likely in flight. */
async function* pagesOf(service: QueueService, shard: ShardKey) {
  const now = keyAfter(service.clock.nowMs());
  const options = { limit: HOLDERS_PAGE_LIMIT, isConsistent: true };
  yield await service.shards.list(shard, { from: now, before: KEY_END, ...options });
  yield await service.shards.list(shard, { from: keyFrom(0 as EpochMs), before: now, ...options });
}

function holding(delivery: Delivery, id: string): Place | undefined {
  const index = allIndexes(delivery).find(
    (candidate) => messageIdAt(delivery, candidate) === id && isOutstanding(delivery, candidate),
  );
  return index === undefined ? undefined : { holder: { delivery, index }, isComplete: true };
}
