import { QueueError } from '../../model/errors.ts';
import { pushLeaseMs, type Subscription } from '../../model/push/index.ts';
import type { Queue } from '../../model/queue.ts';
import type { Using } from '../service.ts';

/** A queue that is to push now. */
export interface Subscribed {
  readonly queue: Queue;
  readonly subscription: Subscription;
  /** When a message that failed comes again, from its receive on. */
  readonly visibilityMs: number;
  /** How long the messages of a call are leased. */
  readonly leaseMs: number;
}

/** The queue of that name, if it is to push now. @throws QueueError `Throttled`, `Unavailable` */
export async function subscribedQueue(service: Using<'routes'>, name: string): Promise<Subscribed | undefined> {
  try {
    const { queue } = await service.routes.get(name);
    const { subscription, settings } = queue;
    if (subscription === undefined || subscription.pausedAtMs !== undefined) return undefined;
    const visibilityMs = subscription.visibilityMs ?? settings.visibilityMs;
    return { queue, subscription, visibilityMs, leaseMs: pushLeaseMs(subscription, visibilityMs) };
  } catch (error) {
    if (error instanceof QueueError && error.code === 'QueueNotFound') return undefined;
    throw error;
  }
}
