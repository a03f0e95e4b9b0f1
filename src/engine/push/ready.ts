import type { EpochMs } from '../../model/brand.ts';
import { claimableIndexes, dueAtMs } from '../../model/delivery.ts';
import { type DeliveryKey, keyAfter, keyFrom, SET_ASIDE, shardKey } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { type RouteShard, receivableShards } from '../../model/route.ts';
import { Breather } from '../memory/index.ts';
import type { Using } from '../service.ts';

/** What a look at a queue found. */
export interface Ready {
  /** Messages that a claim could take; the look ends once it has seen as many as it was asked for. */
  readonly count: number;
  /** Since when the oldest of them has been visible; infinite when there is none. */
  readonly sinceMs: number;
}

/** Deliveries of one read: it usually fills a batch of messages. */
const DELIVERIES_PER_PAGE = 50;

/**
 * Looks at what is ready in a queue, at most `wanted` messages, and takes nothing.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: a consistent page of each shard, more where a purge left much behind.
 */
export async function lookAtReady(service: Using<'shards' | 'clock'>, queue: Queue, wanted: number): Promise<Ready> {
  const nowMs = service.clock.nowMs();
  const shards = receivableShards(queue.route, nowMs);
  const found = await Promise.all(shards.map((shard) => readyIn(service, queue, { shard, nowMs, wanted })));
  return {
    count: found.reduce((sum, { count }) => sum + count, 0),
    sinceMs: Math.min(Number.POSITIVE_INFINITY, ...found.map(({ sinceMs }) => sinceMs)),
  };
}

async function readyIn(
  service: Using<'shards' | 'clock'>,
  queue: Queue,
  { shard, nowMs, wanted }: { readonly shard: RouteShard; readonly nowMs: EpochMs; readonly wanted: number },
): Promise<Ready> {
  const breather = new Breather(service.clock);
  let count = 0;
  let sinceMs = Number.POSITIVE_INFINITY;
  let from: DeliveryKey | undefined = keyFrom(shard.fromMs ?? (0 as EpochMs));
  while (from !== undefined && count < wanted) {
    const range = { from, before: keyAfter(nowMs), limit: DELIVERIES_PER_PAGE, isConsistent: true };
    const page = await service.shards.list(shardKey(queue.id, shard.id), range);
    for (const delivery of page.deliveries) {
      const dueMs = dueAtMs(delivery);
      const claimable = claimableIndexes(delivery, nowMs, shard.fromMs).length;
      if (claimable === 0) continue;
      count += claimable;
      sinceMs = Math.min(sinceMs, dueMs);
    }
    from = page.next;
    await breather.pause();
  }
  return { count, sinceMs };
}

/**
 * When the first message of a queue comes due that a claim could take then; infinite: there is none.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: as {@link lookAtReady}.
 */
export async function earliestDueMs(service: Using<'shards' | 'clock'>, queue: Queue): Promise<number> {
  const nowMs = service.clock.nowMs();
  const found = await Promise.all(
    queue.route.shards.map(async (shard) => {
      const { nextDueMs = 0 } = shard;
      return nextDueMs > nowMs ? nextDueMs : await earliestIn(service, queue, shard);
    }),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...found);
}

async function earliestIn(service: Using<'shards'>, queue: Queue, { id, fromMs }: RouteShard): Promise<number> {
  let earliestMs = Number.POSITIVE_INFINITY;
  let from: DeliveryKey | undefined = keyFrom(fromMs ?? (0 as EpochMs));
  while (from !== undefined) {
    const range = { from, before: SET_ASIDE, limit: DELIVERIES_PER_PAGE, isConsistent: true };
    const page = await service.shards.list(shardKey(queue.id, id), range);
    for (const delivery of page.deliveries) {
      const dueMs = dueAtMs(delivery);
      if (claimableIndexes(delivery, dueMs, fromMs).length === 0) continue;
      earliestMs = Math.min(earliestMs, dueMs);
      // What lies behind it is due later. A lease in place may end later still.
      if (delivery.leasedUntilMs === undefined) return earliestMs;
    }
    from = page.next;
  }
  return earliestMs;
}
