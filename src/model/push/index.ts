/**
 * Rules of pushing messages to a target: which dispatcher may push for a queue, how many calls may run, and what the
 * end of a call means for its messages.
 */
export type { Breaker } from './breaker.ts';
export { dueName, dueOf, SOON_MS, WAKE_AGAIN_MS, wakeAtMs } from './due.ts';
export { HOPS, HOPS_BYTES, HOPS_MAX, hopsOf, isLooping, MAX_HOPS, withHops } from './hops.ts';
export { failedItems } from './item-failures.ts';
export {
  isAsleep,
  isOwn,
  messagesForNextCall,
  type Part,
  type PushLease,
  type PushLimits,
  planEnd,
  planFree,
  planSleep,
  planSlot,
  planStay,
  planTakeOver,
  roomAtMs,
  runningCalls,
  runningSlots,
} from './lease.ts';
export { type CallEnd, type CallFailure, type Verdict, verdictOn } from './outcome.ts';
export { planEndPart, planOwnPart, planPart, type Share, shareOf } from './parts.ts';
export { type SigningKey, shownPrefix, signingSecret } from './signing-key.ts';
export { isPushing, type PushDestination, type PushFormat, pushLeaseMs, type Subscription } from './subscription.ts';
