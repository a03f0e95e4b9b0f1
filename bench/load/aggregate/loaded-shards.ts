import { type CellId, cellOfShard, type QueueId, type ShardId, shardKey } from '../../../src/model/ids.ts';
import { ROUTE_FRESH_MS } from '../../../src/model/limits.ts';
import { openShards, totalWeight, weightOf } from '../../../src/model/route.ts';
import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { CLAIM_CALLS_MS, type Deployment, placeOf, type Table } from '../world/index.ts';
import { ClaimRaces, type Claims } from './claim-races.ts';
import { Hints } from './hints.ts';
import { type Choice, pickShard, weighed } from './spread.ts';

/** Draining shards are behind all others. */
const LEAST_SHARE = 1e-6;

/** A shard in the aggregate mode: its number of deliveries, each of one request. */
export class LoadedShard {
  readonly queueId: QueueId;
  readonly id: ShardId;
  readonly cell: CellId;
  readonly table: Table;
  readonly place: number;
  /** Fraction of the queue's sends that choose it. */
  share = 0;
  isReceivable = true;
  /** Deliveries held by consumers. */
  held = 0;
  /** Deliveries that throttled claims have chosen: others still see them. */
  claiming = 0;
  /** Leased deliveries that no consumer will delete. */
  returning = 0;
  /** Receivers that know of due deliveries in it. */
  readonly hints = new Hints();
  readonly #due: DueShards;
  #ready = 0;
  /** Claims a second that ended lately, and those that were given up. */
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

  /** Counts claims that ended or were given up in a step of that many milliseconds. */
  noteClaims({ passed, givenUp }: { passed: number; givenUp: number }, nowMs: number, stepMs: number): void {
    const left = this.#leftOfClaims(nowMs, stepMs);
    this.#passing = passed + this.#passing * left;
    this.#givingUp = givenUp + this.#givingUp * left;
    this.#claimedAtMs = nowMs;
  }

  /** The competition of claims, of which that many end now. */
  claimsOf(count: number): Claims {
    const visible = this.#ready + this.claiming + (this.#ready > 0 ? count / 2 : 1);
    return { passing: this.#passing, givingUp: this.#givingUp, waiting: this.claiming, visible };
  }

  /** Deliveries still visible, but chosen by running claims. */
  takenSoon(nowMs: number, stepMs: number): number {
    return this.claiming + (this.#passing * this.#leftOfClaims(nowMs, stepMs) * CLAIM_CALLS_MS) / 1_000;
  }

  #leftOfClaims(nowMs: number, stepMs: number): number {
    return (1 - stepMs / 1_000) ** ((nowMs - this.#claimedAtMs) / stepMs);
  }

  /** How far the shard is behind: its waiting deliveries divided by its share of the queue's sends. */
  get behind(): number {
    return this.#ready / Math.max(this.share, LEAST_SHARE);
  }

  get isEmpty(): boolean {
    return this.#ready === 0 && this.held === 0 && this.returning === 0;
  }
}

/** The shards of a queue with due deliveries, and their total; each changed shard reports here. */
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
  /** Shards that the newest route allows to receive from. */
  receivable: Choice<LoadedShard> = weighed([]);
  /** Shards that sends choose. */
  sendable: Choice<LoadedShard> = weighed([]);
  readonly claimRaces = new ClaimRaces();
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

  /** Shards in which a receive could find something. */
  get occupied(): readonly LoadedShard[] {
    return [...this.#due.shards].filter(({ isReceivable }) => isReceivable);
  }

  /** Any shard that takes sends, preferably another one. */
  another(shard: LoadedShard, random: SeededRandom): LoadedShard {
    const others = { ...this.sendable, shards: this.sendable.shards.filter((one) => one !== shard) };
    return pickShard(random, others.shards.length > 0 ? others : this.sendable);
  }

  /**
   * Weighs the routes in use. A busy process reads its route again every few seconds, and all at different moments, so
   * a new route is adopted evenly within that time.
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

  /** The first shard gets the deliveries of shards that a new route has removed at once. */
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
