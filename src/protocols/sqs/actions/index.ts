import type { Action } from '../action.ts';
import { addPermissionAction } from './add-permission.ts';
import { cancelMessageMoveTaskAction } from './cancel-message-move-task.ts';
import { changeMessageVisibilityAction } from './change-message-visibility.ts';
import { changeMessageVisibilityBatchAction } from './change-message-visibility-batch.ts';
import { createQueueAction } from './create-queue.ts';
import { deleteMessageAction } from './delete-message.ts';
import { deleteMessageBatchAction } from './delete-message-batch.ts';
import { deleteQueueAction } from './delete-queue.ts';
import { getQueueAttributesAction } from './get-queue-attributes.ts';
import { getQueueUrlAction } from './get-queue-url.ts';
import { listDeadLetterSourceQueuesAction } from './list-dead-letter-source-queues.ts';
import { listMessageMoveTasksAction } from './list-message-move-tasks.ts';
import { listQueueTagsAction } from './list-queue-tags.ts';
import { listQueuesAction } from './list-queues.ts';
import { purgeQueueAction } from './purge-queue.ts';
import { receiveMessageAction } from './receive-message.ts';
import { removePermissionAction } from './remove-permission.ts';
import { sendMessageAction } from './send-message.ts';
import { sendMessageBatchAction } from './send-message-batch.ts';
import { setQueueAttributesAction } from './set-queue-attributes.ts';
import { startMessageMoveTaskAction } from './start-message-move-task.ts';
import { tagQueueAction } from './tag-queue.ts';
import { untagQueueAction } from './untag-queue.ts';

/** Every call of SQS, by name. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  [
    sendMessageAction,
    sendMessageBatchAction,
    receiveMessageAction,
    deleteMessageAction,
    deleteMessageBatchAction,
    changeMessageVisibilityAction,
    changeMessageVisibilityBatchAction,
    createQueueAction,
    getQueueUrlAction,
    listQueuesAction,
    deleteQueueAction,
    getQueueAttributesAction,
    setQueueAttributesAction,
    purgeQueueAction,
    tagQueueAction,
    untagQueueAction,
    listQueueTagsAction,
    addPermissionAction,
    removePermissionAction,
    listDeadLetterSourceQueuesAction,
    startMessageMoveTaskAction,
    listMessageMoveTasksAction,
    cancelMessageMoveTaskAction,
  ].map((action) => [action.name, action]),
);
