import type { EpochMs } from '../model/brand.ts';
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

/** So long a rewind waits for the feed. */
const FEED_WAIT_MS_MAX = 5 * 60_000;
const FIRST_PAUSE_MS = 2;
const PAUSE_MS_MAX = 200;

/**
 * Waits for all shards of a queue, old ones of a purge included, as long as the feed makes progress at all: what was
 * consumed in any of them before is then archived, in whichever piece of it.
 *
 * @throws QueueError `Unavailable` when the feed lags by minutes; `Throttled`
 * @remarks Cost: two write units for each barrier, which is one a shard where a shard has one feed and eleven on
 * DynamoDB, and a catalog read for each look.
 * @see docs/decisions/0020-a-row-of-barriers.md
 */
export async function passBarriers(service: QueueService, queue: Queue): Promise<void> {
  const untilMs = service.clock.nowMs() + FEED_WAIT_MS_MAX;
  let left = queue.route.shards.map((shard) => shardKey(queue.id, shard.id));
  for (let nowMs = service.clock.nowMs(); left.length > 0 && nowMs < untilMs; nowMs = service.clock.nowMs()) {
    const timesMs = service.shards.barrierOffsetsMs.map((offsetMs) => Math.max(0, nowMs + offsetMs) as EpochMs);
    // Put once: a feed that lags would only lag the more for others.
    const wait = { timesMs, waitMs: untilMs - nowMs };
    const passed = await Promise.all(left.map((shard) => passInShard(service, shard, wait)));
    left = left.filter((_, index) => passed[index] !== true);
    if (left.length > 0) await service.clock.sleep(PAUSE_MS_MAX);
  }
  if (left.length === 0) return;
  throw new QueueError('Unavailable', 'the change feed lags by minutes; what was deleted is not all archived yet');
}

/**
 * Waits until the feed has passed this moment in each shard, by putting an empty delivery and taking it away again.
 *
 * @param atMs - time of the keys it is about, in milliseconds; by default now
 * @returns false when the feed lags so much that the wait was given up
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: two write units a shard, and a catalog read for each look.
 */
export async function passBarrier(
  service: QueueService,
  shards: readonly ShardKey[],
  atMs: EpochMs = service.clock.nowMs(),
): Promise<boolean> {
  const wait = { timesMs: [atMs], waitMs: BARRIER_WAIT_MS_MAX };
  const passed = await Promise.all(shards.map((shard) => passInShard(service, shard, wait)));
  return passed.every((isPassed) => isPassed);
}

interface BarrierWait {
  readonly timesMs: readonly EpochMs[];
  readonly waitMs: number;
}

/** False when not all could be put, or not all were passed in time. */
async function passInShard(service: QueueService, shard: ShardKey, { timesMs, waitMs }: BarrierWait): Promise<boolean> {
  const untilMs = service.clock.nowMs() + waitMs;
  const keys = timesMs.map((atMs) => deliveryKey(atMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId));
  const puts = await service.shards.put(keys.map((key) => ({ shard, delivery: newDelivery(key, 0, { parts: [] }) })));
  await Promise.all(keys.map((key) => service.shards.tryRemove(shard, key, {})));
  if (puts.some((put) => put !== 'stored')) return false;
  let left = await notPassed(service, shard, keys);
  for (let pauseMs = FIRST_PAUSE_MS; left.length > 0; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    if (service.clock.nowMs() > untilMs) return false;
    await service.clock.sleep(pauseMs);
    // The totals keep the last ones alone, so what was seen once counts.
    left = await notPassed(service, shard, left);
  }
  return true;
}

async function notPassed(service: QueueService, shard: ShardKey, keys: readonly DeliveryKey[]): Promise<DeliveryKey[]> {
  const stored = await service.catalog.get('totals', totalsName(shard));
  return keys.filter((key) => stored?.value.barriers.includes(key) !== true);
}
