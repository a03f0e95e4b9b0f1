import { changeVisibility, type ReceiptOutcome } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { answerReceipts, checkBatch, failedEntry } from '../batch.ts';
import { integer, list, required, structure, text } from '../shapes.ts';
import { visibilityMs } from '../visibility.ts';

const ENTRY = 'ChangeMessageVisibilityBatchRequestEntry';
const Entry = structure({ Id: required(text), ReceiptHandle: required(text), VisibilityTimeout: integer });

export const changeMessageVisibilityBatchAction = queueAction({
  name: 'ChangeMessageVisibilityBatch',
  right: 'receive',
  input: { Entries: list(Entry, ENTRY) },
  async answer({ host }, queue, { Entries }) {
    const refused: ReturnType<typeof failedEntry>[] = [];
    const entries = checkBatch(Entries, ENTRY).flatMap((entry) => {
      try {
        return [{ ...entry, visibilityMs: visibilityMs(entry.VisibilityTimeout ?? 0) }];
      } catch (error) {
        refused.push(failedEntry(entry.Id, error));
        return [];
      }
    });
    const changes = entries.map(({ ReceiptHandle: receipt, visibilityMs: ms }) => ({ receipt, visibilityMs: ms }));
    const outcomes: readonly ReceiptOutcome[] =
      changes.length === 0 ? [] : await changeVisibility(host.service, { queue, entries: changes });
    return answerReceipts(entries, outcomes, { isDelete: false, refused });
  },
});
