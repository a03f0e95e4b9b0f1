import { expect } from 'vitest';

/**
 * One finding of a test that shows several: an empty list of problems passes, and the test continues after a failure.
 */
export function show(title: string, problems: readonly string[]): void {
  expect.soft(problems, title).toEqual([]);
}
