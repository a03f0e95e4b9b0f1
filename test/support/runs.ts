/** How often `npm test` repeats a property outside of CI, as a part of what CI does. */
const PART_OF_CI = 1 / 4;

/** Runs of a property that takes seconds: all in CI, a quarter of them elsewhere. Each run has a seed of its own. */
export const runs = (inCi: number): { readonly numRuns: number } => ({
  numRuns: process.env['CI'] === undefined ? Math.ceil(inCi * PART_OF_CI) : inCi,
});
