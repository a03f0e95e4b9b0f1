import type { EpochMs } from '../../model/brand.ts';
import { shardKey } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { receivableShards } from '../../model/route.ts';
import type { Using } from '../service.ts';
import { lookAtReady } from './ready.ts';
import { subscribedQueue } from './subscribed.ts';

/** Code that changes the shards of a queue tells the push runner. This read finds a change that was not told. */
const ROUTE_LOOK_MS = 10 * 60_000;

export interface ArrivalsWait {
  /** When the last look began. */
  readonly sinceMs: EpochMs;
  readonly untilMs: EpochMs;
  /** How many waits before have found nothing. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** Waits until something may have come due in a queue. @remarks Cost: see the port. */
export async function arrivalsIn(service: Using<'arrivals'>, queue: Queue, wait: ArrivalsWait): Promise<void> {
  const shards = receivableShards(queue.route, wait.untilMs).map(({ id }) => shardKey(queue.id, id));
  await service.arrivals.wait(shards, wait);
}

/**
 * Waits until a queue that pushes has something ready, or its subscription ends.
 *
 * @param wait.sinceMs - when the last look began that found nothing
 * @param wait.end - ends the wait
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: for one machine, where a read of the catalog each ten minutes costs nothing.
 */
export async function waitForWork(
  service: Using<'arrivals' | 'routes' | 'shards' | 'clock'>,
  name: string,
  wait: { readonly sinceMs: EpochMs; readonly end: AbortSignal },
): Promise<void> {
  const { end: signal } = wait;
  let { sinceMs } = wait;
  for (let attempt = 0; !signal.aborted; attempt++) {
    const held = await subscribedQueue(service, name);
    if (held === undefined) return;
    const untilMs = (service.clock.nowMs() + ROUTE_LOOK_MS) as EpochMs;
    await arrivalsIn(service, held.queue, { sinceMs, untilMs, attempt, signal });
    sinceMs = service.clock.nowMs();
    const { count } = await lookAtReady(service, held.queue, 1);
    if (count > 0) return;
  }
}
