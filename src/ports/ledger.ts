import type { EpochMs } from '../model/brand.ts';
import type { Forward } from '../model/delivery.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../model/ids.ts';
import type { BarrierStep } from '../model/totals.ts';

/** A shard's totals at the moment its feed met a barrier (`engine/records/barrier.ts`). */
export interface KeptPassage {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
  readonly step: BarrierStep;
  readonly text: string;
  readonly keepUntilMs: EpochMs;
}

/** Where messages of a delivery went, by their index in it. */
export type Redirect = ReadonlyMap<number, Forward>;

/** Bookkeeping that may expire; it never holds a message. Reads are consistent. */
export interface Ledger {
  /**
   * Notes where messages of a removed delivery went, by their index in it. Earlier notes of other messages stay. All of
   * them are kept until `keepUntilMs`.
   */
  addRedirect(shard: ShardKey, from: DeliveryKey, to: Redirect, keepUntilMs: EpochMs): Promise<void>;
  /** Empty when nothing was noted. */
  redirect(shard: ShardKey, from: DeliveryKey): Promise<Redirect>;

  /**
   * Adds archived or purged messages of a split block, at least one; returns all of them. Repeating changes nothing.
   * @param keepUntilMs - marks the block as finished: its notes stay until then for late repeats. Without it they stay
   * as long as before, at first for ever
   */
  addProgress(block: BlockId, indexes: readonly number[], keepUntilMs?: EpochMs): Promise<ReadonlySet<number>>;
  /** Empty when nothing was noted. */
  progress(block: BlockId): Promise<ReadonlySet<number>>;

  /** Notes that a feed has met a barrier. The first note of a barrier and step stays. */
  addPassage(passage: KeptPassage): Promise<void>;
  passage(shard: ShardKey, key: DeliveryKey, step: BarrierStep): Promise<string | undefined>;

  /** Keeps a report of load with others of its slot until `keepUntilMs`; `id` tells them apart. */
  addReport(slot: number, id: string, report: string, keepUntilMs: EpochMs): Promise<void>;
  /** The reports of a slot, in any order; those of the last second may be missing. */
  reports(slot: number): Promise<readonly string[]>;
}
