import type { EpochMs } from './brand.ts';
import type { PurgeId, QueueId } from './ids.ts';
import { PURGE_UNDO_MS } from './limits.ts';
import type { Queue } from './queue.ts';
import { openShards, type RouteShard, unweighed } from './route.ts';
import { INSTANT_LENGTH, textInstant } from './sortable-text.ts';

/**
 * A purge. Messages that entered the queue before it are gone for users, and discarded when it can no longer be undone.
 * It has a record of its own: every process reads the record of the queue, which must not grow with purges.
 */
export interface Purge {
  readonly id: PurgeId;
  /** The shards of that moment as they were, so that undoing is one route update. */
  readonly shards: readonly RouteShard[];
  /** The purge before it, where that could still be undone. */
  readonly previous?: PurgeId;
}

/** Of a queue's route, shards that purges left draining: beyond this a purge opens no new ones. */
const PURGED_SHARDS_MAX = 60;
/** The same, for a queue of many shards: as many as it has open, this often. */
const PURGED_GENERATIONS_MAX = 2;

/** Ids of purges begin with their time, so that they sort by it. */
export const purgedAtMs = (id: PurgeId): EpochMs => textInstant(id.slice(0, INSTANT_LENGTH));
export const undoUntilMs = (id: PurgeId): EpochMs => (purgedAtMs(id) + PURGE_UNDO_MS) as EpochMs;

/**
 * The time of a purge that is called now: later than the last purge, though the clock that called it was ahead. An
 * earlier time would give back to consumers what the last purge took.
 */
export const purgeAtMs = ({ lastPurge }: Pick<Queue, 'lastPurge'>, nowMs: EpochMs): EpochMs =>
  lastPurge === undefined ? nowMs : (Math.max(nowMs, purgedAtMs(lastPurge) + 1) as EpochMs);

/** Name of a purge's record. */
export const purgeName = (queue: QueueId, id: PurgeId): string => `${queue}/${id}`;

/** Undo and discard exclude each other by the queue's record: from `purgedForGoodMs` on a purge is final. */
export const isFinal = ({ purgedForGoodMs }: Pick<Queue, 'purgedForGoodMs'>, id: PurgeId): boolean =>
  purgedForGoodMs !== undefined && purgedAtMs(id) <= purgedForGoodMs;

/** Whether a purge that stands took what had entered the queue by that moment. */
export const isPurgedSince = ({ lastPurge }: Pick<Queue, 'lastPurge'>, atMs: EpochMs): boolean =>
  lastPurge !== undefined && purgedAtMs(lastPurge) > atMs;

export const isUndoable = (queue: Pick<Queue, 'purgedForGoodMs'>, id: PurgeId, nowMs: EpochMs): boolean =>
  !isFinal(queue, id) && undoUntilMs(id) > nowMs;

/** The queue's purges that were not undone, oldest first; a record that is not among them belongs to nothing. */
export function standingPurges(queue: Pick<Queue, 'lastPurge'>, records: readonly Purge[]): Purge[] {
  const byId = new Map(records.map((purge) => [purge.id, purge]));
  const standing: Purge[] = [];
  for (let id = queue.lastPurge; id !== undefined; ) {
    const purge = byId.get(id);
    if (purge !== undefined) standing.unshift(purge);
    id = purge?.previous;
  }
  return standing;
}

/**
 * Whether a purge opens new shards. Receives then need not read the purged leases and delayed messages. After many
 * purges in a minute old shards would fill the route, so a further purge only moves `fromMs` of the open shards.
 */
export function opensShards({ route }: Pick<Queue, 'route'>): boolean {
  const purgedCount = route.shards.filter(({ fromMs }) => fromMs !== undefined).length;
  return purgedCount < Math.max(PURGED_SHARDS_MAX, PURGED_GENERATIONS_MAX * openShards(route).length);
}

/** The queue after a purge, with `added` shards in place of its own; without any, those that are open stay open. */
export function withPurge(queue: Queue, id: PurgeId, added: readonly RouteShard[]): Queue {
  const atMs = purgedAtMs(id);
  const left = queue.route.shards.map((shard): RouteShard => {
    if (shard.state === 'draining' || added.length === 0) return { ...shard, fromMs: atMs };
    return { ...unweighed(shard), state: 'draining', sinceMs: atMs, fromMs: atMs };
  });
  return {
    ...queue,
    route: { version: queue.route.version + 1, shards: [...added, ...left] },
    lastPurge: id,
  };
}

/** The queue without a purge: its shards are as they were; those that were added since take no more sends. */
export function withoutPurge(queue: Queue, purge: Purge, nowMs: EpochMs): Queue {
  const before = new Set(purge.shards.map(({ id }) => id));
  const since = queue.route.shards.filter(({ id }) => !before.has(id));
  const drained = since.map((shard): RouteShard => {
    return shard.state === 'draining' ? shard : { ...unweighed(shard), state: 'draining', sinceMs: nowMs };
  });
  const { lastPurge: _, ...rest } = queue;
  return {
    ...rest,
    route: { version: queue.route.version + 1, shards: [...purge.shards, ...drained] },
    ...(purge.previous === undefined ? {} : { lastPurge: purge.previous }),
  };
}

/** The queue once nothing is left that a purge covers: its shards, as far as they are on the route, are like any. */
export function withPurgeDiscarded(queue: Queue, purge: Purge): Queue {
  const atMs = purgedAtMs(purge.id);
  const shards = queue.route.shards.map((shard) => {
    const { fromMs, ...freed } = shard;
    return fromMs === atMs ? freed : shard;
  });
  return { ...queue, route: { version: queue.route.version + 1, shards } };
}
