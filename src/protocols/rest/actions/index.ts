import type { Action } from '../action.ts';
import { changeVisibilityAction } from './change-visibility.ts';
import { createQueueAction } from './create-queue.ts';
import { deleteMessagesAction } from './delete-messages.ts';
import { deleteQueueAction } from './delete-queue.ts';
import { findMessageAction } from './find-message.ts';
import { getHealthAction } from './get-health.ts';
import { describingAction } from './get-openapi.ts';
import { getQueueAction } from './get-queue.ts';
import { listQueuesAction } from './list-queues.ts';
import { lookAtMessagesAction } from './look-at-messages.ts';
import { purgeQueueAction } from './purge-queue.ts';
import { receiveMessagesAction } from './receive-messages.ts';
import { sendMessagesAction } from './send-messages.ts';
import { undoPurgeAction } from './undo-purge.ts';
import { updateQueueAction } from './update-queue.ts';

/** Calls by the function that serves them in a deployment: they scale, and have their permissions, apart. */
export const SEND_ACTIONS: readonly Action[] = [sendMessagesAction];
export const RECEIVE_ACTIONS: readonly Action[] = [receiveMessagesAction];
export const DELETE_ACTIONS: readonly Action[] = [deleteMessagesAction, changeVisibilityAction];

const MESSAGE_ACTIONS = [...SEND_ACTIONS, ...RECEIVE_ACTIONS, ...DELETE_ACTIONS];
const QUEUE_ACTIONS: readonly Action[] = [
  createQueueAction,
  listQueuesAction,
  getQueueAction,
  updateQueueAction,
  deleteQueueAction,
  purgeQueueAction,
  undoPurgeAction,
  lookAtMessagesAction,
  findMessageAction,
  getHealthAction,
];

export const ADMIN_ACTIONS: readonly Action[] = [
  ...QUEUE_ACTIONS,
  describingAction([...QUEUE_ACTIONS, ...MESSAGE_ACTIONS]),
];
export const ALL_ACTIONS: readonly Action[] = [...ADMIN_ACTIONS, ...MESSAGE_ACTIONS];
