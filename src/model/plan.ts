import type { EpochMs } from './brand.ts';
import type { CellId, QueueId, ShardId } from './ids.ts';
import type { ObservedLoad } from './load.ts';
import { coolCells, warmCells } from './plan-cells.ts';
import { Placement } from './plan-placement.ts';
import { planQueue } from './plan-queue.ts';
import type { RouteShard } from './route.ts';

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

export interface Move {
  readonly shard: ShardId;
  readonly to: CellId;
}

export interface Weight {
  readonly shard: ShardId;
  /** Above 0, at most 1. */
  readonly weight: number;
}

/** One change, and in words why. */
export type Action =
  /** Adds an open shard in each of these cells. */
  | {
      readonly kind: 'split';
      readonly queueId: QueueId;
      readonly cells: readonly CellId[];
      readonly weight?: number;
      readonly cause: string;
    }
  /** These shards only empty from now on. */
  | { readonly kind: 'merge'; readonly queueId: QueueId; readonly shards: readonly ShardId[]; readonly cause: string }
  /** Adds an open shard in another cell for each of these shards, which only empty from now on. */
  | {
      readonly kind: 'relocate' | 'isolate';
      readonly queueId: QueueId;
      readonly moves: readonly Move[];
      readonly weight?: number;
      readonly cause: string;
    }
  /** Gives open shards that share a partition a smaller part of the sends. */
  | { readonly kind: 'weigh'; readonly queueId: QueueId; readonly weights: readonly Weight[]; readonly cause: string }
  /** Asks for so much throughput of the cell's table. */
  | { readonly kind: 'warm'; readonly cell: CellId; readonly writeUnits: number; readonly cause: string };

export const DEFAULT_PLAN_LIMITS: PlanLimits = { openShardsMax: 20_000, cellWriteUnitsMax: 40_000 };

/**
 * What to change now, by what was seen of the load: at most one change of a queue. Pure, and all that it remembers is
 * in the routes: since when a shard is open, or draining. Once its changes are made it plans nothing more until the
 * load changes.
 */
export function plan(input: PlanInput): Action[] {
  const placement = new Placement(input);
  const actions: Action[] = [];
  for (const queue of input.queues) {
    actions.push(...planQueue(queue, { ...input, placement }));
  }
  const settled = input.queues.filter(
    ({ id }) => !actions.some((action) => 'queueId' in action && action.queueId === id),
  );
  return [...actions, ...coolCells(settled, { ...input, placement }), ...warmCells({ ...input, placement })];
}
