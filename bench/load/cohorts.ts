import { TRIES_MAX } from '../../src/stores/dynamodb/tries.ts';
import type { LoadedShard } from './loaded-shards.ts';

/** The storage calls of a request's way; `mark` and `clear` end a lease that lost the race for what it took over. */
export type Step = 'send' | 'query' | 'lease' | 'remove' | 'mark' | 'clear' | 'ack';

/** Requests that stand before the same call of the same shard, turned away as often. */
export interface Cohort {
  readonly step: Step;
  readonly shard: LoadedShard;
  /** Tries of this call that were turned away. */
  readonly tries: number;
  /** Shards that were given up before, of a delete its tries. */
  readonly attempt: number;
  count: number;
  /** What all of them together have waited because of limits, in milliseconds. */
  addedMs: number;
}

/** A cohort on its way to a call that it may not have tried yet. */
export type Passing = Omit<Cohort, 'tries'> & { readonly tries?: number };

const STEPS: readonly Step[] = ['send', 'query', 'lease', 'remove', 'mark', 'clear', 'ack'];
/** More are not told apart. */
export const ATTEMPTS_MAX = 64;

/** Cohorts by the tick in which they are tried again; those that are alike join. */
export class CohortCalendar {
  readonly #numbers = new WeakMap<LoadedShard, number>();
  readonly #ticks = new Map<number, Map<number, Cohort>>();
  #count = 0;

  add(tick: number, cohort: Cohort): void {
    if (cohort.count <= 0) return;
    const due = this.#ticks.get(tick) ?? new Map<number, Cohort>();
    this.#ticks.set(tick, due);
    const kind = (STEPS.indexOf(cohort.step) * TRIES_MAX + cohort.tries) * ATTEMPTS_MAX + cohort.attempt;
    const key = this.#numberOf(cohort.shard) * STEPS.length * TRIES_MAX * ATTEMPTS_MAX + kind;
    const same = due.get(key);
    if (same === undefined) due.set(key, cohort);
    else {
      same.count += cohort.count;
      same.addedMs += cohort.addedMs;
    }
  }

  take(tick: number): Iterable<Cohort> | undefined {
    const due = this.#ticks.get(tick);
    this.#ticks.delete(tick);
    return due?.values();
  }

  #numberOf(shard: LoadedShard): number {
    const number = this.#numbers.get(shard) ?? this.#count++;
    this.#numbers.set(shard, number);
    return number;
  }
}

/** Some of a cohort, and the others, with their parts of what all have waited. */
export function divided(cohort: Cohort, count: number): [Cohort, Cohort] {
  const rest = cohort.count - count;
  const eachMs = cohort.addedMs / cohort.count;
  return [
    { ...cohort, count, addedMs: eachMs * count },
    { ...cohort, count: rest, addedMs: eachMs * rest },
  ];
}
