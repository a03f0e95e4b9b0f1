import { describe, expect, it } from 'vitest';
import { runs } from '../support/runs.ts';
import { simulatePushing } from './pushing/run.ts';

const WORLDS = runs(200).numRuns;

describe('a queue that pushes', () => {
  it('keeps its promises in random worlds', () => {
    const broken = Array.from({ length: WORLDS }, (_, index) => [index + 1, ...simulatePushing(index + 1)]);

    expect(broken.filter(({ length }) => length > 1)).toEqual([]);
  });
});
