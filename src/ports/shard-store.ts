import type { Block } from '../model/block.ts';
import type { Delivery, Forward } from '../model/delivery.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../model/ids.ts';
import type { LeaseInPlace } from '../model/lease.ts';

/** A delivery to put, and the block it refers to, if that is new. */
export interface Placement {
  readonly shard: ShardKey;
  readonly delivery: Delivery;
  readonly block?: Block;
  /** Its messages enter a queue that pushes, or come back to it: on AWS the feed then wakes the dispatcher. */
  readonly wakes?: boolean;
}

/**
 * `stored`: both are durable. `throttled`: the delivery is not stored, the block may be. `unclear`: no answer; either
 * may be stored now or later.
 */
export type PutOutcome = 'stored' | 'throttled' | 'unclear';

/** What to change in place; marks only grow, and so does the edition. */
export interface MarkChange {
  /** New value of the delivery's `first`. */
  readonly first?: number;
  readonly acked?: readonly number[];
  readonly moved?: readonly number[];
  readonly deadLettered?: readonly number[];
  readonly purged?: readonly number[];
  readonly withdrawn?: readonly number[];
  readonly redriven?: readonly number[];
  readonly forward?: readonly (readonly [index: number, to: Forward])[];
}

/** The condition of a conditional step; an absent delivery never meets it. */
export interface Condition {
  /** Unchanged since it was read. */
  readonly edition?: number;
  /** It is leased, and no message is acked or moved. */
  readonly isIntact?: true;
  /** None of these is moved. */
  readonly notMoved?: readonly number[];
  /** None of these is acked or moved. */
  readonly outstanding?: readonly number[];
}

/** A definite refusal of a first try; `now` is the present delivery, absent when it is gone (consistently read). */
export interface Refused {
  readonly outcome: 'refused';
  readonly now?: Delivery;
}

/** No answer, or any answer to a second try: it may have happened or may still happen. Never treat it as lost. */
export interface Unclear {
  readonly outcome: 'unclear';
}

/** Every try was throttled: certainly not done, and the delivery's state is unknown. */
export interface Throttled {
  readonly outcome: 'throttled';
}

export type RemoveOutcome = { readonly outcome: 'done' } | Refused | Unclear | Throttled;
export type MarkOutcome = { readonly outcome: 'done'; readonly now: Delivery } | Refused | Unclear | Throttled;

/** The change to a delivery whose messages leases take over: it is removed, or its `first` advances. */
export interface TakenOver {
  readonly key: DeliveryKey;
  /** Unchanged since it was read. */
  readonly edition: number;
  /** @default the delivery is removed */
  readonly first?: number;
}

export interface ListRange {
  /** Key to start at, included. */
  readonly from: DeliveryKey;
  /** Key to end before. */
  readonly before: DeliveryKey;
  /** Most deliveries of the page. A page may hold fewer, even none, and still have a next one. */
  readonly limit: number;
  /** `false` may miss the last second's changes and costs half. */
  readonly isConsistent: boolean;
}

export interface Page {
  readonly deliveries: readonly Delivery[];
  /** Where to continue; absent at the end of the range. */
  readonly next?: DeliveryKey;
}

/**
 * Deliveries, ordered by when they become visible, and blocks. Each method is one storage step, and every step may be
 * repeated. Every method may throw `QueueError` `Throttled` or `Unavailable`, unless it says otherwise.
 */
export interface ShardStore {
  /** Leases are at least this long. A shorter visibility is set by a change of visibility after the claim. */
  readonly leaseFloorMs: number;

  /**
   * Times of keys to put barriers at, in order, as milliseconds from now. Each part of a shard with its own feed, in
   * which messages may have been consumed, contains one of them. If the feed reports a whole shard in one order, any
   * moment will do.
   */
  readonly barrierOffsetsMs: readonly number[];

  /** Resolution of change times in the feed, in milliseconds; times are rounded down. */
  readonly feedResolutionMs: number;

  /**
   * Puts deliveries and their blocks, in any order and without a condition; one outcome for each, in order. Never
   * throws. Overwrites a delivery of the same key: keys hold randomness, so it can only be the same delivery.
   */
  put(placements: readonly Placement[]): Promise<PutOutcome[]>;

  /** One page of a shard, in the order of the keys. */
  list(shard: ShardKey, range: ListRange): Promise<Page>;

  /** One delivery, consistently read. */
  get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined>;

  /** Changes marks if the condition holds. Of several callers that name one edition, one wins. Never throws. */
  tryMark(shard: ShardKey, key: DeliveryKey, change: MarkChange, condition: Condition): Promise<MarkOutcome>;

  /** Removes if the condition holds. Of several callers that name one edition, one wins. Never throws. */
  tryRemove(shard: ShardKey, key: DeliveryKey, condition: Condition): Promise<RemoveOutcome>;

  /**
   * Puts leases and ends the deliveries they take over in one atomic and durable step. `refused`: nothing is done,
   * because one of them has changed. Never throws. Only a store that one process owns has it; elsewhere a claim first
   * puts its leases and then ends the others one by one.
   */
  tryTakeOver?(
    shard: ShardKey,
    leases: readonly Delivery[],
    originals: readonly TakenOver[],
  ): Promise<'done' | 'refused' | 'unclear'>;

  /**
   * Leases an unmarked delivery where it lies, if it is unchanged since it was put: its receive count grows by one, and
   * its edition continues from the end of the lease. So the edition names one lease even where a late try of the
   * delivery's put overwrites it. Of several callers one wins. Never throws. A store in which a claim is one step has
   * no use for it.
   */
  tryLease?(shard: ShardKey, key: DeliveryKey, lease: LeaseInPlace): Promise<MarkOutcome>;

  /** Blocks by id, consistently read; missing ones are left out. */
  getBlocks(ids: readonly BlockId[]): Promise<ReadonlyMap<BlockId, Block>>;

  /** Removes blocks; a missing block is no error. */
  removeBlocks(ids: readonly BlockId[]): Promise<void>;
}
