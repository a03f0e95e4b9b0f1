import { expect } from 'vitest';

/** One finding of a test that shows several: no problem is a pass, and the test goes on behind one that is not. */
export function show(title: string, problems: readonly string[]): void {
  expect.soft(problems, title).toEqual([]);
}
