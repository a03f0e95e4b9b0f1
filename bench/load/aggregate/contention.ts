import {
  CONTENDED_READS,
  FRONT_SHARE_LEFT,
  FRONT_SHARE_MIN,
  FRONT_SHARE_RECOVERY,
  SPARE_DELIVERIES_MIN,
} from '../../../src/engine/memory/index.ts';
import { CLAIM_CALLS_MS, SPARSE_AGES } from '../world/index.ts';

/** What a look for one delivery at the front of a shard reads where it has met other processes. */
const FRONT_DELIVERIES = CONTENDED_READS + SPARE_DELIVERIES_MIN;
/** How the engine lets the share of looks at the front fall with a lost claim and rise with another one, in powers. */
const FALL = Math.log(FRONT_SHARE_LEFT);
const RISE = Math.log(FRONT_SHARE_RECOVERY);
const LOWEST = Math.log(FRONT_SHARE_MIN);

/** Claims of a shard that end in so many a second, and what they meet. */
export interface Claims {
  /** Claims a second that come to their end, and those that are given up before. */
  readonly passing: number;
  readonly givingUp: number;
  /** Claims under way that wait for another try, and the deliveries that others still see. */
  readonly waiting: number;
  readonly visible: number;
}

/**
 * How often the claims of one queue's consumers are lost to each other. Those that have met nobody take the oldest
 * delivery, all the same one; those that have lost some look at random ages, and now and then at the front.
 */
export class Contention {
  /** The part of all processes that has met no other one. */
  #unmet = 1;
  #started = 0;
  /** Logarithm of the share of looks at the front, of those that have. */
  #front = FALL;

  /** The part of claims that come to their end and find what they chose taken. */
  lossOf(claims: Claims): number {
    const chances = this.#chancesOf(claims);
    return this.#parts.reduce((sum, part, index) => sum + part * (chances[index] ?? 0), 0);
  }

  /** Some have come to their end among so many processes in use; others that were started have met nobody. */
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

  /** Parts of all looks: by those that have met nobody, of others at the front, and at random ages. */
  get #parts(): readonly number[] {
    const front = (1 - this.#unmet) * Math.exp(this.#front);
    return [this.#unmet, front, 1 - this.#unmet - front];
  }

  #chancesOf({ passing, givingUp, waiting, visible }: Claims): readonly number[] {
    const ending = passing + givingUp;
    // Claims that come to their end while one of them is under way: while it calls, and while it waits.
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
 * Of claims of which each has so many rivals for what it chose: who wins leaves the others to lose, and they are no
 * rivals any more.
 */
const lostAmong = (rivals: number): number =>
  rivals <= 0 ? 0 : 1 + 1 / (2 * rivals) - Math.sqrt(1 / rivals + 1 / (4 * rivals ** 2));
