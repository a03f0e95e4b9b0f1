import { deleteMessages } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { receiptError } from '../batch.ts';
import { required, text } from '../shapes.ts';

export const deleteMessageAction = queueAction({
  name: 'DeleteMessage',
  right: 'receive',
  input: { ReceiptHandle: required(text) },
  async answer({ host }, queue, { ReceiptHandle }) {
    const [outcome = 'unavailable'] = await deleteMessages(host.service, { queue, receipts: [ReceiptHandle] });
    const error = receiptError(ReceiptHandle, outcome, true);
    if (error !== undefined) throw error;
    return undefined;
  },
});
