import {
  CONTENDED_READS,
  FRONT_SHARE_LEFT,
  FRONT_SHARE_MIN,
  FRONT_SHARE_RECOVERY,
  SPARE_DELIVERIES_MIN,
} from '../../../src/engine/memory/index.ts';
import { CLAIM_CALLS_MS, SPARSE_AGES } from '../world/index.ts';

/** Deliveries that a look for one at the front of a shard reads under contention. */
const FRONT_DELIVERIES = CONTENDED_READS + SPARE_DELIVERIES_MIN;
/** How the engine lowers the share of front looks with a lost claim and raises it with another one, as exponents. */
const FALL = Math.log(FRONT_SHARE_LEFT);
const RISE = Math.log(FRONT_SHARE_RECOVERY);
const LOWEST = Math.log(FRONT_SHARE_MIN);

/** Claims of a shard that end in a second, and their competition. */
export interface Claims {
  /** Claims a second that end, and claims that are given up before. */
  readonly passing: number;
  readonly givingUp: number;
  /** Running claims that wait for another try, and the deliveries that others still see. */
  readonly waiting: number;
  readonly visible: number;
}

/**
 * How often the claims of one queue's consumers lose to each other. Processes without contention all take the oldest
 * delivery. Those that have lost some look at random ages, and now and then at the front.
 */
export class ClaimRaces {
  /** The fraction of all processes that has met no competition. */
  #unmet = 1;
  #started = 0;
  /** Logarithm of the share of front looks, for the other processes. */
  #front = FALL;

  /** The fraction of ending claims that find their choice taken. */
  lossOf(claims: Claims): number {
    const chances = this.#chancesOf(claims);
    return this.#parts.reduce((sum, part, index) => sum + part * (chances[index] ?? 0), 0);
  }

  /** Notes ended claims among that many processes in use; other started processes have met no competition. */
  note(
    claims: Claims,
    { count, used, started }: { readonly count: number; readonly used: number; readonly started: number },
  ): void {
    const processes = Math.max(1, used);
    this.#unmet += (1 - this.#unmet) * Math.min(1, Math.max(0, started - this.#started) / processes);
    this.#started = started;
    const [ofUnmet = 0, ofFront = 0, ofOthers = 0] = this.#chancesOf(claims);
    const [unmet = 0, front = 0, others = 0] = this.#parts;
    const each = count / processes;
    const [newlyMet, lost] = [Math.min(unmet, each * unmet * ofUnmet), front * ofFront + others * ofOthers];
    const met = 1 - unmet;
    if (met > 0) this.#front += (each * (lost * FALL + (met - lost) * RISE)) / met;
    if (newlyMet > 0) this.#front += (newlyMet / (met + newlyMet)) * (FALL - this.#front);
    this.#unmet -= newlyMet;
    this.#front = Math.max(LOWEST, this.#front);
    if (this.#front < 0) return;
    this.#front = FALL;
    this.#unmet = 1;
  }

  /** Fractions of all looks: without contention, with contention at the front, and at random ages. */
  get #parts(): readonly number[] {
    const front = (1 - this.#unmet) * Math.exp(this.#front);
    return [this.#unmet, front, 1 - this.#unmet - front];
  }

  #chancesOf({ passing, givingUp, waiting, visible }: Claims): readonly number[] {
    const ending = passing + givingUp;
    // Claims that end while one of them runs: during its calls, and during its waits.
    const [calling, pausing] = [(passing * CLAIM_CALLS_MS) / 1_000, ending > 0 ? (passing * waiting) / ending : 0];
    const rivals = calling + pausing;
    const [unmet = 0, front = 0, others = 0] = this.#parts;
    return [
      lostAmong(rivals * unmet),
      lostAmong((rivals * front) / Math.max(1, Math.min(FRONT_DELIVERIES, visible))),
      lostAmong(((SPARSE_AGES * calling + pausing) * others) / Math.max(1, visible)),
    ];
  }
}

/**
 * The fraction of claims lost when each has that many rivals for its choice: a winner makes the others lose, and losers
 * are no longer rivals.
 */
const lostAmong = (rivals: number): number =>
  rivals <= 0 ? 0 : 1 + 1 / (2 * rivals) - Math.sqrt(1 / rivals + 1 / (4 * rivals ** 2));
