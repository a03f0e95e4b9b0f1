import type { PushDestination } from '../model/push/index.ts';

/** Pushes the messages of queues that have a subscription. */
export interface PushRunner {
  /** Why it cannot push there, in words for the user; `undefined`: it can. */
  refusal(to: PushDestination): string | undefined;
  /** The subscription of the queue of that name is new, or has changed. Repeating does no harm. */
  start(queueName: string): void;
}
