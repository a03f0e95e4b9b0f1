/**
 * Rewinds and redrives at work: which slices to bring back, and how a run continues after a crash.
 * `rewinds.ts` in front starts, shows and cancels them.
 */

export { type RedriveCommand, startRedrive } from './redrive.ts';
export { placeItems, type RewindItem, type RewindName, shareOutRewind } from './rewind-in-steps.ts';
export { planRewind } from './rewind-plan.ts';
export { countSlice } from './rewind-slice.ts';
export { runRewind } from './run-rewind.ts';
