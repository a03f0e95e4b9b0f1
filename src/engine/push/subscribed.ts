import type { EpochMs } from '../../model/brand.ts';
import { QueueError } from '../../model/errors.ts';
import { isPushing, pushLeaseMs, type Subscription } from '../../model/push/index.ts';
import type { Queue } from '../../model/queue.ts';
import type { Using } from '../service.ts';

/** A queue that is to push now. */
export interface Subscribed {
  readonly queue: Queue;
  readonly subscription: Subscription;
  /** When its record was read: it may be paused since. */
  readonly readAtMs: EpochMs;
  /** When a message that failed comes again, from its receive on. */
  readonly visibilityMs: number;
  /** How long the messages of a call are leased. */
  readonly leaseMs: number;
}

/** The record of a queue that pushes is read again after this: a pause takes effect within 5 s. */
const FRESH_MS = 2_000;

/**
 * The queue of that name, if it is to push now.
 * @param freshMs - how old what is known of it may be; 0: it is read now
 * @throws QueueError `Throttled`, `Unavailable`
 */
export async function subscribedQueue(
  { routes, clock }: Using<'routes' | 'clock'>,
  name: string,
  freshMs = FRESH_MS,
): Promise<Subscribed | undefined> {
  try {
    const kept = freshMs === 0 ? undefined : await routes.get(name);
    const isFresh = kept !== undefined && clock.nowMs() - kept.readAtMs <= freshMs;
    const { queue, readAtMs } = isFresh ? kept : await routes.refresh(name);
    const { subscription, settings } = queue;
    if (subscription === undefined || !isPushing(queue)) return undefined;
    const visibilityMs = subscription.visibilityMs ?? settings.visibilityMs;
    return { queue, subscription, readAtMs, visibilityMs, leaseMs: pushLeaseMs(subscription, visibilityMs) };
  } catch (error) {
    if (error instanceof QueueError && error.code === 'QueueNotFound') return undefined;
    throw error;
  }
}
