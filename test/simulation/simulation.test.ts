import { describe, expect, it } from 'vitest';
import { QUEUE_CHANGES } from './queue-changes.ts';
import { type Report, simulate } from './run.ts';

const SEEDS = 500;
const SEEDS_PER_TEST = 10;
/** What some of the worlds must have seen, or the simulation no longer tries what it says. */
const RARE = [
  'crash',
  'lost',
  'throttled',
  'slow',
  'doubles',
  'deadLettered',
  'staleReceipts',
  'redirects',
  'route split',
  'route merge',
  'route relocate',
  'shard left',
  'cell failure',
  ...QUEUE_CHANGES,
  'exact count',
  'other count',
];

describe('the simulated deployment', () => {
  const seen = new Map<string, number>();

  for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
    const last = first + SEEDS_PER_TEST - 1;
    it(`holds the invariants in worlds ${first} to ${last} (SEED=n npm run simulate)`, async () => {
      const broken: Report[] = [];

      for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
        const report = await simulate({ seed });
        if (report.violations.length > 0) broken.push(report);
        for (const [what, count] of Object.entries(report.counts)) seen.set(what, (seen.get(what) ?? 0) + count);
      }

      expect(broken.map(({ seed, violations }) => `SEED=${seed}: ${violations[0]?.what}`)).toEqual([]);
    });
  }

  it('reaches what it is there for', () => {
    const missed = RARE.filter((what) => (seen.get(what) ?? 0) === 0);

    expect(missed).toEqual([]);
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
