/**
 * How leased deliveries take over due ones, and what a claim clears or moves on its way.
 * `claim.ts` in front decides which of the messages are answered.
 */

export { claimLeases, type HeldLease, type LeaseCommand, leaseTakes } from './claim-leases.ts';
export { consumedElsewhere, isYoung } from './consumed-elsewhere.ts';
export { deadLetter } from './dead-letter.ts';
export { dueSinceMs } from './due-since.ts';
export { expireDue } from './expire-messages.ts';
export { refuseIfTroubled } from './trouble.ts';
