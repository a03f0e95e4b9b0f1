/** Distinct indexes as runs of neighbours, in order: `[first, count]` each. A thousand in a row are one run. */
export type Runs = readonly (readonly [first: number, count: number])[];

export function runsOf(indexes: Iterable<number>): Runs {
  const runs: [number, number][] = [];
  for (const index of [...new Set(indexes)].toSorted((one, other) => one - other)) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === index) last[1]++;
    else runs.push([index, 1]);
  }
  return runs;
}

export const indexesIn = (runs: Runs): number[] =>
  runs.flatMap(([first, count]) => Array.from({ length: count }, (_, offset) => first + offset));

export const hasIndex = (runs: Runs, index: number): boolean =>
  runs.some(([first, count]) => index >= first && index < first + count);

export const withIndexes = (runs: Runs, more: Iterable<number>): Runs => runsOf([...indexesIn(runs), ...more]);

export const countOf = (runs: Runs): number => runs.reduce((sum, [, count]) => sum + count, 0);
