import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { poisson } from '../world/index.ts';

/** Requests of one step in one shard. */
export interface Spread<Shard> {
  readonly shard: Shard;
  readonly count: number;
}

/** Below this many for each shard, requests are placed one by one. */
const SPARSE = 2;

/** Shards to choose from, and the fraction of all requests for each; the fractions add up to 1. */
export interface Choice<Shard> {
  readonly shards: readonly Shard[];
  readonly partOf: (shard: Shard) => number;
  /** The largest fraction. */
  readonly highest: number;
}

/** Chooses by weight. */
export function weighed<Shard>(places: readonly { readonly shard: Shard; readonly weight: number }[]): Choice<Shard> {
  const sum = places.reduce((all, { weight }) => all + weight, 0);
  const parts = new Map(places.map(({ shard, weight }) => [shard, weight / sum]));
  const highest = Math.max(0, ...parts.values());
  return { shards: [...parts.keys()], partOf: (shard) => parts.get(shard) ?? 0, highest };
}

/**
 * Draws how many of `mean` expected requests come to each shard; returns only shards with requests. The cost is the
 * number of requests, or of shards if there are fewer.
 */
export function spread<Shard>(random: SeededRandom, mean: number, choice: Choice<Shard>): Spread<Shard>[] {
  const { shards, partOf } = choice;
  if (mean >= SPARSE * shards.length) {
    return shards.flatMap((shard) => {
      const count = poisson(random, mean * partOf(shard));
      return count > 0 ? { shard, count } : [];
    });
  }
  const counts = new Map<Shard, number>();
  for (let left = shards.length === 0 ? 0 : poisson(random, mean); left > 0; left--) {
    const shard = pickShard(random, choice);
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  return [...counts].map(([shard, count]) => ({ shard, count }));
}

/** Picks one shard out of at least one. */
export function pickShard<Shard>(random: SeededRandom, { shards, partOf, highest }: Choice<Shard>): Shard {
  for (;;) {
    const shard = random.pick(shards);
    if (random.next() * highest <= partOf(shard)) return shard;
  }
}

export const total = (spreads: readonly Spread<unknown>[]): number =>
  spreads.reduce((sum, { count }) => sum + count, 0);

/** The fraction of each count, rounded so that the sum stays right. */
export function thinned<Shard>(spreads: readonly Spread<Shard>[], share: number): readonly Spread<Shard>[] {
  if (!(share < 1)) return spreads;
  let owed = 0;
  return spreads.map(({ shard, count }) => {
    owed += count * share;
    const whole = Math.floor(owed);
    owed -= whole;
    return { shard, count: whole };
  });
}
