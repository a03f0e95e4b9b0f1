import { changeVisibility, type QueueService, type ReceivedMessage, receive } from '../../../engine/index.ts';
import { VISIBILITY_MS_MAX, WAIT_MS_MAX } from '../../../model/limits.ts';
import { queueAction } from '../action.ts';
import { invalidValue } from '../errors.ts';
import { incomingViews } from '../receiving.ts';
import { integer, list, text } from '../shapes.ts';
import { xmlBytes } from '../xml.ts';

/** SQS's limit of one receive. */
const MESSAGES_MAX = 10;

export const receiveMessageAction = queueAction({
  name: 'ReceiveMessage',
  right: 'receive',
  input: {
    AttributeNames: list(text, 'AttributeName'),
    MessageSystemAttributeNames: list(text, 'MessageSystemAttributeName'),
    MessageAttributeNames: list(text, 'MessageAttributeName'),
    MaxNumberOfMessages: integer,
    VisibilityTimeout: integer,
    WaitTimeSeconds: integer,
    ReceiveRequestAttemptId: text,
  },
  async answer(call, queue, input) {
    const { MaxNumberOfMessages: max = 1, VisibilityTimeout, WaitTimeSeconds } = input;
    if (max < 1 || max > MESSAGES_MAX) {
      throw invalidValue('MaxNumberOfMessages', max, `Must be between 1 and ${MESSAGES_MAX}, if provided.`);
    }
    const { service } = call.host;
    const messages = await receive(service, {
      queue,
      max,
      bytesOf: call.isXml ? xmlBytes : undefined,
      holder: call.key?.id ?? call.caller?.name,
      ...(call.caller === undefined ? {} : { caller: call.caller }),
      ...(WaitTimeSeconds === undefined ? {} : { waitMs: toMs('WaitTimeSeconds', WaitTimeSeconds, WAIT_MS_MAX) }),
      ...(VisibilityTimeout === undefined
        ? {}
        : { visibilityMs: toMs('VisibilityTimeout', VisibilityTimeout, VISIBILITY_MS_MAX) }),
    });
    const views = await incomingViews(call, input, messages);
    // The caller has left and will delete nothing, so the next consumer need not wait for these leases to end. Asked
    // last: after another wait for the store it might have left since.
    if (call.caller?.isGone === true) await giveBack(service, queue, messages);
    // Without messages the list is absent: old clients test its presence.
    return messages.length === 0 ? {} : { Messages: views };
  },
});

function toMs(name: string, seconds: number, maxMs: number): number {
  if (seconds >= 0 && seconds * 1_000 <= maxMs) return seconds * 1_000;
  throw invalidValue(name, seconds, `Must be >= 0 and <= ${maxMs / 1_000}, if provided.`);
}

async function giveBack(service: QueueService, queue: string, messages: readonly ReceivedMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await changeVisibility(service, { queue, entries: messages.map(({ receipt }) => ({ receipt, visibilityMs: 0 })) });
}
