import { unsubscribe } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields } from '../fields.ts';
import { QueuePath } from '../messages.ts';

export const deleteSubscriptionAction = action({
  id: 'deleteSubscription',
  method: 'DELETE',
  path: '/queues/{name}/subscription',
  summary: 'End the subscription of a queue',
  input: { path: QueuePath },
  answers: { 200: fields({}) },
  refusals: ['notFound', 'conflict'],
  async answer({ service }, { path: { name } }) {
    await unsubscribe(service, name);
    return { status: 200, body: {} };
  },
});
