/**
 * Jobs that no caller waits for: discard, expiry, compaction, repair, and what a start undoes.
 * Each continues where the last run stopped, and two at once do no harm.
 */

export { compactHour } from './compact.ts';
export { type FailedJob, runUpkeep } from './jobs.ts';
export { undoInterrupted } from './undo-interrupted.ts';
