import { describe, expect, it } from 'vitest';
import { type RewindReport, simulateRewinds } from './rewinding/run.ts';

const SEEDS = 4;
const SEEDS_PER_TEST = 2;

describe('simulated rewinds', () => {
  for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
    const last = first + SEEDS_PER_TEST - 1;
    it(`bring exactly their windows in worlds ${first} to ${last} (REWIND_SEED=n npm run simulate)`, async () => {
      const broken: RewindReport[] = [];

      for (let seed = first; seed <= last; seed++) {
        const report = await simulateRewinds({ seed });
        if (report.violations.length > 0) broken.push(report);
      }

      expect(broken.map(({ seed, violations }) => `REWIND_SEED=${seed}: ${violations[0]}`)).toEqual([]);
    });
  }
});
