import { describe, expect, it } from 'vitest';
import { simulatePushing } from './pushing/run.ts';

const WORLDS = 200;

describe('a queue that pushes', () => {
  it('keeps its promises in random worlds', () => {
    const broken = Array.from({ length: WORLDS }, (_, index) => [index + 1, ...simulatePushing(index + 1)]);

    expect(broken.filter(({ length }) => length > 1)).toEqual([]);
  });
});
