import { type SimulationOptions, simulate } from './run.ts';

/** Each planted bug must show within this many worlds. */
const SEEDS_MAX = 100;

/** The first world in which the bug breaks the invariant in these words; `undefined` when none of them shows it. */
export async function firstBroken(
  invariant: string,
  bug: Omit<SimulationOptions, 'seed'>,
  words = /./,
): Promise<number | undefined> {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { violations } = await simulate({ ...bug, seed });
    if (violations.some((one) => one.invariant === invariant && words.test(one.what))) return seed;
  }
  return undefined;
}
