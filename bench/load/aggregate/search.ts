import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import type { Avoided } from './avoided.ts';
import { type Cohort, partOf } from './cohorts.ts';
import type { LoadedShard } from './loaded-shards.ts';

/** Rounds of looks in which each shard has its turn. */
const LOOKS = 4;

/** With more cohorts in one step, those that have missed equally many shards join, whatever their origin. */
const APART_MAX = 100;

/** Receives of one step that look further. */
export class Searching {
  #cohorts: Cohort[] = [];

  add(cohort: Cohort): void {
    this.#cohorts.push(cohort);
  }

  take(): readonly Cohort[] {
    const taken = this.#cohorts;
    this.#cohorts = [];
    return taken.length > APART_MAX ? joined(taken) : taken;
  }
}

/** Joins cohorts of each queue that have missed equally many shards. They share the average wait. */
function joined(cohorts: readonly Cohort[]): Cohort[] {
  const byPast = new Map<string, Cohort>();
  for (const cohort of cohorts) {
    const past = `${cohort.shard.queueId} ${cohort.attempt}`;
    const same = byPast.get(past);
    if (same === undefined) byPast.set(past, { ...cohort });
    else {
      same.count += cohort.count;
      same.addedMs += cohort.addedMs;
    }
  }
  return [...byPast.values()];
}

export interface SearchWorld {
  readonly random: SeededRandom;
  readonly avoided: Avoided;
  readonly nowMs: number;
}

/**
 * Lets receives that found nothing, or missed a delivery, look at other shards: each at once, and first at the most
 * promising.
 * @param onFound - called at once for receives that find something: it changes what is left for others
 * @returns how many find nothing
 */
export function searchAmong(
  places: readonly LoadedShard[],
  cohort: Cohort,
  world: SearchWorld,
  onFound: (found: Cohort) => void,
): number {
  const { random } = world;
  let { count } = cohort;
  const start = random.below(Math.max(1, places.length));
  const end = cohort.attempt < places.length ? LOOKS * places.length : 0;
  for (let offset = 0; offset < end && count > 0; offset++) {
    const shard = places[(start + offset) % places.length] as LoadedShard;
    // Shards it has missed before are not looked at again.
    if (shard.ready <= 0 || (cohort.attempt > 0 && shard === cohort.shard)) continue;
    const part = partLooking(shard, Math.floor(offset / places.length), world);
    const taken = Math.min(Math.floor(count * part + (part < 1 ? random.next() : 0)), shard.ready);
    if (taken <= 0) continue;
    onFound({ ...partOf(cohort, taken), shard });
    count -= taken;
  }
  return count;
}

/** Processes first look in shards that they do not avoid, then in the rest; in both, first where they saw something. */
function partLooking(shard: LoadedShard, round: number, { avoided, nowMs }: SearchWorld): number {
  const seen = round % 2 === 0 ? shard.hints.part(nowMs) : 1;
  return round < 2 ? seen * (1 - avoided.partAvoiding(shard, nowMs)) : seen;
}
