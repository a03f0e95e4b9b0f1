import { send } from '../../../engine/index.ts';
import { MESSAGE_BYTES_MAX } from '../../../model/limits.ts';
import { queueAction } from '../action.ts';
import { batchAnswer, checkBatch, failedEntry } from '../batch.ts';
import { SqsError } from '../errors.ts';
import { messageBytesMax, OUTGOING, type Outgoing, parseOutgoing } from '../sending.ts';
import { list, required, structure, text } from '../shapes.ts';

const ENTRY = 'SendMessageBatchRequestEntry';
const Entry = structure({ Id: required(text), ...OUTGOING });

export const sendMessageBatchAction = queueAction({
  name: 'SendMessageBatch',
  right: 'send',
  input: { Entries: list(Entry, ENTRY) },
  async answer(call, queue, { Entries }) {
    const entries = checkBatch(Entries, ENTRY);
    const failed: ReturnType<typeof failedEntry>[] = [];
    const parsed = entries.flatMap((entry) => {
      try {
        return [{ id: entry.Id, outgoing: parseOutgoing(call, entry) }];
      } catch (error) {
        failed.push(failedEntry(entry.Id, error));
        return [];
      }
    });
    checkBatchSize(parsed.map(({ outgoing }) => outgoing));
    const bytesMax = await messageBytesMax(call, queue, Math.max(0, ...parsed.map(({ outgoing }) => outgoing.bytes)));
    const fitting = parsed.filter(({ id, outgoing }) => {
      if (outgoing.bytes > bytesMax) failed.push(failedEntry(id, tooLong(bytesMax)));
      return outgoing.bytes <= bytesMax;
    });
    const messages = fitting.map(({ outgoing }) => outgoing.message);
    const outcomes = messages.length === 0 ? [] : await send(call.host.service, { queue, messages });
    const successful = fitting.flatMap(({ id, outgoing }, index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined && 'id' in outcome) return [{ Id: id, MessageId: outcome.id, ...outgoing.digests }];
      failed.push(failedEntry(id, outcome?.error));
      return [];
    });
    return batchAnswer(successful, failed);
  },
});

const tooLong = (max: number): SqsError =>
  new SqsError(
    'InvalidParameterValueException',
    `One or more parameters cannot be validated. Reason: Message must be shorter than ${max} bytes.`,
  );

function checkBatchSize(messages: readonly Outgoing[]): void {
  const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
  if (bytes <= MESSAGE_BYTES_MAX) return;
  const message = `Batch requests cannot be longer than ${MESSAGE_BYTES_MAX} bytes. You have sent ${bytes} bytes.`;
  throw new SqsError('BatchRequestTooLong', message);
}
