import { type CellId, cellOfShard, type QueueId, type ShardId, shardKey } from '../../src/model/ids.ts';
import { ROUTE_FRESH_MS } from '../../src/model/limits.ts';
import { openShards } from '../../src/model/route.ts';
import type { Deployment } from './deployment.ts';
import { placeOf, type Table } from './table.ts';

/** A shard in the aggregate mode: how many deliveries of one request each lie in it. */
export interface LoadedShard {
  readonly queueId: QueueId;
  readonly id: ShardId;
  readonly cell: CellId;
  readonly table: Table;
  readonly place: number;
  /** Part of the queue's sends that choose it. */
  share: number;
  isReceivable: boolean;
  /** Due deliveries. */
  ready: number;
  /** Leased ones that nobody will delete, by when they are due again. */
  readonly returning: { readonly atMs: number; readonly count: number }[];
  /** Deliveries that consumers hold. */
  held: number;
  /** Claims a second, lately. */
  claimRate: number;
}

export const isEmpty = (shard: LoadedShard): boolean =>
  shard.ready === 0 && shard.held === 0 && shard.returning.length === 0;

/** The shards of one queue as its processes know them. */
export class LoadedShards {
  readonly all = new Map<ShardId, LoadedShard>();
  /** Those that may be received from, as the newest route has them. */
  receivable: LoadedShard[] = [];
  readonly #deployment: Deployment;
  readonly #queueId: QueueId;
  readonly #staleMs: number;
  #knownSince = Number.NaN;
  #isSettled = false;

  constructor(deployment: Deployment, queueId: QueueId, isKnownAtOnce: boolean) {
    this.#deployment = deployment;
    this.#queueId = queueId;
    this.#staleMs = isKnownAtOnce ? 0 : ROUTE_FRESH_MS;
  }

  /**
   * Weighs the routes that are in use: a busy process reads its route anew every few seconds, all of them at other
   * moments, so that a new route is taken up evenly within that time.
   */
  refresh(nowMs: number): void {
    const versions = this.#deployment.versionsOf(this.#queueId);
    const newest = versions.at(-1);
    if (newest === undefined || (newest.fromMs === this.#knownSince && this.#isSettled)) return;
    this.#knownSince = newest.fromMs;
    for (const shard of this.all.values()) shard.share = 0;
    const sinceMs = nowMs - this.#staleMs;
    for (const [index, { fromMs, queue }] of versions.entries()) {
      const untilMs = versions[index + 1]?.fromMs ?? nowMs;
      const usedMs = Math.min(untilMs, nowMs) - Math.max(fromMs, sinceMs);
      const weight = this.#staleMs === 0 ? Number(queue === newest.queue) : Math.max(0, usedMs) / this.#staleMs;
      const open = openShards(queue.route);
      if (weight > 0) for (const { id } of open) this.#shard(id).share += weight / open.length;
    }
    this.#isSettled = newest.fromMs <= sinceMs;
    this.#receiveFrom(newest.queue.route.shards.map(({ id }) => this.#shard(id)));
  }

  /** What shards hold that a route without them has taken away at once, the first one has. */
  #receiveFrom(shards: LoadedShard[]): void {
    this.receivable = shards;
    for (const shard of this.all.values()) shard.isReceivable = false;
    for (const shard of shards) shard.isReceivable = true;
    const [first] = shards;
    for (const shard of this.all.values()) {
      if (shard.isReceivable || shard.share > 0) continue;
      if (first !== undefined) first.ready += shard.ready;
      shard.ready = 0;
      if (isEmpty(shard)) this.all.delete(shard.id);
    }
  }

  #shard(id: ShardId): LoadedShard {
    const known = this.all.get(id);
    if (known !== undefined) return known;
    const cell = cellOfShard(id);
    const table = this.#deployment.tables.get(cell);
    if (table === undefined) throw new RangeError(`shard ${id} lies in no cell`);
    const place = placeOf(shardKey(this.#queueId, id));
    const head = { queueId: this.#queueId, id, cell, table, place, share: 0, isReceivable: true };
    const shard: LoadedShard = { ...head, ready: 0, returning: [], held: 0, claimRate: 0 };
    this.all.set(id, shard);
    return shard;
  }
}
