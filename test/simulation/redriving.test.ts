import { expect, it } from 'vitest';
import { simulateRedrive } from './redriving.ts';

const WORLDS = 12;

it('keeps the promises of redrives in random worlds', { timeout: 120_000 }, async () => {
  const broken: unknown[] = [];
  for (let seed = 1; seed <= WORLDS; seed++) {
    const { violations } = await simulateRedrive({ seed });
    if (violations.length > 0) broken.push([seed, ...violations]);
  }

  expect(broken).toEqual([]);
});
