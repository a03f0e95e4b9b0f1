import type { EpochMs } from '../model/brand.ts';
import type { ShardKey } from '../model/ids.ts';

/** How a waiting receive learns that it is worth looking again. */
export interface Arrivals {
  /**
   * Resolves when a delivery of these shards may have become due since `sinceMs`, at the latest at `untilMs`. Locally
   * the store tells; on AWS pauses grow with `attempt` (0, 1, 2 …) to half a second.
   */
  wait(
    shards: readonly ShardKey[],
    options: { readonly sinceMs: EpochMs; readonly untilMs: EpochMs; readonly attempt: number },
  ): Promise<void>;
}
