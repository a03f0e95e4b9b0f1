import { describe, expect, it } from 'vitest';
import { simulateRewinds } from './rewinding/run.ts';

describe('simulated rewinds', () => {
  // Enough to show a change that breaks much; CI tries more worlds.
  it('bring exactly their windows in the first world (REWIND_SEED=n npm run simulate)', async () => {
    expect((await simulateRewinds({ seed: 1 })).violations).toEqual([]);
  });
});
