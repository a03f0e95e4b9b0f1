import type { DeliveryKey, ShardKey } from '../../model/ids.ts';

/** What one call of a store used, as DynamoDB answered it. */
export interface Capacity {
  readonly table: string;
  /** Absent for blocks, records and bookkeeping: units that are of no shard's key value. */
  readonly shard: ShardKey | undefined;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** A call, or an item of one, that DynamoDB turned away for load. */
export interface Throttle {
  readonly table: string;
  readonly shard: ShardKey | undefined;
  /**
   * In DynamoDB's words: `TableWriteKeyRangeThroughputExceeded` means that the shard is hot; others mean table,
   * account or a configured ceiling. `Unprocessed` for items of a batch, for which it gives no reason.
   */
  readonly reason: string;
}

/** A call that got no answer in time, or an error of the service's own. */
export interface Silence {
  readonly table: string;
}

/** Learns what the stores see; must not throw. */
export interface StoreObserver {
  onCapacity?(capacity: Capacity): void;
  onThrottle?(throttle: Throttle): void;
  onSilence?(silence: Silence): void;
  /** A delivery cannot be decoded; a list leaves it out. */
  onUnreadable?(shard: ShardKey, key: DeliveryKey, error: unknown): void;
}
