import type { EpochMs } from './brand.ts';
import type { ShardId } from './ids.ts';

/**
 * One slice of a queue as its route names it. An open shard takes sends and is received from; a draining one only
 * empties. After a purge at `fromMs`, only what entered the queue from then on may be claimed in the shards there were.
 */
export interface RouteShard {
  readonly id: ShardId;
  readonly state: 'open' | 'draining';
  /** Since when it has this state. */
  readonly sinceMs: EpochMs;
  /** How many sends it takes where one without a weight takes one; above 0, below 1. Of open shards alone. */
  readonly weight?: number;
  /** Since when it has its weight. */
  readonly weighedMs?: EpochMs;
  readonly fromMs?: EpochMs;
  /** Draining, and nothing in it can be due before then: it need not be asked until that time. */
  readonly nextDueMs?: EpochMs;
}

/** Where a queue's messages go and come from; every change makes a new version. */
export interface Route {
  readonly version: number;
  readonly shards: readonly RouteShard[];
}

export const openShards = (route: Pick<Route, 'shards'>): RouteShard[] =>
  route.shards.filter((shard) => shard.state === 'open');
export const weightOf = ({ weight = 1 }: Pick<RouteShard, 'weight'>): number => weight;
/** For how many shards without a weight they stand. */
export const totalWeight = (shards: readonly Pick<RouteShard, 'weight'>[]): number =>
  shards.reduce((sum, shard) => sum + weightOf(shard), 0);
/** The shard without its weight. */
export const unweighed = ({ weight: _weight, weighedMs: _weighedMs, ...shard }: RouteShard): RouteShard => shard;
/** The shard with another weight from that moment on; 1 is written as none, which keeps a route small. */
export const weighing = (shard: RouteShard, weight: number, weighedMs: EpochMs): RouteShard =>
  weight === 1 ? unweighed(shard) : { ...shard, weight, weighedMs };
/** Shards in which something may become due up to that moment. */
export const receivableShards = (route: Pick<Route, 'shards'>, untilMs: EpochMs): RouteShard[] =>
  route.shards.filter(({ nextDueMs = 0 }) => nextDueMs <= untilMs);
