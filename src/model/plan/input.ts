import type { EpochMs } from '../brand.ts';
import type { CellId, QueueId } from '../ids.ts';
import type { ObservedLoad } from '../load.ts';
import type { RouteShard } from '../route.ts';

/** Write units a second planned for a shard; its key value takes at most 1,000. */
export const SHARD_WRITE_UNITS = 650;
/** Above this fraction of its limit a cell gives up shards, and takes none while another has more room. */
export const CELL_FULL = 0.7;

/** A queue as the plan sees it. */
export interface PlanQueue {
  readonly id: QueueId;
  readonly shards: readonly RouteShard[];
  /** Bounds of its open shards; 1 and up, `min` at most `max`. A minimum above 1 announces a load. */
  readonly min: number;
  readonly max: number;
}

export interface PlanCell {
  readonly id: CellId;
  /** A leaving cell gets no more shards, and gives up those it has. */
  readonly state: 'open' | 'leaving';
  /** Write units a second that its table takes: 4,000 when new, then twice its peak, or the warmed value. */
  readonly writeUnitsMax: number;
}

/** Limits of the whole deployment. */
export interface PlanLimits {
  /** Open shards of all queues. */
  readonly openShardsMax: number;
  /** The most a cell may be warmed to: the quota of a table. */
  readonly cellWriteUnitsMax: number;
}

export interface PlanInput {
  readonly queues: readonly PlanQueue[];
  readonly cells: readonly PlanCell[];
  readonly load: ObservedLoad;
  readonly limits: PlanLimits;
  readonly nowMs: EpochMs;
}

export const DEFAULT_PLAN_LIMITS: PlanLimits = { openShardsMax: 20_000, cellWriteUnitsMax: 40_000 };
