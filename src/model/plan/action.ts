import type { CellId, QueueId, ShardId } from '../ids.ts';

export interface Move {
  readonly shard: ShardId;
  readonly to: CellId;
}

export interface Weight {
  readonly shard: ShardId;
  /** Above 0, at most 1. */
  readonly weight: number;
}

/** One change and its reason, in words. */
export type Action =
  /** Adds an open shard in each of these cells. */
  | {
      readonly kind: 'split';
      readonly queueId: QueueId;
      readonly cells: readonly CellId[];
      readonly weight?: number;
      readonly cause: string;
    }
  /** Drains these shards. */
  | { readonly kind: 'merge'; readonly queueId: QueueId; readonly shards: readonly ShardId[]; readonly cause: string }
  /** Adds an open shard in another cell for each of these shards, and drains them. */
  | {
      readonly kind: 'relocate' | 'isolate';
      readonly queueId: QueueId;
      readonly moves: readonly Move[];
      readonly weight?: number;
      readonly cause: string;
    }
  /** Gives open shards that share a partition a smaller share of the sends. */
  | { readonly kind: 'weigh'; readonly queueId: QueueId; readonly weights: readonly Weight[]; readonly cause: string }
  /** Requests this throughput for the cell's table. */
  | { readonly kind: 'warm'; readonly cell: CellId; readonly writeUnits: number; readonly cause: string };
