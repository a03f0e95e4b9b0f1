import { send } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { checkSizes, OUTGOING, parseOutgoing } from '../sending.ts';

export const sendMessageAction = queueAction({
  name: 'SendMessage',
  right: 'send',
  input: OUTGOING,
  async answer(call, queue, input) {
    const outgoing = parseOutgoing(call, input);
    await checkSizes(call, queue, [outgoing]);
    const [outcome] = await send(call.host.service, { queue, messages: [outgoing.message] });
    if (outcome === undefined || 'error' in outcome) throw outcome?.error ?? new Error('a message has no outcome');
    return { ...outgoing.digests, MessageId: outcome.id };
  },
});
