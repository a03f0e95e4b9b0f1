import { describe, expect, it } from 'vitest';
import { runs } from '../support/runs.ts';
import { simulateDispatching } from './dispatching.ts';

/** `SEED=7` plays that world alone. */
const SEED = Number(process.env['SEED'] ?? 0);
const WORLDS = runs(12).numRuns;

describe('dispatchers of the engine', () => {
  it('keep the promises of pushing in random worlds', { timeout: 120_000 }, async () => {
    const seeds = SEED > 0 ? [SEED] : Array.from({ length: WORLDS }, (_, index) => index + 1);
    const broken: unknown[] = [];
    for (const seed of seeds) {
      const violations = await simulateDispatching({ seed, isOnAws: seed % 3 === 0, isDivided: seed % 2 === 0 });
      if (violations.length > 0) broken.push([seed, ...violations]);
    }

    expect(broken).toEqual([]);
  });
});
