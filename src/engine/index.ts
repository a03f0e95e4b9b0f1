/** The steps, in the order of the road; then what stands beside it. */

export { AccessKeys, type NewKey, type OpenKey } from './access-keys.ts';
export { type DeleteCommand, deleteMessages } from './ack.ts';
export { archive } from './archive.ts';
export { type ChangeVisibilityCommand, changeVisibility } from './change-visibility.ts';
export { compactDue } from './compact-due.ts';
export { type ControlOptions, control } from './control/control.ts';
export { lookAtCells, lookAtRoute } from './control/look-at-routes.ts';
export { refuseWhileNamed, sourcesOf } from './dead-letter-sources.ts';
export { discardDue } from './discard.ts';
export { expireArchive } from './expire-archive.ts';
export { expireDue } from './expire-messages.ts';
export { type FindCommand, type FindOutcome, findMessage } from './find-message.ts';
export { removeFinishedHolds } from './finished-holds.ts';
export { oldestReadyMs } from './oldest-ready.ts';
export { type MessageState, type PeekCommand, peek, type SeenMessage } from './peek.ts';
export { purgeQueue, undoPurge } from './purge.ts';
export {
  type CreateQueueCommand,
  createQueue,
  deletedAt,
  deleteQueue,
  getQueue,
  listQueues,
  type UpdateQueueCommand,
  updateQueue,
} from './queues.ts';
export type { ReceiptOutcome } from './receipts.ts';
export { type ReceiveCommand, receive } from './receive.ts';
export type { ReceivedMessage } from './received-message.ts';
export { type RedriveCommand, startRedrive } from './redrive.ts';
export { repairPayloads } from './repair-payloads.ts';
export { reportLoad } from './report-load.ts';
export { type RestoreCommand, restoreQueue } from './restore.ts';
export { placeItems, type RewindItem, type RewindName, shareOutRewind } from './rewind-in-steps.ts';
export { getRewind, listRewinds, removeOldRewinds, unfinishedRewinds } from './rewind-records.ts';
export {
  cancelRewind,
  countRewind,
  type RewindCommand,
  type RewindCount,
  startRewind,
} from './rewinds.ts';
export { runRewind } from './run-rewind.ts';
export { type SendCommand, type SendOutcome, send } from './send.ts';
export { type Damage, type EngineSettings, openQueueService, type Ports, type QueueService } from './service.ts';
export { queueCounts } from './stats.ts';
export { checkFormat, noteFormat } from './stored-format.ts';
export { undoInterrupted } from './undo-interrupted.ts';
