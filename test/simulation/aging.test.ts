import { expect, it } from 'vitest';
import { runs } from '../support/runs.ts';
import { simulateAging } from './aging.ts';

const WORLDS = runs(6).numRuns;

it('keeps the promises to what a rewind brought while it grows old', { timeout: 120_000 }, async () => {
  const broken: unknown[] = [];
  for (let seed = 1; seed <= WORLDS; seed++) {
    const { violations } = await simulateAging({ seed });
    if (violations.length > 0) broken.push([seed, ...violations]);
  }

  expect(broken).toEqual([]);
});
