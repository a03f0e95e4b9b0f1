import type { Action } from '../action.ts';
import { cancelRewindAction } from './cancel-rewind.ts';
import { changeMessageVisibilityAction } from './change-message-visibility.ts';
import { changeVisibilityAction } from './change-visibility.ts';
import { createQueueAction } from './create-queue.ts';
import { createSigningKeyAction } from './create-signing-key.ts';
import { deleteMessageAction } from './delete-message.ts';
import { deleteMessagesAction } from './delete-messages.ts';
import { deleteQueueAction } from './delete-queue.ts';
import { deleteSigningKeyAction } from './delete-signing-key.ts';
import { deleteSubscriptionAction } from './delete-subscription.ts';
import { findMessageAction } from './find-message.ts';
import { getHealthAction } from './get-health.ts';
import { getHistoryAction } from './get-history.ts';
import { describingAction } from './get-openapi.ts';
import { getQueueAction } from './get-queue.ts';
import { getReadinessAction } from './get-readiness.ts';
import { getRewindAction } from './get-rewind.ts';
import { getRouteAction } from './get-route.ts';
import { getSubscriptionAction } from './get-subscription.ts';
import { listAllRewindsAction } from './list-all-rewinds.ts';
import { listCellsAction } from './list-cells.ts';
import { listHistoryAction } from './list-history.ts';
import { listQueuesAction } from './list-queues.ts';
import { listRewindsAction } from './list-rewinds.ts';
import { listSigningKeysAction } from './list-signing-keys.ts';
import { listUsageAction } from './list-usage.ts';
import { lookAtMessagesAction } from './look-at-messages.ts';
import { pauseSubscriptionAction } from './pause-subscription.ts';
import { purgeQueueAction } from './purge-queue.ts';
import { putSubscriptionAction } from './put-subscription.ts';
import { receiveMessagesAction } from './receive-messages.ts';
import { resetAction } from './reset.ts';
import { restoreQueueAction } from './restore-queue.ts';
import { resumeSubscriptionAction } from './resume-subscription.ts';
import { sendMessagesAction } from './send-messages.ts';
import { startRedriveAction } from './start-redrive.ts';
import { startRewindAction } from './start-rewind.ts';
import { undoPurgeAction } from './undo-purge.ts';
import { updateQueueAction } from './update-queue.ts';

const MESSAGE_ACTIONS: readonly Action[] = [
  sendMessagesAction,
  receiveMessagesAction,
  deleteMessagesAction,
  changeVisibilityAction,
];
const QUEUE_ACTIONS: readonly Action[] = [
  createQueueAction,
  listQueuesAction,
  getQueueAction,
  updateQueueAction,
  deleteQueueAction,
  restoreQueueAction,
  purgeQueueAction,
  undoPurgeAction,
  lookAtMessagesAction,
  findMessageAction,
  deleteMessageAction,
  changeMessageVisibilityAction,
  getRouteAction,
  listCellsAction,
  getHealthAction,
  getReadinessAction,
];

/** Calls that bring back deleted messages. */
const REWIND_ACTIONS: readonly Action[] = [
  startRewindAction,
  listRewindsAction,
  listAllRewindsAction,
  getRewindAction,
  cancelRewindAction,
  startRedriveAction,
];

/** Calls about the past. */
const HISTORY_ACTIONS: readonly Action[] = [getHistoryAction, listHistoryAction, listUsageAction];

/** Calls about pushing. */
const PUSH_ACTIONS: readonly Action[] = [
  putSubscriptionAction,
  getSubscriptionAction,
  deleteSubscriptionAction,
  pauseSubscriptionAction,
  resumeSubscriptionAction,
  createSigningKeyAction,
  listSigningKeysAction,
  deleteSigningKeyAction,
];

const DESCRIBED: readonly Action[] = [
  ...QUEUE_ACTIONS,
  ...MESSAGE_ACTIONS,
  ...REWIND_ACTIONS,
  ...PUSH_ACTIONS,
  ...HISTORY_ACTIONS,
];
export const ALL_ACTIONS: readonly Action[] = [...DESCRIBED, describingAction(DESCRIBED)];

/** The calls of a server that keeps everything in memory. @param reset - empties it */
export function actionsWithReset(reset: () => Promise<void>): readonly Action[] {
  const described = [...DESCRIBED, resetAction(reset)];
  return [...described, describingAction(described)];
}
