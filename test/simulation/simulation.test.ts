import { describe, expect, it } from 'vitest';
import { type Report, simulate } from './run.ts';

/** Enough to show a change that breaks much; CI tries more of them (`npm run simulate`). */
const SEEDS = [1, 2, 3, 4, 5];

describe('the simulated deployment', () => {
  it('holds the invariants in some worlds (SEED=n npm run simulate)', async () => {
    const broken: Report[] = [];

    for (const seed of SEEDS) {
      const report = await simulate({ seed });
      if (report.violations.length > 0) broken.push(report);
    }

    expect(broken.map(({ seed, violations }) => `SEED=${seed}: ${violations[0]?.what}`)).toEqual([]);
  });

  it('tells the same story for the same seed', async () => {
    const stories = [await told(7), await told(7), await told(8)];

    expect(stories[1]).toEqual(stories[0]);
    expect(stories[2]).not.toEqual(stories[0]);
  });
});

async function told(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await simulate({ seed, trace: (line) => lines.push(line) });
  return lines;
}
