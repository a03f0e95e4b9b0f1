import { expect } from 'vitest';

/** One finding of several in a test: an empty list of problems passes, and the test continues after a failure. */
export function show(title: string, problems: readonly string[]): void {
  expect.soft(problems, title).toEqual([]);
}
