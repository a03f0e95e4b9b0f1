import * as z from 'zod/mini';
import { changeVisibility } from '../../../engine/index.ts';
import { RECEIPTS_PER_CALL_MAX, VISIBILITY_MS_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { FailedReceipt, failedReceipts, receiptList } from '../receipts.ts';

export const changeVisibilityAction = action({
  id: 'changeVisibility',
  method: 'POST',
  path: '/queues/{name}/visibility',
  summary: 'Hold messages longer from now on, or give them back: at once with 0',
  input: {
    path: QueuePath,
    body: fields({ receipts: receiptList(), visibilitySeconds: wholeNumber(0, VISIBILITY_MS_MAX / 1_000) }),
  },
  answers: {
    200: fields({ changed: wholeNumber(0, RECEIPTS_PER_CALL_MAX), failed: z.array(FailedReceipt) }),
  },
  async answer({ service }, { path: { name }, body: { receipts, visibilitySeconds } }) {
    const visibilityMs = visibilitySeconds * 1_000;
    const entries = receipts.map((receipt) => ({ receipt, visibilityMs }));
    const outcomes = await changeVisibility(service, { queue: name, entries });
    const failed = failedReceipts(receipts, outcomes);
    return { status: 200, body: { changed: receipts.length - failed.length, failed } };
  },
});
