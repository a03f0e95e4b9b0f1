import type { EpochMs } from '../model/brand.ts';
import type { ShardKey } from '../model/ids.ts';

export interface ArrivalsWait {
  /** When the caller began its last look: what came due since then must not be missed. */
  readonly sinceMs: EpochMs;
  readonly untilMs: EpochMs;
  /** How often this caller has waited before: 0, 1, 2 … */
  readonly attempt: number;
  /** How long the queue has brought this process nothing, in milliseconds. @default 0 */
  readonly quietMs?: number;
  /** Ends the wait at once: the consumer has gone. */
  readonly signal?: AbortSignal;
}

/** How a waiting receive learns where it is worth looking again. */
export interface Arrivals {
  /**
   * Resolves with the shards worth a look as soon as a delivery of them may have come due, with none at `untilMs` or
   * when the signal says so. Locally the store tells; on AWS pauses grow with `attempt` and `quietMs` to two seconds
   * and two random shards are named.
   */
  wait(shards: readonly ShardKey[], options: ArrivalsWait): Promise<readonly ShardKey[]>;
}
