/**
 * Push: a queue with a subscription calls a target with its messages. One dispatcher a queue works at a time, by the
 * rules of `model/push`.
 */

export { dispatch } from './dispatch.ts';
export type { DispatchCommand, Dispatched } from './dispatch-command.ts';
export { createSigningKey, deleteSigningKey, listSigningKeys, SigningKeyRing } from './signing-keys.ts';
export {
  getSubscription,
  pauseSubscription,
  resumeSubscription,
  type SubscriptionState,
  subscribe,
  subscribedQueueNames,
  unsubscribe,
} from './subscriptions.ts';
export { waitForWork } from './wait-for-work.ts';
export {
  type Arrival,
  type CallDispatcher,
  noteWhatWasLost,
  type WakeUp,
  wake,
  wakeDue,
  wakeForArrivals,
} from './wake.ts';
