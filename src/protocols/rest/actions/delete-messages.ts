import * as z from 'zod/mini';
import { deleteMessages } from '../../../engine/index.ts';
import { RECEIPTS_PER_CALL_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { FailedReceipt, failedReceipts, receiptList } from '../receipts.ts';

export const deleteMessagesAction = action({
  id: 'deleteMessages',
  method: 'POST',
  path: '/queues/{name}/delete',
  summary: 'Delete messages by their receipts; repeating it changes nothing',
  input: { path: QueuePath, body: fields({ receipts: receiptList() }) },
  answers: {
    200: fields({ deleted: wholeNumber(0, RECEIPTS_PER_CALL_MAX), failed: z.array(FailedReceipt) }),
  },
  async answer({ service }, { path: { name }, body: { receipts } }) {
    const outcomes = await deleteMessages(service, { queue: name, receipts });
    const failed = failedReceipts(receipts, outcomes);
    return { status: 200, body: { deleted: receipts.length - failed.length, failed } };
  },
});
