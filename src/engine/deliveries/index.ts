/**
 * Work on single deliveries: contents, receipts, marks, redirects, moves.
 * Every step of the road uses it, and it knows nothing of queues.
 */

export { AnswerRoom } from './answer-room.ts';
export {
  type Content,
  contentsOf,
  fetchSources,
  type IdentifiedMessage,
  identityOf,
  NO_SOURCES,
  type ReadMessage,
  readContents,
  type Selection,
  type Sources,
} from './contents.ts';
export {
  isUnanswered,
  markMoved,
  markRepeatedly,
  removeIfFinished,
  removeRepeatedly,
  unanswered,
} from './mark-repeatedly.ts';
export { type Move, type MoveOutcome, moveMessages } from './move-messages.ts';
export {
  answerGroup,
  distinctIndexes,
  groupReceipts,
  type ReceiptGroup,
  type ReceiptOutcome,
  repeatWhereMoved,
  unlessRefused,
  wasDeleted,
} from './receipts.ts';
export { type ReceivedMessage, receivedMessage } from './received-message.ts';
export { noteRedirect, removeFinished } from './redirects.ts';
export { damageOf, locationOf, setAside } from './set-aside.ts';
