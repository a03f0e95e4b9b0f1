import type { EpochMs } from '../../src/model/brand.ts';
import {
  type PurgeId,
  type QueueId,
  queueOfShard,
  type ShardId,
  type ShardKey,
  shardOfKey,
} from '../../src/model/ids.ts';
import { ROUTE_HARD_LIMIT_MS, STORE_TRY_MS_MAX } from '../../src/model/limits.ts';
import { isFinal, type Purge, purgedAtMs } from '../../src/model/purge.ts';
import type { Queue } from '../../src/model/queue.ts';
import { openShards } from '../../src/model/route.ts';
import type { RecordChange } from '../../src/stores/simulated/simulated-catalog.ts';
import type { Place } from './messages.ts';

interface RouteVersion {
  readonly fromMs: EpochMs;
  readonly open: ReadonlySet<ShardId>;
}

interface PurgeRecord {
  readonly id: PurgeId;
  readonly atMs: EpochMs;
  /** The shards of that moment: messages that an overlapping send put into the new ones stay. */
  shards: ReadonlySet<ShardId>;
  /** When its route update was stored. */
  readonly storedAtMs: EpochMs;
  state: 'undoable' | 'final' | 'undone';
}

/** A put without an answer may land this much later than its try. */
const LATE_PUT_MS_MAX = 15_000;
const ROUTE_IN_USE_MS_MAX = ROUTE_HARD_LIMIT_MS + STORE_TRY_MS_MAX + LATE_PUT_MS_MAX;

/** The history of queues: their routes, purges and deletions, as the catalog saw them. */
export class RouteWatch {
  readonly #versions = new Map<QueueId, RouteVersion[]>();
  readonly #purges = new Map<QueueId, PurgeRecord[]>();
  /** By name: since when a queue has it, or none. */
  readonly #named = new Map<string, { readonly isThere: boolean; readonly fromMs: EpochMs }[]>();
  readonly #retentions = new Map<QueueId, { readonly retentionMs: number | undefined; untilMs: number }[]>();
  readonly #noted = new Map<PurgeId, Purge>();
  readonly #deletedAtMs = new Map<QueueId, EpochMs>();
  readonly #idOfName = new Map<string, QueueId>();
  readonly #isArchived = new Map<QueueId, boolean>();
  readonly #apartMs: number;

  /** @param apartMs - how far the clocks of two processes differ at most */
  constructor(apartMs: number) {
    this.#apartMs = apartMs;
  }

  onRecord(change: RecordChange, nowMs: EpochMs): void {
    if (change.kind === 'purge' && change.value !== undefined) this.#notePurge(change.value);
    if (change.kind !== 'queue') return;
    if (change.value === undefined) {
      const id = this.#idOfName.get(change.name);
      if (id !== undefined) this.#delete(id, nowMs);
      this.#noteNamed(change.name, false, nowMs);
      return;
    }
    const queue = change.value;
    this.#idOfName.set(change.name, queue.id);
    this.#isArchived.set(queue.id, queue.settings.rewindMs !== 0);
    const versions = listOf(this.#versions, queue.id);
    versions.push({ fromMs: nowMs, open: new Set(openShards(queue.route).map(({ id }) => id)) });
    this.#notePurges(queue, nowMs);
    this.#noteRetention(queue, nowMs);
    if (queue.deletedAtMs !== undefined) this.#delete(queue.id, nowMs);
    else this.#deletedAtMs.delete(queue.id);
    this.#noteNamed(change.name, queue.deletedAtMs === undefined, nowMs);
  }

  /** Whether no queue had that name at some time within the period, as far as a process can know. */
  wasMissing(name: string, { startedAtMs, endedAtMs }: { readonly startedAtMs: EpochMs; readonly endedAtMs: EpochMs }) {
    const states = this.#named.get(name) ?? [];
    return states.some(({ isThere, fromMs }, index) => {
      const untilMs = states[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      return !isThere && fromMs <= endedAtMs && untilMs >= startedAtMs;
    });
  }

  /**
   * Whether a message first visible then may have outlived a retention of its queue while processes knew it. The ack
   * may come later, from a process that paused.
   */
  mayHaveExpired(shard: ShardKey, visibleAtMs: EpochMs, nowMs: EpochMs): boolean {
    const retentions = this.#retentions.get(queueOfShard(shard)) ?? [];
    return retentions.some(({ retentionMs, untilMs }) => {
      const knownToMs = Math.min(nowMs, untilMs + ROUTE_HARD_LIMIT_MS);
      return retentionMs !== undefined && visibleAtMs + retentionMs - this.#apartMs <= knownToMs;
    });
  }

  #noteNamed(name: string, isThere: boolean, fromMs: EpochMs): void {
    const states = listOf(this.#named, name);
    if (states.at(-1)?.isThere !== isThere) states.push({ isThere, fromMs });
  }

  #noteRetention({ id, settings: { retentionMs } }: Queue, nowMs: EpochMs): void {
    const retentions = listOf(this.#retentions, id);
    const last = retentions.at(-1);
    if (last?.retentionMs === retentionMs && last !== undefined) return;
    if (last !== undefined) last.untilMs = nowMs;
    retentions.push({ retentionMs, untilMs: Number.POSITIVE_INFINITY });
  }

  /** Whether a send that puts into the shard now can have used a route that was not too old. */
  mayTakeSends(queue: QueueId, shard: ShardId, nowMs: EpochMs): boolean {
    const versions = this.#versions.get(queue) ?? [];
    return versions.some(({ open }, index) => {
      const endMs = versions[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      return open.has(shard) && endMs >= nowMs - ROUTE_IN_USE_MS_MAX;
    });
  }

  /** Whether the purge of that moment was undone, as far as the catalog knows. */
  isUndone(name: string, atMs: number): boolean {
    const purges = this.#purges.get(this.#idOfName.get(name) ?? ('' as QueueId)) ?? [];
    return purges.every((purge) => purge.atMs !== atMs || purge.state === 'undone');
  }

  /** Whether messages consumed in the shard must be archived. */
  isArchived(shard: ShardKey): boolean {
    return this.#isArchived.get(queueOfShard(shard)) === true && !this.isDeleted(queueOfShard(shard));
  }

  isDeleted(queue: QueueId): boolean {
    return this.#deletedAtMs.has(queue);
  }

  /** Whether the queue was deleted by that moment of some process's clock, which may be ahead, and is not restored. */
  wasDeletedBy(queue: QueueId, atMs: EpochMs): boolean {
    return (this.#deletedAtMs.get(queue) ?? Number.POSITIVE_INFINITY) <= atMs - this.#apartMs;
  }

  /** Whether a message that entered the shard then may be discarded: a purge is final, or the queue is gone. */
  mayBeDiscarded(place: Place): boolean {
    return this.isDeleted(queueOfShard(place.shard)) || this.#purgesOf(place).some(({ state }) => state === 'final');
  }

  /** Whether no consumer may get a message any more that entered the shard then, by any route. */
  isHidden(place: Place, nowMs: EpochMs): boolean {
    const isKnownSince = (ms: EpochMs) => ms + ROUTE_HARD_LIMIT_MS + STORE_TRY_MS_MAX < nowMs;
    const deletedAtMs = this.#deletedAtMs.get(queueOfShard(place.shard));
    if (deletedAtMs !== undefined && isKnownSince(deletedAtMs)) return true;
    return this.#purgesOf(place).some(({ storedAtMs, state }) => state !== 'undone' && isKnownSince(storedAtMs));
  }

  #purgesOf({ shard, enteredAtMs }: Place): PurgeRecord[] {
    const purges = this.#purges.get(queueOfShard(shard)) ?? [];
    return purges.filter(({ atMs, shards }) => enteredAtMs < atMs && shards.has(shardOfKey(shard)));
  }

  /** A shard that comes back to its route is added to the last purge. */
  #notePurge(purge: Purge): void {
    this.#noted.set(purge.id, purge);
    for (const records of this.#purges.values()) {
      const record = records.find(({ id }) => id === purge.id);
      if (record !== undefined) record.shards = new Set(purge.shards.map(({ id }) => id));
    }
  }

  /**
   * A purge holds once its queue names it. It is final by the queue's record, and undone when that names an older one.
   */
  #notePurges(queue: Queue, nowMs: EpochMs): void {
    const known = listOf(this.#purges, queue.id);
    const id = queue.lastPurge;
    const noted = id === undefined ? undefined : this.#noted.get(id);
    if (id !== undefined && noted !== undefined && !known.some((purge) => purge.id === id)) {
      const shards = new Set(noted.shards.map((shard) => shard.id));
      known.push({ id, atMs: purgedAtMs(id), shards, storedAtMs: nowMs, state: 'undoable' });
    }
    for (const record of known) {
      if (isFinal(queue, record.id)) record.state = record.state === 'undone' ? 'undone' : 'final';
      else if (record.state === 'undoable' && (id === undefined || record.id > id)) record.state = 'undone';
    }
  }

  #delete(id: QueueId, nowMs: EpochMs): void {
    if (!this.#deletedAtMs.has(id)) this.#deletedAtMs.set(id, nowMs);
  }
}

function listOf<Key, Value>(lists: Map<Key, Value[]>, key: Key): Value[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: Value[] = [];
  lists.set(key, list);
  return list;
}
