import type { EpochMs } from '../model/brand.ts';
import { QUEUE_ERRORS, QueueError } from '../model/errors.ts';
import { cellOfKey, type ShardKey } from '../model/ids.ts';
import type { Message } from '../model/message.ts';
import { claim } from './claim.ts';
import { dueSinceMs } from './claims/index.ts';
import { AnswerRoom, type ReceivedMessage } from './deliveries/index.ts';
import type { HeldQueue } from './memory/index.ts';
import type { Receiving } from './service.ts';

/** Where to look, how often first, and from when on after a purge. */
export interface ReceivableShard {
  readonly shard: ShardKey;
  readonly weight: number;
  readonly fromMs: EpochMs | undefined;
}

/** One look of a receive. */
export interface Look {
  readonly held: HeldQueue;
  readonly places: readonly ReceivableShard[];
  /** Most messages wanted. */
  readonly max: number;
  readonly leaseMs: number;
  /** False while waiting: what comes in the last second is seen by the next look, for half the price. */
  readonly isConsistent: boolean;
}

interface Round {
  readonly places: readonly ReceivableShard[];
  /** Messages that end the look. */
  readonly enough: number;
}

/** Shards asked before all others, if hints say that at least one in this many has something. */
const SECOND_LOOK = 8;
/** With no other consumer at work, an answer holds at least this many if one shard has them. */
const ENOUGH = 10;

/**
 * The claims of one receive: what they brought, and which shards could not be looked at. A shard that fails keeps no
 * message of another one from its consumer; only "nothing" cannot be said while one has not been looked at.
 */
export class Claims {
  readonly messages: ReceivedMessage[] = [];
  readonly #service: Receiving;
  readonly #bytesOf: ((message: Message) => number) | undefined;
  readonly #missed = new Map<ShardKey, QueueError>();
  #isFull = false;

  constructor(service: Receiving, bytesOf?: (message: Message) => number) {
    this.#service = service;
    this.#bytesOf = bytesOf;
  }

  /** Whether "nothing" would be more than is known. */
  get hasMissed(): boolean {
    return this.#missed.size > 0;
  }

  /** A shard that could not be looked at, and may be again by now. */
  isWorthAnother(shard: ShardKey): boolean {
    return this.#missed.has(shard) && !this.#service.avoidance.isAvoided(shard);
  }

  /** @throws QueueError `Throttled`, `Unavailable` when some shard could not be looked at */
  refuseIfMissed(): void {
    for (const error of this.#missed.values()) throw error;
  }

  /** Looks at the places until there is enough. @remarks Cost: see `receive`. */
  async tryAll(look: Look): Promise<void> {
    for (const { places, enough } of this.#roundsOf(look)) {
      // A single one is claimed from without asking.
      const due = places.length > 1 ? await this.#dueAmong(places, look) : places;
      for (const place of due) {
        if (this.#hasEnough(enough)) return;
        await this.#lookAt(place, () => this.#claimAt(place, { ...look, enough }));
      }
      if (this.#hasEnough(enough)) return;
    }
  }

  #hasEnough(enough: number): boolean {
    return this.#isFull || this.messages.length >= enough;
  }

  /**
   * The first look claims at once, as a queue mostly has something there. Then all others are asked at once, so that a
   * message in one of hundreds of shards is claimed by the third round of reads. Where many have something, asking some
   * first is enough. A shard that was in trouble lately would keep the answer waiting: it is asked if nothing else has
   * anything.
   */
  #roundsOf({ places: all, max, isConsistent }: Look): Round[] {
    const { avoidance, dueHints } = this.#service;
    const isCalm = ({ shard }: ReceivableShard) => !avoidance.isAvoided(shard);
    const places = all.filter(isCalm);
    const enough = Math.min(max, ENOUGH);
    const avoided = { places: all.filter((place) => !isCalm(place)), enough: 1 };
    if (!isConsistent) return [{ places, enough }, avoided];
    const [first, others] = [places.slice(0, 1), places.slice(1)];
    const isDense = dueHints.hintedAmong(others) * SECOND_LOOK >= others.length;
    const rest = isDense ? [others.slice(0, SECOND_LOOK), others.slice(SECOND_LOOK)] : [others];
    return [...[first, ...rest].map((some) => ({ places: some, enough })), avoided];
  }

  /** The places that have something due, read in parallel. */
  async #dueAmong(places: readonly ReceivableShard[], { isConsistent }: Look): Promise<readonly ReceivableShard[]> {
    const { dueHints, clock } = this.#service;
    const nowMs = clock.nowMs();
    const isDue = await Promise.all(
      places.map(async (place) => {
        const isOccupied = await this.#lookAt(place, async () => {
          const sinceMs = await dueSinceMs(this.#service, place, { nowMs, isConsistent });
          dueHints.note(place.shard, sinceMs);
          return sinceMs !== undefined;
        });
        return isOccupied === true;
      }),
    );
    return places.filter((_, index) => isDue[index] === true);
  }

  /** What was met may be no answer: consumed elsewhere, dead letters, taken by others. Then there may be more. */
  async #claimAt(place: ReceivableShard, look: Look & { readonly enough: number }): Promise<void> {
    const { dueHints, routes } = this.#service;
    for (;;) {
      // A claim may take long where the store is slow; by an old route it would hand out what was purged meanwhile.
      if (!routes.isUsable(look.held)) throw TOO_SLOW;
      const wanted = look.max - this.messages.length;
      const room = new AnswerRoom(this.#bytesOf);
      for (const message of this.messages) room.tryAdd(message);
      const command = {
        queue: look.held.queue,
        leaseMs: look.leaseMs,
        shard: place.shard,
        fromMs: place.fromMs,
        wanted,
        room,
      };
      const { messages, takenCount, isContested, dueAtMs } = await claim(this.#service, command);
      dueHints.note(place.shard, messages.length > 0 ? dueAtMs : undefined);
      this.messages.push(...messages);
      this.#isFull = room.isFull && this.messages.length > 0;
      const isMore = this.messages.length === 0 ? takenCount > 0 : takenCount >= wanted && !isContested;
      if (!isMore || this.#hasEnough(look.enough)) return;
    }
  }

  async #lookAt<Found>({ shard }: ReceivableShard, look: () => Promise<Found>): Promise<Found | undefined> {
    try {
      const found = await look();
      this.#missed.delete(shard);
      return found;
    } catch (error) {
      if (!(error instanceof QueueError) || QUEUE_ERRORS[error.code].fault !== 'service') throw error;
      this.#missed.set(shard, error);
      const { avoidance, dueHints } = this.#service;
      dueHints.note(shard, undefined);
      if (error.code === 'Throttled' || error === TOO_SLOW) avoidance.noteThrottled(shard);
      else avoidance.noteSilent(cellOfKey(shard));
      return undefined;
    }
  }
}

/** A slow disk is no throttling: a call that it cannot serve in time is unavailable. */
const TOO_SLOW = new QueueError(
  'Unavailable',
  'within 10 s nothing was met that could be handed out, and there may be more; try again',
);
