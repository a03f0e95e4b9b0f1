/**
 * Rules of the console: what a queue is, in words, lines and numbers. Pure, so that they are tested without a browser.
 */

export * from './actions.ts';
export * from './balance.ts';
export * from './bodies.ts';
export * from './differences.ts';
export * from './draft.ts';
export * from './durations.ts';
export * from './history.ts';
export * from './jobs.ts';
export * from './life.ts';
export * from './lines.ts';
export * from './looks.ts';
export * from './numbers.ts';
export * from './push.ts';
export * from './queue-rows.ts';
export * from './refresh.ts';
export * from './rewind-form.ts';
export * from './search.ts';
export * from './set-up.ts';
export * from './settings.ts';
export * from './states.ts';
export * from './times.ts';
