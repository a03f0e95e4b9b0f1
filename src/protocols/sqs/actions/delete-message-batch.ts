import { deleteMessages } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { answerReceipts, checkBatch } from '../batch.ts';
import { list, required, structure, text } from '../shapes.ts';

const ENTRY = 'DeleteMessageBatchRequestEntry';
const Entry = structure({ Id: required(text), ReceiptHandle: required(text) });

export const deleteMessageBatchAction = queueAction({
  name: 'DeleteMessageBatch',
  right: 'receive',
  input: { Entries: list(Entry, ENTRY) },
  async answer({ host }, queue, { Entries }) {
    const entries = checkBatch(Entries, ENTRY);
    const receipts = entries.map(({ ReceiptHandle }) => ReceiptHandle);
    return answerReceipts(entries, await deleteMessages(host.service, { queue, receipts }), { isDelete: true });
  },
});
