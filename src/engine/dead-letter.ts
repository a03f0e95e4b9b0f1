import type { EpochMs } from '../model/brand.ts';
import { type Delivery, newDelivery, type Part } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import { DELIVERY_ID_LENGTH, type DeliveryId, deliveryKey, type ShardKey, shardKey } from '../model/ids.ts';
import { contentOf } from '../model/lease.ts';
import type { Queue } from '../model/queue.ts';
import { markRepeatedly, removeIfFinished } from './marking.ts';
import { chooseOpenShard } from './open-shard.ts';
import type { HeldQueue } from './route-cache.ts';
import type { QueueService } from './service.ts';

/**
 * Moves messages of a lease that this claim alone holds into the dead-letter queue: put there first, with receive
 * count 0, then marked here.
 *
 * @returns false when there is no dead-letter queue, or none that takes messages: they stay on the lease
 * @remarks Cost: one put and one update for each lease.
 */
export async function deadLetter(
  service: QueueService,
  from: { readonly queue: Queue; readonly shard: ShardKey },
  what: { readonly lease: Delivery; readonly indexes: readonly number[] },
): Promise<boolean> {
  const target = await findTarget(service, from.queue);
  if (target === undefined || !service.routes.isUsable(target)) return false;
  const { lease, indexes } = what;
  const nowMs = service.clock.nowMs();
  const content = contentOf(lease, indexes, service.settings.thresholds.inlineBytesMax);
  const key = deliveryKey(nowMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId);
  const parts = content.parts.map((part) => entering(part, nowMs));
  const shard = shardKey(target.queue.id, chooseOpenShard(service, target.queue));
  const [put] = await service.shards.put([{ shard, delivery: newDelivery(key, 0, { ...content, parts }) }]);
  if (put === 'throttled') return false;
  // No answer: the copy may be there. Both stay; the lease's time brings these back.
  if (put !== 'stored') return true;
  const change = { moved: indexes, deadLettered: indexes };
  const marked = await markRepeatedly(service, from.shard, lease.key, { change, condition: {} });
  if (marked.outcome === 'done') await removeIfFinished(service, from.shard, marked.now);
  return true;
}

async function findTarget(service: QueueService, queue: Queue): Promise<HeldQueue | undefined> {
  const name = queue.settings.deadLetter?.queue;
  if (name === undefined) return undefined;
  try {
    return await service.routes.get(name);
  } catch (error) {
    if (error instanceof QueueError) return undefined;
    throw error;
  }
}

/** In its new queue a message counts from now on, and was received by nobody. */
function entering(part: Part, nowMs: EpochMs): Part {
  const { firstReceivedAtMs: _, ...kept } = part;
  return { ...kept, enteredAtMs: nowMs };
}
