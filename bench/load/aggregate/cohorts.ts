import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import type { LoadedShard } from './loaded-shards.ts';
import { CALL_TRIES_MAX, STEPS, type Step } from './steps.ts';

/** Requests before the same call to the same shard, with equal numbers of throttled tries. */
export interface Cohort {
  readonly step: Step;
  readonly shard: LoadedShard;
  /** Throttled tries of this call. */
  tries: number;
  /** Whether other requests are about to take its chosen deliveries. */
  readonly isLate: boolean;
  /** Shards that were given up before. */
  attempt: number;
  count: number;
  /** Total wait of all of them because of limits, in milliseconds. */
  addedMs: number;
}

/** Requests that come to a call for the first time. */
export const begun = (step: Step, shard: LoadedShard, count: number): Cohort => {
  return { step, shard, isLate: false, tries: 0, attempt: 0, count, addedMs: 0 };
};

/** Whether they have been throttled before, by this shard or another one. */
export const isWaiting = ({ tries, attempt }: Cohort): boolean => tries + attempt > 0;

/** Higher counts are treated alike. */
export const ATTEMPTS_MAX = 64;

/** Waits that differ by less than a fifth are treated alike. */
const WAIT_FACTOR = 1.2;
const WAITS = 64;
const PASTS = CALL_TRIES_MAX * ATTEMPTS_MAX * WAITS;

function pastOf({ tries, attempt, addedMs, count }: Cohort): number {
  const wait = Math.min(WAITS - 1, Math.floor(Math.log(1 + addedMs / count) / Math.log(WAIT_FACTOR)));
  return (tries * ATTEMPTS_MAX + attempt) * WAITS + wait;
}

/** With this many cohorts in one tick, cohorts join that differ only in their past. */
const APART_MAX = 1_000;

const GROUPS = 4;
const GROUPS_IN_CROWD = 2;

/**
 * Cohorts by the tick of their next try; equal ones join. In a crowded tick, cohorts also join if they wait for the
 * same call of one shard after different tries. The joined cohort continues with the tries and waits of one of them,
 * chosen at random by its number of requests. Averages stay right, and the cost has a bound.
 */
export class CohortCalendar {
  readonly #random: SeededRandom;
  readonly #numbers = new WeakMap<LoadedShard, number>();
  readonly #ticks = new Map<number, Map<number, Cohort>>();
  #count = 0;
  /** The tick that was crowded when its cohorts were first taken: cohorts that come back within it join as well. */
  #crowdedTick = Number.NaN;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  add(tick: number, cohort: Cohort): void {
    if (cohort.count <= 0) return;
    const due = this.#ticks.get(tick) ?? new Map<number, Cohort>();
    this.#ticks.set(tick, due);
    const past = this.#isCrowded(tick) ? Number(isWaiting(cohort)) : pastOf(cohort);
    const call = 2 * STEPS.indexOf(cohort.step) + Number(cohort.isLate);
    const key = (this.#numberOf(cohort.shard) * 2 * STEPS.length + call) * PASTS + past;
    const same = due.get(key);
    if (same === undefined) due.set(key, cohort);
    else this.#join(same, cohort);
  }

  #join(one: Cohort, other: Cohort): void {
    const count = one.count + other.count;
    if (one.tries === other.tries && one.attempt === other.attempt) one.addedMs += other.addedMs;
    else {
      const chosen = this.#random.next() * count < one.count ? one : other;
      const { tries, attempt, addedMs, count: ofChosen } = chosen;
      one.tries = tries;
      one.attempt = attempt;
      one.addedMs = (addedMs / ofChosen) * count;
    }
    one.count = count;
  }

  /** Number of groups in which requests that are throttled together pause; thousands of cohorts are varied enough. */
  groupsAt(tick: number): number {
    return this.#isCrowded(tick) ? GROUPS_IN_CROWD : GROUPS;
  }

  #isCrowded(tick: number): boolean {
    return tick === this.#crowdedTick || (this.#ticks.get(tick)?.size ?? 0) >= APART_MAX;
  }

  take(tick: number): Iterable<Cohort> | undefined {
    const due = this.#ticks.get(tick);
    if (this.#isCrowded(tick)) this.#crowdedTick = tick;
    this.#ticks.delete(tick);
    return due?.values();
  }

  #numberOf(shard: LoadedShard): number {
    const number = this.#numbers.get(shard) ?? this.#count++;
    this.#numbers.set(shard, number);
    return number;
  }
}

/** A part of a cohort and the rest, each with its share of the total wait. */
export function divided(cohort: Cohort, count: number): [Cohort, Cohort] {
  return [partOf(cohort, count), partOf(cohort, cohort.count - count)];
}

/** A part of a cohort, with its share of the total wait. Written out, because it runs a billion times. */
export function partOf({ step, shard, isLate, tries, attempt, count, addedMs }: Cohort, part: number): Cohort {
  return { step, shard, isLate, tries, attempt, count: part, addedMs: (addedMs / count) * part };
}
