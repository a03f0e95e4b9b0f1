import { getSubscription } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';
import { renderSubscription, SubscriptionView } from '../subscription-view.ts';

export const getSubscriptionAction = action({
  id: 'getSubscription',
  method: 'GET',
  path: '/queues/{name}/subscription',
  summary: 'Show the subscription of a queue, and what its calls do',
  input: { path: QueuePath },
  answers: { 200: SubscriptionView },
  refusals: ['notFound'],
  async answer({ service }, { path: { name } }) {
    return { status: 200, body: renderSubscription(await getSubscription(service, name)) };
  },
});
