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

/** Times `BARRIER_WAIT_MS_MAX`: a rewind waits up to five minutes for the feed. */
const BARRIER_TRIES_MAX = 100;
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
  let left = queue.route.shards.map((shard) => shardKey(queue.id, shard.id));
  for (let tries = 0; left.length > 0 && tries < BARRIER_TRIES_MAX; tries++) {
    const nowMs = service.clock.nowMs();
    const times = service.shards.barrierOffsetsMs.map((offsetMs) => Math.max(0, nowMs + offsetMs) as EpochMs);
    const passed = await Promise.all(left.map((shard) => passInShard(service, shard, times)));
    left = left.filter((_, index) => passed[index] !== true);
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
  const passed = await Promise.all(shards.map((shard) => passInShard(service, shard, [atMs])));
  return passed.every((isPassed) => isPassed);
}

async function passInShard(service: QueueService, shard: ShardKey, timesMs: readonly EpochMs[]): Promise<boolean> {
  const startMs = service.clock.nowMs();
  const keys = timesMs.map((atMs) => deliveryKey(atMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId));
  const puts = await service.shards.put(keys.map((key) => ({ shard, delivery: newDelivery(key, 0, { parts: [] }) })));
  await Promise.all(keys.map((key) => service.shards.tryRemove(shard, key, {})));
  if (puts.some((put) => put !== 'stored')) return false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    if (await hasPassed(service, shard, keys)) return true;
    if (service.clock.nowMs() - startMs > BARRIER_WAIT_MS_MAX) return false;
    await service.clock.sleep(pauseMs);
  }
}

async function hasPassed(service: QueueService, shard: ShardKey, keys: readonly DeliveryKey[]): Promise<boolean> {
  const stored = await service.catalog.get('totals', totalsName(shard));
  return keys.every((key) => stored?.value.barriers.includes(key) === true);
}
