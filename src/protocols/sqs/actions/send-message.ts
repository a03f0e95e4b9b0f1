import { send } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { SqsError } from '../errors.ts';
import { messageBytesMax, OUTGOING, parseOutgoing } from '../sending.ts';

const tooLong = (max: number): SqsError =>
  new SqsError(
    'InvalidParameterValueException',
    `One or more parameters are invalid. Reason: Message must be shorter than ${max} bytes.`,
  );

export const sendMessageAction = queueAction({
  name: 'SendMessage',
  right: 'send',
  input: OUTGOING,
  async answer(call, queue, input) {
    const outgoing = parseOutgoing(call, input);
    const bytesMax = await messageBytesMax(call, queue, outgoing.bytes);
    if (outgoing.bytes > bytesMax) throw tooLong(bytesMax);
    const [outcome] = await send(call.host.service, { queue, messages: [outgoing.message] });
    if (outcome === undefined || 'error' in outcome) throw outcome?.error ?? new Error('a message has no outcome');
    return { ...outgoing.digests, MessageId: outcome.id };
  },
});
