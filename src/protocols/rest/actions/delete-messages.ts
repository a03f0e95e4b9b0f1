import * as z from 'zod/mini';
import { deleteMessages, type QueueService } from '../../../engine/index.ts';
import { RECEIPTS_PER_CALL_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { FailedReceipt, failedReceipts, receiptList } from '../receipts.ts';

/** How many receipts were deleted, and which were not. */
const Deleted = fields({ deleted: wholeNumber(0, RECEIPTS_PER_CALL_MAX), failed: z.array(FailedReceipt) });

export const deleteMessagesAction = action({
  id: 'deleteMessages',
  method: 'POST',
  path: '/queues/{name}/delete',
  summary: 'Delete messages by their receipts; repeating it changes nothing',
  input: { path: QueuePath, body: fields({ receipts: receiptList() }) },
  answers: { 200: Deleted },
  async answer({ service }, { path: { name }, body: { receipts } }) {
    return { status: 200, body: await deleteReceipts(service, name, receipts) };
  },
});

/** @throws Refusal when the store refused all of them; QueueError `QueueNotFound` */
export async function deleteReceipts(
  service: QueueService,
  queue: string,
  receipts: readonly string[],
): Promise<z.output<typeof Deleted>> {
  const failed = failedReceipts(receipts, await deleteMessages(service, { queue, receipts }));
  return { deleted: receipts.length - failed.length, failed };
}
