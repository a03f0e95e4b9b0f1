import type { EpochMs } from '../../model/brand.ts';
import { oldestClaimableAgeMs } from '../../model/counts.ts';
import { keyAfter, keyFrom, shardKey } from '../../model/ids.ts';
import { HEAD_DELIVERIES } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import { type RouteShard, receivableShards } from '../../model/route.ts';
import { everyQueue } from '../records/index.ts';
import type { Using } from '../service.ts';

/** Deliveries read in search of a ready message: leases in place may lie in front of it, and a few finished ones. */
const DELIVERIES_PER_LOOK = HEAD_DELIVERIES + 10;

/**
 * Tells how long the first ready message of any queue has waited, in milliseconds; 0 when none is ready. Skips
 * dead-letter queues: their messages wait for people.
 *
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: the queues' records and half a read unit for each shard.
 */
export async function oldestReadyMs(service: Using<'catalog' | 'clock' | 'shards'>): Promise<number> {
  const queues: Queue[] = [];
  for await (const { value } of everyQueue(service)) queues.push(value);
  const deadLetterQueues = new Set(queues.map(({ settings }) => settings.deadLetter?.queue));
  let oldestMs = 0;
  for (const queue of queues.filter(({ name }) => !deadLetterQueues.has(name))) {
    const ages = await Promise.all(
      receivableShards(queue.route, service.clock.nowMs()).map((shard) => readyMs(service, queue, shard)),
    );
    oldestMs = Math.max(oldestMs, ...ages);
  }
  return oldestMs;
}

async function readyMs(service: Using<'clock' | 'shards'>, queue: Queue, { id, fromMs }: RouteShard): Promise<number> {
  const nowMs = service.clock.nowMs();
  const { deliveries } = await service.shards.list(shardKey(queue.id, id), {
    from: keyFrom(fromMs ?? (0 as EpochMs)),
    before: keyAfter(nowMs),
    limit: DELIVERIES_PER_LOOK,
    isConsistent: false,
  });
  return oldestClaimableAgeMs(deliveries, { nowMs, fromMs });
}
