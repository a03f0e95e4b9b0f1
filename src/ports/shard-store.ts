import type { Block } from '../model/block.ts';
import type { Delivery, Forward } from '../model/delivery.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../model/ids.ts';

/** A delivery to put, and the block it refers to, if that is new. */
export interface Placement {
  readonly shard: ShardKey;
  readonly delivery: Delivery;
  readonly block?: Block;
}

/**
 * `stored`: both are durable. `throttled`: the delivery is not there, the block may be. `unclear`: no answer, either
 * may be there now or appear later.
 */
export type PutOutcome = 'stored' | 'throttled' | 'unclear';

/** What to change in place; marks only grow, and the edition with them. */
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

/** What must hold for a conditional step; an absent delivery never meets a condition. */
export interface Condition {
  /** Unchanged since it was read. */
  readonly edition?: number;
  /** Nothing is acked or moved. */
  readonly isIntact?: true;
  /** None of these is moved. */
  readonly notMoved?: readonly number[];
  /** None of these is acked or moved. */
  readonly outstanding?: readonly number[];
}

/** A clean refusal of a first try; `now` is the delivery as it stands, absent when it is gone (consistently read). */
export interface Refused {
  readonly outcome: 'refused';
  readonly now?: Delivery;
}

/** No answer, or any answer to a second try: it may have happened or may yet happen. Never to be read as lost. */
export interface Unclear {
  readonly outcome: 'unclear';
}

/** Every try was turned away for load: surely not done, and nothing is known of the delivery. */
export interface Throttled {
  readonly outcome: 'throttled';
}

export type RemoveOutcome = { readonly outcome: 'done' } | Refused | Unclear | Throttled;
export type MarkOutcome = { readonly outcome: 'done'; readonly now: Delivery } | Refused | Unclear | Throttled;

/** What becomes of a delivery whose messages leases take over: it goes, or its `first` advances. */
export interface TakenOver {
  readonly key: DeliveryKey;
  /** Unchanged since it was read. */
  readonly edition: number;
  /** @default it goes */
  readonly first?: number;
}

export interface ListRange {
  /** Key to start at, included. */
  readonly from: DeliveryKey;
  /** Key to end before. */
  readonly before: DeliveryKey;
  /** Most deliveries of the page; a page may hold fewer, even none, and yet have a next one. */
  readonly limit: number;
  /** `false` may miss the last second's changes and costs half. */
  readonly isConsistent: boolean;
}

export interface Page {
  readonly deliveries: readonly Delivery[];
  /** Where to go on; absent at the end of the range. */
  readonly next?: DeliveryKey;
}

/**
 * Deliveries, ordered by when they become visible, and blocks. Each method is one storage step, and every step may be
 * repeated. Every method may throw `QueueError` `Throttled` or `Unavailable`, where nothing else is said.
 */
export interface ShardStore {
  /** Leases are at least this long. A shorter visibility is set by a change of visibility after the claim. */
  readonly leaseFloorMs: number;

  /**
   * Times of keys to put barriers at, in order, as milliseconds from now: each piece of a shard that has a feed of its
   * own, and in which something may have been consumed, has one of them. Where the feed tells a whole shard in one
   * order, any moment will do.
   */
  readonly barrierOffsetsMs: readonly number[];

  /** Resolution of the times of changes in the feed, in milliseconds; they are rounded down. */
  readonly feedResolutionMs: number;

  /**
   * Puts deliveries and their blocks, in any order and without a condition; one outcome for each, in order. Never
   * throws. A delivery of that key is overwritten: keys hold randomness, so it can only be the same one.
   */
  put(placements: readonly Placement[]): Promise<PutOutcome[]>;

  /** One page of a shard, in the order of the keys. */
  list(shard: ShardKey, range: ListRange): Promise<Page>;

  /** One delivery, consistently read. */
  get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined>;

  /** Changes marks if the condition holds. Of several callers that name one edition, one wins. Throws nothing. */
  tryMark(shard: ShardKey, key: DeliveryKey, change: MarkChange, condition: Condition): Promise<MarkOutcome>;

  /** Removes if the condition holds. Of several callers that name one edition, one wins. Throws nothing. */
  tryRemove(shard: ShardKey, key: DeliveryKey, condition: Condition): Promise<RemoveOutcome>;

  /**
   * Puts leases and ends what they take over in one step, which is durable as a whole. `refused`: nothing is done, one
   * of them is not as it was read. Throws nothing. Only a store that one process owns has it; elsewhere a claim puts
   * its leases first and then ends the others one by one.
   */
  tryTakeOver?(
    shard: ShardKey,
    leases: readonly Delivery[],
    originals: readonly TakenOver[],
  ): Promise<'done' | 'refused' | 'unclear'>;

  /** Blocks by id, consistently read; missing ones are left out. */
  getBlocks(ids: readonly BlockId[]): Promise<ReadonlyMap<BlockId, Block>>;

  /** Removes blocks; those already gone are no error. */
  removeBlocks(ids: readonly BlockId[]): Promise<void>;
}
