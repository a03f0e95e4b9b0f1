import type { EpochMs } from '../model/brand.ts';
import type { ShardKey } from '../model/ids.ts';

export interface ArrivalsWait {
  /** When the caller began its last look: the wait must not miss what came due since then. */
  readonly sinceMs: EpochMs;
  readonly untilMs: EpochMs;
  /** How often this caller has waited before: 0, 1, 2 … */
  readonly attempt: number;
  /** How long this process has received nothing from the queue, in milliseconds. @default 0 */
  readonly quietMs?: number;
  /** Ends the wait at once: the consumer has left. */
  readonly signal?: AbortSignal;
}

/** Tells a waiting receive where to look again. */
export interface Arrivals {
  /**
   * Resolves with the shards worth a look as soon as one of their deliveries may have come due; with none at `untilMs`
   * or on the signal. Locally the store notifies. On AWS, pauses grow with `attempt` and `quietMs` to two seconds, and
   * the answer is two random shards.
   */
  wait(shards: readonly ShardKey[], options: ArrivalsWait): Promise<readonly ShardKey[]>;
}
