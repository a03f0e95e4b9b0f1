import type { EpochMs } from '../../model/brand.ts';
import type { Message } from '../../model/message.ts';
import type { Subscription } from '../../model/push/index.ts';
import type { CallsCommand } from './calls.ts';
import type { WakeUp } from './wake.ts';

export interface DispatchCommand extends CallsCommand {
  /** Name of the queue. */
  readonly queue: string;
  /** Bytes of a message in a call. @default in JSON */
  readonly bytesOf?: (subscription: Subscription) => (message: Message) => number;
  /** What woke it, where wake-ups can be lost. @default one machine, which tells each arrival and each due time */
  readonly wakeUp?: Omit<WakeUp, 'queue'>;
  /** When its process ends: it begins nothing that could take longer. @default never */
  readonly processEndsMs?: EpochMs;
  /** Starts another dispatcher for a part of the queue; must not throw. @default this one works alone */
  readonly startPart?: (part: string) => Promise<void>;
  /** It begins nothing after this, and a successor continues. @default never */
  readonly turnEndsMs?: EpochMs;
}

/**
 * How a dispatcher ended. `over`: there is no subscription, it is paused, the signal has aborted, or the part of this
 * dispatcher has ended. `spent`: its process ends soon, and a successor has to go on. `busy`: another dispatcher is
 * awake. `failed`: the store did not do its work, and the dispatcher has to be started again.
 */
export interface Dispatched {
  readonly outcome: 'over' | 'spent' | 'asleep' | 'busy' | 'failed';
  readonly error?: unknown;
  /** When its last look began: what came later was not seen. */
  readonly lookedAtMs: EpochMs;
  /** Nothing can begin before then, whatever arrives. */
  readonly restUntilMs?: EpochMs;
  /** Resolves when all calls that it began are settled. Never rejects. */
  readonly settled: Promise<void>;
}
