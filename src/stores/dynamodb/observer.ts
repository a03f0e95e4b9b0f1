import type { DeliveryKey, ShardKey } from '../../model/ids.ts';

/** What one call of a store used, as DynamoDB answered it. */
export interface Capacity {
  readonly table: string;
  /** Absent for blocks, records, bookkeeping, and batches that concern several shards. */
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

/** Learns what the stores see; must not throw. */
export interface StoreObserver {
  onCapacity?(capacity: Capacity): void;
  onThrottle?(throttle: Throttle): void;
  /** A delivery cannot be decoded; a list leaves it out. */
  onUnreadable?(shard: ShardKey, key: DeliveryKey, error: unknown): void;
}
