import { type Delivery, outstandingCount, outstandingIndexes } from '../../model/delivery.ts';
import type { DeliveryKey, ShardKey } from '../../model/ids.ts';

/** Of a lease with more messages left, the next ack is unlikely to be the last. */
const LEFT_MAX = 10;
const LEASES_MAX = 10_000;

/** What this process has seen left of a lease, and the edition at which it was so. */
export interface Left {
  readonly indexes: readonly number[];
  readonly edition: number;
}

/**
 * Leases that this process has acked nearly to their end. Who acks the rest may remove them at once, which spares
 * marking before removing: hints, which the condition on the edition makes safe.
 */
export class LeaseRemainders {
  readonly #leases = new Map<string, Left>();

  /** After an ack. What receipts need to find their way is noted before it goes, so nothing is spared there. */
  note(shard: ShardKey, now: Delivery): void {
    this.forget(shard, now.key);
    if (now.forward.size > 0 || outstandingCount(now) > LEFT_MAX) return;
    if (this.#leases.size >= LEASES_MAX) this.#leases.clear();
    this.#leases.set(shard + now.key, { indexes: outstandingIndexes(now), edition: now.edition });
  }

  /** Forgets what it tells: whoever acts on it changes the lease, or learns that it has changed. */
  take(shard: ShardKey, key: DeliveryKey): Left | undefined {
    const left = this.#leases.get(shard + key);
    this.forget(shard, key);
    return left;
  }

  forget(shard: ShardKey, key: DeliveryKey): void {
    this.#leases.delete(shard + key);
  }
}
