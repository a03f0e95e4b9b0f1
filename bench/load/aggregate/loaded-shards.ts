import { type CellId, cellOfShard, type QueueId, type ShardId, shardKey } from '../../../src/model/ids.ts';
import { ROUTE_FRESH_MS } from '../../../src/model/limits.ts';
import { openShards, totalWeight, weightOf } from '../../../src/model/route.ts';
import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { CLAIM_CALLS_MS, type Deployment, placeOf, type Table } from '../world/index.ts';
import { type Claims, Contention } from './contention.ts';
import { Hints } from './hints.ts';
import { type Choice, pickShard, weighed } from './spread.ts';

/** Shards that only empty are behind all others. */
const LEAST_SHARE = 1e-6;

/** A shard in the aggregate mode: how many deliveries of one request each lie in it. */
export class LoadedShard {
  readonly queueId: QueueId;
  readonly id: ShardId;
  readonly cell: CellId;
  readonly table: Table;
  readonly place: number;
  /** Part of the queue's sends that choose it. */
  share = 0;
  isReceivable = true;
  /** Deliveries that consumers hold. */
  held = 0;
  /** Deliveries that throttled claims have chosen: others still see them. */
  claiming = 0;
  /** Leased ones that nobody will delete. */
  returning = 0;
  /** Receivers that know of something in it. */
  readonly hints = new Hints();
  readonly #due: DueShards;
  #ready = 0;
  /** Claims a second that came to their end lately, and those that were given up. */
  #passing = 0;
  #givingUp = 0;
  #claimedAtMs = 0;

  constructor(place: { queueId: QueueId; id: ShardId; cell: CellId; table: Table }, due: DueShards) {
    this.queueId = place.queueId;
    this.id = place.id;
    this.cell = place.cell;
    this.table = place.table;
    this.place = placeOf(shardKey(place.queueId, place.id));
    this.#due = due;
  }

  /** Due deliveries. */
  get ready(): number {
    return this.#ready;
  }

  addReady(count: number): void {
    const before = this.#ready;
    this.#ready += count;
    this.#due.note(this, before);
  }

  /** Counts claims that came to their end in a step of so many milliseconds, or were given up. */
  noteClaims({ passed, givenUp }: { passed: number; givenUp: number }, nowMs: number, stepMs: number): void {
    const left = this.#leftOfClaims(nowMs, stepMs);
    this.#passing = passed + this.#passing * left;
    this.#givingUp = givenUp + this.#givingUp * left;
    this.#claimedAtMs = nowMs;
  }

  /** What claims meet, of which so many come to their end now. */
  claimsOf(count: number): Claims {
    const visible = this.#ready + this.claiming + (this.#ready > 0 ? count / 2 : 1);
    return { passing: this.#passing, givingUp: this.#givingUp, waiting: this.claiming, visible };
  }

  /** Deliveries that are still to be seen, but chosen by claims that are under way. */
  takenSoon(nowMs: number, stepMs: number): number {
    return this.claiming + (this.#passing * this.#leftOfClaims(nowMs, stepMs) * CLAIM_CALLS_MS) / 1_000;
  }

  #leftOfClaims(nowMs: number, stepMs: number): number {
    return (1 - stepMs / 1_000) ** ((nowMs - this.#claimedAtMs) / stepMs);
  }

  /** How far it is behind: for how much of the queue's sends what waits here stands. */
  get behind(): number {
    return this.#ready / Math.max(this.share, LEAST_SHARE);
  }

  get isEmpty(): boolean {
    return this.#ready === 0 && this.held === 0 && this.returning === 0;
  }
}

/** The shards of a queue that have something due, and how much all of them have: told by each change of one. */
class DueShards {
  readonly shards = new Set<LoadedShard>();
  waiting = 0;

  note(shard: LoadedShard, before: number): void {
    this.waiting += shard.ready - before;
    if (shard.ready > 0 && before <= 0) this.shards.add(shard);
    if (shard.ready <= 0 && before > 0) this.shards.delete(shard);
  }
}

/** The shards of one queue as its processes know them. */
export class LoadedShards {
  readonly all = new Map<ShardId, LoadedShard>();
  /** Those that may be received from, as the newest route has them. */
  receivable: Choice<LoadedShard> = weighed([]);
  /** Those that sends choose. */
  sendable: Choice<LoadedShard> = weighed([]);
  readonly contention = new Contention();
  readonly #due = new DueShards();
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

  /** Due deliveries in all shards. */
  get waiting(): number {
    return this.#due.waiting;
  }

  /** Those that a receive could find something in. */
  get occupied(): readonly LoadedShard[] {
    return [...this.#due.shards].filter(({ isReceivable }) => isReceivable);
  }

  /** Any shard that takes sends, preferably another one. */
  another(shard: LoadedShard, random: SeededRandom): LoadedShard {
    const others = { ...this.sendable, shards: this.sendable.shards.filter((one) => one !== shard) };
    return pickShard(random, others.shards.length > 0 ? others : this.sendable);
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
      const sum = totalWeight(open);
      if (weight > 0) for (const one of open) this.#shard(one.id).share += (weight * weightOf(one)) / sum;
    }
    this.#isSettled = newest.fromMs <= sinceMs;
    this.#receiveFrom(newest.queue.route.shards.map((one) => ({ shard: this.#shard(one.id), weight: weightOf(one) })));
    const shards = [...this.all.values()].filter(({ share }) => share > 0);
    const highest = shards.reduce((most, { share }) => Math.max(most, share), 0);
    this.sendable = { shards, partOf: ({ share }) => share, highest };
  }

  /** What shards hold that a route without them has taken away at once, the first one has. */
  #receiveFrom(places: readonly { readonly shard: LoadedShard; readonly weight: number }[]): void {
    this.receivable = weighed(places);
    const shards = places.map(({ shard }) => shard);
    for (const shard of this.all.values()) shard.isReceivable = false;
    for (const shard of shards) shard.isReceivable = true;
    const [first] = shards;
    for (const shard of this.all.values()) {
      if (shard.isReceivable || shard.share > 0) continue;
      first?.addReady(shard.ready);
      shard.addReady(-shard.ready);
      if (shard.isEmpty) this.all.delete(shard.id);
    }
  }

  #shard(id: ShardId): LoadedShard {
    const known = this.all.get(id);
    if (known !== undefined) return known;
    const cell = cellOfShard(id);
    const table = this.#deployment.tables.get(cell);
    if (table === undefined) throw new RangeError(`shard ${id} lies in no cell`);
    const shard = new LoadedShard({ queueId: this.#queueId, id, cell, table }, this.#due);
    this.all.set(id, shard);
    return shard;
  }
}
