import { changeVisibility } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { receiptError } from '../batch.ts';
import { integer, required, text } from '../shapes.ts';
import { visibilityMs } from '../visibility.ts';

export const changeMessageVisibilityAction = queueAction({
  name: 'ChangeMessageVisibility',
  right: 'receive',
  input: { ReceiptHandle: required(text), VisibilityTimeout: required(integer) },
  async answer({ host }, queue, { ReceiptHandle: receipt, VisibilityTimeout }) {
    const entries = [{ receipt, visibilityMs: visibilityMs(VisibilityTimeout) }];
    const [outcome = 'unavailable'] = await changeVisibility(host.service, { queue, entries });
    const error = receiptError(receipt, outcome, false);
    if (error !== undefined) throw error;
    return undefined;
  },
});
