import { newDelivery } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import {
  DELIVERY_ID_LENGTH,
  type DeliveryId,
  type DeliveryKey,
  deliveryKey,
  type ShardKey,
  shardKey,
} from '../model/ids.ts';
import { BARRIER_WAIT_MS_MAX } from '../model/limits.ts';
import type { Queue } from '../model/queue.ts';
import { totalsName } from '../model/totals.ts';
import type { QueueService } from './service.ts';

/** Times `BARRIER_WAIT_MS_MAX`: a rewind waits up to five minutes for the feed. */
const BARRIER_TRIES_MAX = 100;
const FIRST_PAUSE_MS = 2;
const PAUSE_MS_MAX = 200;

/** Waits for all shards of a queue, old ones of a purge included, as long as the feed makes progress at all. */
export async function passBarriers(service: QueueService, queue: Queue): Promise<void> {
  let left = queue.route.shards.map((shard) => shardKey(queue.id, shard.id));
  for (let tries = 0; left.length > 0 && tries < BARRIER_TRIES_MAX; tries++) {
    const passed = await Promise.all(left.map((shard) => passInShard(service, shard)));
    left = left.filter((_, index) => passed[index] !== true);
  }
  if (left.length === 0) return;
  throw new QueueError('Unavailable', 'the change feed lags by minutes; what was deleted is not all archived yet');
}

/**
 * Waits until the feed has passed this moment in each shard, by putting an empty delivery and taking it away again.
 *
 * @returns false when the feed lags so much that the wait was given up
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: two write units a shard, and a catalog read for each look.
 */
export async function passBarrier(service: QueueService, shards: readonly ShardKey[]): Promise<boolean> {
  const passed = await Promise.all(shards.map((shard) => passInShard(service, shard)));
  return passed.every((isPassed) => isPassed);
}

async function passInShard(service: QueueService, shard: ShardKey): Promise<boolean> {
  const startMs = service.clock.nowMs();
  const key = deliveryKey(startMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId);
  const [put] = await service.shards.put([{ shard, delivery: newDelivery(key, 0, { parts: [] }) }]);
  if (put !== 'stored') return false;
  await service.shards.tryRemove(shard, key, {});
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    if (await hasPassed(service, shard, key)) return true;
    if (service.clock.nowMs() - startMs > BARRIER_WAIT_MS_MAX) return false;
    await service.clock.sleep(pauseMs);
  }
}

async function hasPassed(service: QueueService, shard: ShardKey, key: DeliveryKey): Promise<boolean> {
  const stored = await service.catalog.get('totals', totalsName(shard));
  return stored?.value.barriers.includes(key) === true;
}
