import type { EpochMs } from '../../model/brand.ts';
import type { Change } from '../../model/change.ts';
import { type Delivery, isFinished } from '../../model/delivery.ts';
import { type DeliveryKey, keyAfter, keyFrom, type ShardKey, visibleAtMs } from '../../model/ids.ts';
import type { Arrivals, ArrivalsWait } from '../../ports/arrivals.ts';
import type { Clock } from '../../ports/clock.ts';
import { Alarms } from './alarms.ts';

/** Due deliveries that one look at a shard reads, and as many later ones. */
const DELIVERIES_PER_LOOK = 32;
/** A due delivery that was not taken is looked at again after this, then twice this, and so on up to the maximum. */
const RETRY_MS = 25;
/** The longest pause between two such looks, in milliseconds. */
const RETRY_MS_MAX = 1_000;
/** Shards of which an unseen arrival is remembered; forgetting one costs a caller the first pause. */
const UNSEEN_MAX = 10_000;

/** Reads a shard in order, one delivery at a time, starting at a key. */
export type ReadDeliveries = (shard: ShardKey, from: DeliveryKey, before: DeliveryKey) => Iterable<Delivery>;

interface Waiter {
  /** Ends the wait with the shards that are worth a look. */
  wake(shards: readonly ShardKey[]): void;
}

/** A shard that receives wait for. */
interface AwaitedShard {
  readonly key: ShardKey;
  /** Longest waiting first. */
  readonly waiters: Set<Waiter>;
  alarm: { readonly atMs: EpochMs; cancel(): void } | undefined;
  /** Consecutive looks that found due deliveries which the woken waiters did not take. */
  retries: number;
}

interface Look {
  readonly shard: ShardKey;
  /** Claimable deliveries among the first few. */
  readonly dueCount: number;
  /** When the next one becomes claimable; infinite when there is none. */
  readonly nextMs: EpochMs;
}

/**
 * Notifies waiting receives of the store's changes, so that waiting needs no polling.
 *
 * A delivery that comes due wakes one waiter, not all of them; what that one leaves wakes the next. A delivery that was
 * due when a wait began wakes no waiter: the caller saw it and could not take it, so it pauses and looks again.
 */
export class EmbeddedArrivals implements Arrivals {
  readonly #clock: Clock;
  readonly #read: ReadDeliveries;
  readonly #alarms: Alarms;
  readonly #awaited = new Map<ShardKey, AwaitedShard>();
  /** Since when a shard has a due delivery that came without a waiter: a caller may have looked just before. */
  readonly #unseen = new Map<ShardKey, EpochMs>();
  #isClosed = false;

  constructor(clock: Clock, read: ReadDeliveries) {
    this.#clock = clock;
    this.#read = read;
    this.#alarms = new Alarms(clock);
  }

  async wait(shards: readonly ShardKey[], options: ArrivalsWait): Promise<readonly ShardKey[]> {
    const { sinceMs, untilMs, signal } = options;
    const nowMs = this.#clock.nowMs();
    if (this.#isClosed || signal?.aborted === true || nowMs >= untilMs) return [];
    const looks = shards.map((shard) => this.#look(shard, nowMs));
    const missed = looks.filter(({ shard, dueCount }) => dueCount > 0 && this.#takeUnseen(shard, sinceMs));
    if (missed.length > 0) return missed.map(({ shard }) => shard);
    return await new Promise((resolve) => {
      const waiter: Waiter = {
        wake: (worthALook) => {
          cancelDeadline();
          signal?.removeEventListener('abort', leave);
          for (const shard of shards) this.#removeWaiter(shard, waiter);
          resolve(worthALook);
        },
      };
      const leave = () => waiter.wake([]);
      const cancelDeadline = this.#alarms.set(untilMs, leave);
      signal?.addEventListener('abort', leave);
      for (const look of looks) this.#addWaiter(look, waiter, later(nowMs, options.attempt));
    });
  }

  /** After a commit: wakes one waiter for each delivery that came due, and watches for later ones. */
  notice(changes: readonly Change[]): void {
    const nowMs = this.#clock.nowMs();
    const notYetDue = keyAfter(nowMs);
    for (const { shard, after } of changes) {
      if (after === undefined) continue;
      const awaited = this.#awaited.get(shard);
      if (awaited === undefined) {
        if (after.key < notYetDue) this.#rememberUnseen(shard, nowMs);
        continue;
      }
      const dueMs = claimableFromMs(after);
      if (dueMs === undefined) continue;
      if (dueMs <= nowMs) this.#wake(awaited, 1, nowMs);
      else this.#watch(awaited, dueMs);
    }
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true;
    for (const shard of this.#awaited.values()) for (const waiter of shard.waiters) waiter.wake([]);
  }

  #wake(awaited: AwaitedShard, count: number, nowMs: EpochMs): void {
    let left = count;
    for (const waiter of awaited.waiters) {
      if (left-- === 0) break;
      waiter.wake([awaited.key]);
    }
    // A woken waiter may have found messages elsewhere and left these to the others.
    if (awaited.waiters.size > 0) this.#watch(awaited, later(nowMs, awaited.retries));
  }

  #addWaiter({ shard, dueCount, nextMs }: Look, waiter: Waiter, retryMs: EpochMs): void {
    const awaited = this.#awaited.get(shard) ?? { key: shard, waiters: new Set(), alarm: undefined, retries: 0 };
    this.#awaited.set(shard, awaited);
    awaited.waiters.add(waiter);
    if (dueCount > 0) this.#watch(awaited, retryMs);
    this.#watch(awaited, nextMs);
  }

  #removeWaiter(shard: ShardKey, waiter: Waiter): void {
    const awaited = this.#awaited.get(shard);
    awaited?.waiters.delete(waiter);
    if (awaited?.waiters.size !== 0) return;
    awaited.alarm?.cancel();
    this.#awaited.delete(shard);
  }

  /** Looks at the shard at that time, or earlier on request. */
  #watch(awaited: AwaitedShard, atMs: EpochMs): void {
    if (atMs === Number.POSITIVE_INFINITY || (awaited.alarm !== undefined && awaited.alarm.atMs <= atMs)) return;
    awaited.alarm?.cancel();
    const cancel = this.#alarms.set(atMs, () => {
      awaited.alarm = undefined;
      this.#lookAgain(awaited);
    });
    awaited.alarm = { atMs, cancel };
  }

  #lookAgain(awaited: AwaitedShard): void {
    const nowMs = this.#clock.nowMs();
    const { dueCount, nextMs } = this.#look(awaited.key, nowMs);
    awaited.retries = dueCount === 0 ? 0 : awaited.retries + 1;
    this.#watch(awaited, nextMs);
    if (dueCount > 0) this.#wake(awaited, dueCount, nowMs);
  }

  /** Reads only the first few on both sides of now. If they do not tell, it assumes that more follow. */
  #look(shard: ShardKey, nowMs: EpochMs): Look {
    let dueCount = 0;
    let nextMs = Number.POSITIVE_INFINITY;
    let seen = 0;
    for (const delivery of this.#read(shard, keyFrom(0 as EpochMs), keyAfter(nowMs))) {
      const dueMs = claimableFromMs(delivery);
      if (dueMs !== undefined && dueMs <= nowMs) dueCount++;
      else if (dueMs !== undefined) nextMs = Math.min(nextMs, dueMs);
      if (++seen < DELIVERIES_PER_LOOK) continue;
      dueCount = Math.max(dueCount, 1);
      break;
    }
    seen = 0;
    for (const delivery of this.#read(shard, keyAfter(nowMs), LAST_KEY)) {
      const isLast = ++seen === DELIVERIES_PER_LOOK;
      const dueMs = isLast ? visibleAtMs(delivery.key) : claimableFromMs(delivery);
      if (dueMs !== undefined) nextMs = Math.min(nextMs, dueMs);
      if (isLast || nextMs <= visibleAtMs(delivery.key)) break;
    }
    return { shard, dueCount, nextMs: nextMs as EpochMs };
  }

  #takeUnseen(shard: ShardKey, sinceMs: EpochMs): boolean {
    const unseenMs = this.#unseen.get(shard);
    this.#unseen.delete(shard);
    return unseenMs !== undefined && unseenMs >= sinceMs;
  }

  #rememberUnseen(shard: ShardKey, nowMs: EpochMs): void {
    if (this.#unseen.size >= UNSEEN_MAX) this.#unseen.clear();
    this.#unseen.set(shard, nowMs);
  }
}

const LAST_KEY = 'zzzzzzzzz' as DeliveryKey;

const later = (nowMs: EpochMs, retries: number): EpochMs =>
  (nowMs + Math.min(RETRY_MS * 2 ** retries, RETRY_MS_MAX)) as EpochMs;

/** When the first outstanding message of a delivery becomes claimable; `undefined` when none is outstanding. */
const claimableFromMs = (delivery: Delivery): EpochMs | undefined =>
  isFinished(delivery) ? undefined : visibleAtMs(delivery.key);
