import { type Delivery, outstandingCount, outstandingIndexes } from '../../model/delivery.ts';
import type { DeliveryKey, ShardKey } from '../../model/ids.ts';

/** With more messages left, the next ack is unlikely to be the last. */
const LEFT_MAX = 10;
/** Leases remembered, a few megabytes; beyond this all are forgotten, which costs an update for each. */
const LEASES_MAX = 10_000;

/** The messages that this process has seen left of a lease, and the edition at that time. */
export interface Left {
  readonly indexes: readonly number[];
  readonly edition: number;
}

/**
 * What is left of leases that this process has acked nearly completely. The ack of the rest can remove such a lease
 * without marking it first. These are hints: the condition on the edition makes the removal safe.
 */
export class LeaseRemainders {
  readonly #leases = new Map<string, Left>();

  /**
   * Call it after an ack. Skips a lease with forwards: its removal needs a redirect first, so nothing would be saved.
   */
  note(shard: ShardKey, now: Delivery): void {
    this.forget(shard, now.key);
    if (now.forward.size > 0 || outstandingCount(now) > LEFT_MAX) return;
    if (this.#leases.size >= LEASES_MAX) this.#leases.clear();
    this.#leases.set(shard + now.key, { indexes: outstandingIndexes(now), edition: now.edition });
  }

  /** Returns a remainder and forgets it: the caller changes the lease, or learns that it has changed. */
  take(shard: ShardKey, key: DeliveryKey): Left | undefined {
    const left = this.#leases.get(shard + key);
    this.forget(shard, key);
    return left;
  }

  forget(shard: ShardKey, key: DeliveryKey): void {
    this.#leases.delete(shard + key);
  }
}
