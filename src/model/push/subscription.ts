import type { EpochMs } from '../brand.ts';
import type { RewindFilter } from '../rewind.ts';

/** Where a queue pushes its messages. */
export type PushDestination =
  | { readonly kind: 'lambda'; readonly arn: string }
  /** A function exported by a file, on one machine: it runs in a process of its own. */
  | { readonly kind: 'file'; readonly path: string; readonly handler: string }
  | { readonly kind: 'https'; readonly url: string }
  | { readonly kind: 'sqs'; readonly url: string };

/** `sqs`: as an SQS trigger of Lambda has it; `raw`: as REST answers a receive, or the body alone. */
export type PushFormat = 'sqs' | 'raw';

/** That a queue pushes its messages, and how; a field of its record. */
export interface Subscription {
  readonly to: PushDestination;
  readonly format: PushFormat;
  /** Messages of a call, at most: 1 to 10,000. */
  readonly batchSize: number;
  /** A message waits this long for others of its batch: 0 to 300,000. */
  readonly batchWindowMs: number;
  /** Calls at once: 1 to 1,000. */
  readonly maxConcurrency: number;
  /** Messages a second; absent: any number. */
  readonly perSecond?: number;
  /** A call ends after this: 1,000 to 600,000. */
  readonly targetMs: number;
  /** When a message that failed comes again, from its receive on; absent: as the queue has it. */
  readonly visibilityMs?: number;
  /** Messages that do not match are deleted without a call. */
  readonly filter?: RewindFilter;
  /** The answer lists the messages of a batch that failed. */
  readonly reportBatchItemFailures: boolean;
  /** A message that was pushed so often pauses the subscription; 0: none does. @default `MAX_HOPS` */
  readonly maxHops?: number;
  /** Since when nothing new begins. */
  readonly pausedAtMs?: EpochMs;
  /** Why it paused by itself. */
  readonly pausedBy?: 'maxHops';
}

/** Whether messages that enter a queue are to be pushed. */
export const isPushing = ({ subscription }: { readonly subscription?: Subscription }): boolean =>
  subscription !== undefined && subscription.pausedAtMs === undefined;

/** From the end of a call to the end of the lease of its messages, at least: time to delete them. */
const SETTLE_MS = 30_000;

/** How long the messages of a call are leased: a call that ends in time needs no extension. */
export const pushLeaseMs = ({ targetMs }: Subscription, visibilityMs: number): number =>
  Math.max(visibilityMs, targetMs + SETTLE_MS);
