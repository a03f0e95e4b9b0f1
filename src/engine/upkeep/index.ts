/**
 * Jobs that no caller waits for: discard, expiry, compaction, repair, and what a start undoes.
 * Each goes on where the last run stopped, and two at once do no harm.
 */

export { compactHour } from './compact.ts';
export { compactDue } from './compact-due.ts';
export { discardDue } from './discard.ts';
export { expireArchive } from './expire-archive.ts';
export { removeFinishedHolds } from './finished-holds.ts';
export { repairPayloads } from './repair-payloads.ts';
export { undoInterrupted } from './undo-interrupted.ts';
