import type { EpochMs } from '../brand.ts';
import type { CellId, QueueId } from '../ids.ts';
import type { ObservedLoad } from '../load.ts';
import type { RouteShard } from '../route.ts';

/** Write units a second that a shard is planned for; its key value takes 1,000 and no more. */
export const SHARD_WRITE_UNITS = 650;
/** A cell takes no more shards while another has more room, and gives some up, beyond this part of its limit. */
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
  /** A leaving cell gets no shards any more, and gives up those it has. */
  readonly state: 'open' | 'leaving';
  /** Write units a second that its table takes: 4,000 when new, then twice its peak, or what it was warmed to. */
  readonly writeUnitsMax: number;
}

/** What holds for the whole deployment. */
export interface PlanLimits {
  /** Open shards of all queues. */
  readonly openShardsMax: number;
  /** What a cell may be warmed to: the quota of a table. */
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
