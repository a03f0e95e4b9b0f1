import { type RewindSimulation, simulateRewinds } from './rewinding/run.ts';
import { type SimulationOptions, simulate } from './run.ts';

/** Each planted bug must show within this many worlds. */
const SEEDS_MAX = 100;
const REWIND_SEEDS_MAX = 12;

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

/** Whether one of some worlds of rewinds shows the bug in these words: any other trouble proves nothing. */
export async function isNoticed(
  plant: Required<RewindSimulation>['plant'],
  words: RegExp,
  options: Pick<RewindSimulation, 'isDamaged'> = {},
): Promise<boolean> {
  for (let seed = 1; seed <= REWIND_SEEDS_MAX; seed++) {
    const { violations } = await simulateRewinds({ ...options, plant, seed });
    if (violations.some((what) => words.test(what))) return true;
  }
  return false;
}
