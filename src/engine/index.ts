/** The steps in the order of the road; then what stands beside it. */
// biome-ignore-all assist/source/organizeImports: in the order of the road

export {
  type Damage,
  type EngineSettings,
  openQueueService,
  type Ports,
  type QueueService,
  type Returned,
} from './service.ts';

export { type SendCommand, type SendOutcome, send } from './send.ts';
export { type ReceiveCommand, receive, waitTakenMs } from './receive.ts';
export type { ReceivedMessage, ReceiptOutcome } from './deliveries/index.ts';
export { type DeleteCommand, deleteMessages } from './ack.ts';
export { type ChangeVisibilityCommand, changeVisibility } from './change-visibility.ts';
export { type ByIdCommand, changeVisibilityById, deleteById } from './by-id.ts';
export { archive } from './archive.ts';
export { cancelRewind, countRewind, type RewindCommand, type RewindCount, startRewind } from './rewinds.ts';
export {
  placeItems,
  type RedriveCommand,
  type RewindItem,
  type RewindName,
  runRewind,
  shareOutRewind,
  startRedrive,
} from './rewind/index.ts';

export {
  type CreateQueueCommand,
  createQueue,
  deletedAt,
  deleteQueue,
  listQueues,
  type UpdateQueueCommand,
  updateQueue,
} from './queues.ts';
export { purgeQueue, undoPurge } from './purge.ts';
export { type RestoreCommand, restoreQueue } from './restore.ts';
export {
  checkFormat,
  getQueue,
  getRewind,
  listAllRewinds,
  listRewinds,
  noteFormat,
  refuseWhileNamed,
  sourcesOf,
  unfinishedRewinds,
} from './records/index.ts';
export {
  type FindCommand,
  type FindOutcome,
  findMessage,
  type MessageState,
  oldestReadyMs,
  type PeekCommand,
  peek,
  queueCounts,
  recentCounts,
  type Searched,
  type SeenMessage,
} from './look/index.ts';
export {
  type Arrival,
  type CallDispatcher,
  createSigningKey,
  deleteSigningKey,
  type DispatchCommand,
  type Dispatched,
  dispatch,
  getSubscription,
  listSigningKeys,
  noteWhatWasLost,
  pauseSubscription,
  resumeSubscription,
  SigningKeyRing,
  type SubscriptionState,
  subscribe,
  subscribedQueueNames,
  unsubscribe,
  type WakeUp,
  waitForWork,
  wake,
  wakeDue,
  wakeForArrivals,
} from './push/index.ts';
export { AccessKeys, type NewKey, type OpenKey } from './access-keys.ts';

export { type ControlOptions, control, lookAtCells, lookAtRoute, reportLoad, watchFeeds } from './control/index.ts';
export { type FailedJob, runUpkeep, undoInterrupted } from './upkeep/index.ts';
