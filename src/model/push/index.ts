/**
 * Rules of pushing messages to a target: who may push for a queue, how many calls may run, and what the end of a call
 * means for its messages.
 */
export { failedItems } from './item-failures.ts';
export {
  type Budget,
  isAsleep,
  isOwn,
  messagesForNextCall,
  type PushLease,
  type PushLimits,
  planFree,
  planSleep,
  planSlot,
  planTakeOver,
  runningSlots,
  type Slot,
} from './lease.ts';
export { type CallEnd, type CallFailure, type Verdict, verdictOn } from './outcome.ts';
export type { PushDestination, PushFormat } from './subscription.ts';
