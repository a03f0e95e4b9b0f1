import { isDeepStrictEqual } from 'node:util';
import type { EpochMs } from '../../model/brand.ts';
import { invalidField, QueueError } from '../../model/errors.ts';
import type { QueueId } from '../../model/ids.ts';
import { type Breaker, runningCalls, type Subscription } from '../../model/push/index.ts';
import type { Queue } from '../../model/queue.ts';
import { changeQueue, changeRecord, everyQueue, getQueue } from '../records/index.ts';
import type { Queues, Records, Using } from '../service.ts';

/** A subscription, and what its calls do. */
export interface SubscriptionState {
  readonly subscription: Subscription;
  /** Calls that may be running. */
  readonly running: number;
  /** Messages that the filter refused, approximately. */
  readonly filtered: number;
  /** Absent while the target answers. */
  readonly breaker?: Breaker;
}

/**
 * Lets a queue push its messages, or replaces its subscription; one that is paused stays so.
 *
 * @throws QueueError `QueueNotFound`; `InvalidField`: this deployment does not push there
 * @remarks Cost: one catalog read and one write; the same for the lease record where the target was at fault.
 */
export async function subscribe(
  service: Queues,
  name: string,
  subscription: Subscription,
): Promise<SubscriptionState & { readonly isNew: boolean }> {
  const reason =
    service.pushRunner === undefined
      ? 'this deployment pushes nothing: its setting "targets" is empty'
      : service.pushRunner.refusal(name, subscription.to);
  if (reason !== undefined) throw invalidField('to', reason);
  let isNew = false;
  const queue = await changeQueue(service, name, (there) => {
    isNew = there.subscription === undefined;
    const next = { ...subscription, ...pauseOf(there.subscription) };
    return isDeepStrictEqual(next, there.subscription) ? there : { ...there, subscription: next };
  });
  return { ...(await start(service, queue)), isNew };
}

/**
 * Ends the subscription of a queue. Nothing new begins; calls that run may end, and their messages are deleted.
 * @throws QueueError `QueueNotFound`, `NotFound`
 */
export async function unsubscribe(service: Queues, name: string): Promise<void> {
  const queue = await changeQueue(service, name, (there) => {
    subscriptionOf(there);
    const { subscription: _, ...rest } = there;
    return rest;
  });
  await service.pushRunner?.start(queue);
}

/**
 * Begins nothing new from now on, on AWS from a few seconds on; calls that run may end.
 *
 * @param cause - why it pauses by itself
 * @throws QueueError `QueueNotFound`, `NotFound`
 */
export async function pauseSubscription(
  service: Queues,
  name: string,
  cause: Pick<Subscription, 'pausedBy'> = {},
): Promise<SubscriptionState> {
  const pausedAtMs = service.clock.nowMs();
  const queue = await changeQueue(service, name, (there) => {
    const subscription = subscriptionOf(there);
    if (subscription.pausedAtMs !== undefined) return there;
    return { ...there, subscription: { ...subscription, pausedAtMs, ...cause } };
  });
  await service.pushRunner?.start(queue);
  return await stateOf(service, queue);
}

/**
 * Resumes a paused subscription. A target that was at fault is tried at once.
 * @throws QueueError `QueueNotFound`, `NotFound`
 */
export async function resumeSubscription(service: Queues, name: string): Promise<SubscriptionState> {
  const queue = await changeQueue(service, name, (there) => {
    const { pausedAtMs, pausedBy: _, ...subscription } = subscriptionOf(there);
    return pausedAtMs === undefined ? there : { ...there, subscription };
  });
  return await start(service, queue);
}

/** @throws QueueError `QueueNotFound`, `NotFound` @remarks Cost: two catalog reads. */
export async function getSubscription(service: Using<'routes' | 'catalog' | 'clock'>, name: string) {
  return await stateOf(service, await getQueue(service, name));
}

/** Names of the queues that have a subscription. @remarks Cost: the list of queues. */
export async function* subscribedQueueNames(service: Records): AsyncGenerator<string> {
  for await (const { value } of everyQueue(service)) if (value.subscription !== undefined) yield value.name;
}

async function start(service: Queues, queue: Queue): Promise<SubscriptionState> {
  await closeBreaker(service, queue.id);
  await service.pushRunner?.start(queue);
  return await stateOf(service, queue);
}

/** Another target, or the same one mended: it is tried at once. */
async function closeBreaker(service: Using<'catalog'>, queueId: QueueId): Promise<void> {
  await changeRecord(service, 'pushLease', queueId, (lease) => {
    if (lease?.breaker === undefined) return lease;
    const { breaker: _, ...rest } = lease;
    return rest;
  });
}

async function stateOf(service: Using<'catalog' | 'clock'>, queue: Queue): Promise<SubscriptionState> {
  const subscription = subscriptionOf(queue);
  const lease = (await service.catalog.get('pushLease', queue.id))?.value;
  const nowMs: EpochMs = service.clock.nowMs();
  return {
    subscription,
    running: runningCalls(lease, nowMs),
    filtered: lease?.filtered ?? 0,
    ...(lease?.breaker === undefined ? {} : { breaker: lease.breaker }),
  };
}

/** That a subscription is paused, and why. */
function pauseOf({ pausedAtMs, pausedBy }: Partial<Subscription> = {}): Pick<Subscription, 'pausedAtMs' | 'pausedBy'> {
  if (pausedAtMs === undefined) return {};
  return pausedBy === undefined ? { pausedAtMs } : { pausedAtMs, pausedBy };
}

/** @throws QueueError `NotFound` */
function subscriptionOf({ name, subscription }: Queue): Subscription {
  if (subscription !== undefined) return subscription;
  throw new QueueError('NotFound', `queue "${name}" has no subscription`);
}
