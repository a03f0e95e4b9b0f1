import type { EpochMs } from '../../model/brand.ts';
import { claimableIndexes, type Delivery, dueAtMs, isFinished } from '../../model/delivery.ts';
import { type DeliveryKey, keyAfter, keyFrom, type ShardKey, visibleAtMs } from '../../model/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { ShardStore } from '../../ports/shard-store.ts';

/** A due delivery and its messages that may be claimed. */
export interface Candidate {
  readonly delivery: Delivery;
  readonly indexes: readonly number[];
  /** Deliveries of the shard before it, when it was read; absent if that is unknown. They never become more. */
  readonly aheadCount?: number;
}

/** Finished deliveries that a look met: their process died before it removed them, so the next claim does. */
export type Leftovers = readonly Delivery[];

export interface DueRequest {
  readonly shard: ShardKey;
  /** After a purge: only messages that entered the queue from then on. */
  readonly fromMs: EpochMs | undefined;
  /** Messages wanted; 1 to 1,000. */
  readonly wanted: number;
}

export interface DuePorts {
  readonly shards: ShardStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Candidates read but not taken serve claims for this long. */
const SPARE_MS_MAX = 100;
/** With other processes on the shard, a candidate read longer ago is probably gone. */
const CONTENDED_SPARE_MS_MAX = 5;
/** Deliveries of one page; large items fill a store's page of 1 MB much earlier. */
const PAGE_LIMIT_MAX = 1_000;
/** The share of looks that start at the front never falls below this. */
export const FRONT_SHARE_MIN = 1 / 16;
/** The share is multiplied by this after each lost claim. */
export const FRONT_SHARE_LEFT = 1 / 2;
/** The share grows by this factor with each claim that lost nothing; slowly, because a lost one costs three writes. */
export const FRONT_SHARE_RECOVERY = 1.02;
/** With other processes on the shard, a look reads this many times what it needs. */
export const CONTENDED_READS = 4;
/** A look reads at least this many deliveries beyond its need, for the next claims. */
export const SPARE_DELIVERIES_MIN = 2;

/**
 * A look passes about this many deliveries, a page at a time, in which a purge left nothing to claim. The next look
 * continues behind them. A few looks find messages that entered since, and no receive reads the whole purged backlog.
 */
const PASSED_MAX = 8;

/** How much other processes compete with this one, measured by lost claims of all shards of a queue. */
export class Contention {
  /** Share of looks that start at the front; 1 without competition. */
  frontShare = 1;

  note(lostCount: number): void {
    this.frontShare =
      lostCount > 0
        ? Math.max(FRONT_SHARE_MIN, this.frontShare * FRONT_SHARE_LEFT ** lostCount)
        : Math.min(1, this.frontShare * FRONT_SHARE_RECOVERY);
  }

  get isMet(): boolean {
    return this.frontShare < 1;
  }
}

/** What one process knows of the due deliveries of one shard. */
export class DueShard {
  readonly #contention: Contention;
  readonly #reserved = new Set<DeliveryKey>();
  /** Deliveries released during a look, which may still show them as they were. */
  readonly #settling = new Set<DeliveryKey>();
  #awaitingRelease: (() => void)[] = [];
  #spare: Candidate[] = [];
  #spareReadAtMs = 0;
  #spareFromMs: EpochMs | undefined;
  #look: Promise<void> | undefined;
  #lookCount = 0;
  /** Where the next look continues, after a look that passed too many deliveries. */
  #goOnAt: DeliveryKey | undefined;
  /** Number of the last look that saw everything, or as much as one look may pass. */
  #exhaustiveLook = 0;
  #missing = 0;
  /** How long the oldest delivery had been due when the front was last seen. */
  #oldestAgeMs: number | undefined;
  #messagesPerDelivery = 1;
  /** Leases in place that the last look passed. */
  #leasedCount = 0;
  readonly #finished: Delivery[] = [];

  constructor(contention: Contention) {
    this.#contention = contention;
  }

  get isIdle(): boolean {
    return this.#reserved.size === 0 && this.#look === undefined;
  }

  async reserve(request: DueRequest, ports: DuePorts): Promise<{ candidates: Candidate[]; leftovers: Leftovers }> {
    let looksBefore = this.#lookCount;
    const candidates: Candidate[] = [];
    let missing = request.wanted;
    for (;;) {
      missing -= this.#takeSpare(candidates, { ...request, wanted: missing }, ports.clock.nowMs());
      // Only a look that began after this call can tell that nothing more is due.
      if (missing <= 0 || this.#exhaustiveLook > looksBefore) {
        if (candidates.length > 0 || this.#reserved.size === 0) break;
        // Other claims may release part of what they reserved: an answer of "nothing" before that would be wrong.
        await new Promise<void>((resolve) => this.#awaitingRelease.push(resolve));
        looksBefore = this.#lookCount;
      }
      this.#missing += missing;
      try {
        this.#look ??= this.#lookForMore(request, ports);
        await this.#look;
      } catch (error) {
        this.release(candidates, 0);
        throw error;
      } finally {
        this.#missing -= missing;
      }
    }
    return { candidates, leftovers: this.#takeLeftovers() };
  }

  release(candidates: readonly Candidate[], lostCount: number): void {
    for (const { delivery } of candidates) {
      this.#reserved.delete(delivery.key);
      if (this.#look !== undefined) this.#settling.add(delivery.key);
    }
    if (candidates.length > 0) for (const resume of this.#awaitingRelease.splice(0)) resume();
    if (lostCount > 0) this.#spare = [];
    if (candidates.length > 0) this.#contention.note(lostCount);
  }

  #takeSpare(into: Candidate[], request: DueRequest, nowMs: EpochMs): number {
    const spareMsMax = this.#contention.isMet ? CONTENDED_SPARE_MS_MAX : SPARE_MS_MAX;
    if (nowMs - this.#spareReadAtMs > spareMsMax || this.#spareFromMs !== request.fromMs) this.#spare = [];
    let messages = 0;
    let taken = 0;
    for (const candidate of this.#spare) {
      if (messages >= request.wanted) break;
      this.#reserved.add(candidate.delivery.key);
      into.push(candidate);
      messages += candidate.indexes.length;
      taken++;
    }
    this.#spare.splice(0, taken);
    return messages;
  }

  /** Reads pages until all waiting claims are served or nothing is left. A start in the middle wraps around. */
  async #lookForMore(request: DueRequest, ports: DuePorts): Promise<void> {
    const number = ++this.#lookCount;
    const nowMs = ports.clock.nowMs();
    const front = keyFrom(request.fromMs ?? (0 as EpochMs));
    const start = this.#goOnAt ?? this.#startOfLook(front, nowMs, ports.random);
    // Deliveries reserved now may be gone when the page comes back.
    const busy = new Set(this.#reserved);
    const isFromHead = start === front && request.fromMs === undefined;
    const found: Found = {
      candidates: [],
      finished: [],
      passedCount: 0,
      leasedCount: 0,
      readCount: isFromHead ? 0 : undefined,
      isComplete: false,
    };
    try {
      await this.#readRange(found, { request, ports, nowMs, busy, from: start, before: keyAfter(nowMs) });
      if (found.isComplete && start !== front) {
        await this.#readRange(found, { request, ports, nowMs, busy, from: front, before: start });
      }
    } finally {
      this.#look = undefined;
      this.#settling.clear();
    }
    if (start === front) this.#oldestAgeMs = ageOfFirst(found, nowMs);
    if (this.#contention.isMet) rotate(found.candidates, ports.random);
    if (found.isComplete || found.goOnAt !== undefined) this.#exhaustiveLook = number;
    this.#goOnAt = found.goOnAt;
    this.#leasedCount = found.leasedCount;
    this.#keep(found, request.fromMs, ports.clock.nowMs());
  }

  async #readRange(found: Found, range: LookRange): Promise<void> {
    found.isComplete = false;
    let from: DeliveryKey | undefined = range.from;
    while (from !== undefined) {
      const page = await range.ports.shards.list(range.request.shard, {
        from,
        before: range.before,
        limit: this.#pageLimit(found, range),
        isConsistent: true,
      });
      for (const delivery of page.deliveries) this.#sort(found, delivery, range);
      from = page.next;
      if (from === undefined) break;
      if (countMessages(found.candidates) >= this.#missing) return;
      if (found.passedCount >= PASSED_MAX) {
        found.goOnAt = from;
        return;
      }
    }
    found.isComplete = true;
  }

  #sort(found: Found, delivery: Delivery, range: LookRange): void {
    const aheadCount = found.readCount;
    if (found.readCount !== undefined) found.readCount++;
    if (range.busy.has(delivery.key) || this.#settling.has(delivery.key) || this.#reserved.has(delivery.key)) return;
    if (isFinished(delivery)) {
      found.finished.push(delivery);
      return;
    }
    const indexes = claimableIndexes(delivery, range.nowMs, range.request.fromMs);
    if (indexes.length > 0) {
      found.candidates.push(aheadCount === undefined ? { delivery, indexes } : { delivery, indexes, aheadCount });
    } else if (dueAtMs(delivery) > range.nowMs) found.leasedCount++;
    else found.passedCount++;
  }

  #startOfLook(front: DeliveryKey, nowMs: EpochMs, random: Random): DeliveryKey {
    if (this.#oldestAgeMs === undefined || random.next() < this.#contention.frontShare) return front;
    const start = keyFrom(Math.floor(nowMs - random.next() * this.#oldestAgeMs) as EpochMs);
    return start > front ? start : front;
  }

  #pageLimit(found: Found, { request, busy: { size: busyCount } }: LookRange): number {
    const mayPass = request.fromMs !== undefined && (found.passedCount > 0 || found.candidates.length === 0);
    if (mayPass) return PASSED_MAX;
    const missing = Math.max(1, this.#missing - countMessages(found.candidates));
    const factor = this.#contention.isMet ? CONTENDED_READS : 1;
    const needed = Math.ceil(missing / this.#messagesPerDelivery) * factor;
    // Every look reads past the reserved deliveries; as many spare ones save the next claims that effort.
    const spareCount = Math.max(SPARE_DELIVERIES_MIN, busyCount);
    return Math.min(PAGE_LIMIT_MAX, needed + spareCount + busyCount + this.#leasedCount);
  }

  #keep(found: Found, fromMs: EpochMs | undefined, nowMs: EpochMs): void {
    const { candidates } = found;
    if (candidates.length > 0) this.#messagesPerDelivery = countMessages(candidates) / candidates.length;
    this.#spare = candidates;
    this.#spareFromMs = fromMs;
    this.#spareReadAtMs = nowMs;
    this.#finished.push(...found.finished);
  }

  #takeLeftovers(): Leftovers {
    return this.#finished.splice(0);
  }
}

interface Found {
  readonly candidates: Candidate[];
  readonly finished: Delivery[];
  /** Deliveries in which a purge left nothing to claim. */
  passedCount: number;
  /** Leases in place. */
  leasedCount: number;
  /** Deliveries read since the head of the shard; absent for a look that began elsewhere. */
  readCount: number | undefined;
  isComplete: boolean;
  /** Where a look stopped that passed too many deliveries. */
  goOnAt?: DeliveryKey;
}

interface LookRange {
  readonly request: DueRequest;
  readonly ports: DuePorts;
  readonly nowMs: EpochMs;
  readonly busy: ReadonlySet<DeliveryKey>;
  readonly from: DeliveryKey;
  readonly before: DeliveryKey;
}

const countMessages = (candidates: readonly Candidate[]): number =>
  candidates.reduce((sum, candidate) => sum + candidate.indexes.length, 0);

const ageOfFirst = ({ candidates: [first] }: Found, nowMs: EpochMs): number | undefined =>
  first === undefined ? undefined : nowMs - visibleAtMs(first.delivery.key);

/** Starts somewhere in the page, because other processes have read the same one. */
function rotate(candidates: Candidate[], random: Random): void {
  candidates.push(...candidates.splice(0, Math.floor(random.next() * candidates.length)));
}
