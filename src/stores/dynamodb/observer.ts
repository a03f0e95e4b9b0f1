import type { DeliveryKey, ShardKey } from '../../model/ids.ts';

/** What one call of a store used, as reported by DynamoDB. */
export interface Capacity {
  readonly table: string;
  /** Absent for blocks, records and bookkeeping: their units count for no shard's key value. */
  readonly shard: ShardKey | undefined;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** A call, or an item of one, that DynamoDB rejected for load. */
export interface Throttle {
  readonly table: string;
  readonly shard: ShardKey | undefined;
  /**
   * DynamoDB's word: `TableWriteKeyRangeThroughputExceeded` means a hot shard; others mean table, account or a
   * configured ceiling. `Unprocessed` for items of a batch, for which DynamoDB gives no reason.
   */
  readonly reason: string;
}

/** A call that got no answer in time, or failed inside the service. */
export interface Silence {
  readonly table: string;
}

/** Observes the stores; must not throw. */
export interface StoreObserver {
  onCapacity?(capacity: Capacity): void;
  onThrottle?(throttle: Throttle): void;
  onSilence?(silence: Silence): void;
  /** A delivery cannot be decoded, and a list leaves it out. */
  onUnreadable?(shard: ShardKey, key: DeliveryKey, error: unknown): void;
}
