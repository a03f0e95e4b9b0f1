import type { PushDestination } from '../model/push/index.ts';
import type { Queue } from '../model/queue.ts';

/** Pushes the messages of queues that have a subscription. */
export interface PushRunner {
  /** Why the queue of that name cannot push there, in words for the user; `undefined`: it can. */
  refusal(queueName: string, to: PushDestination): string | undefined;
  /**
   * The subscription of a queue is new or has changed, or its shards are others, which nothing else tells. Repeating
   * does no harm.
   * @throws QueueError `Throttled`, `Unavailable`
   */
  start(queue: Queue): Promise<void>;
}
