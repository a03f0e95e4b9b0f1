import { pauseSubscription } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { renderSubscription, SubscriptionView } from '../subscription-view.ts';

export const pauseSubscriptionAction = action({
  id: 'pauseSubscription',
  method: 'POST',
  path: '/queues/{name}/subscription/pause',
  summary: 'Pause the subscription of a queue: nothing new begins',
  input: { path: QueuePath, body: fields({}) },
  answers: { 200: SubscriptionView },
  refusals: ['notFound', 'conflict'],
  async answer({ service }, { path: { name } }) {
    return { status: 200, body: renderSubscription(await pauseSubscription(service, name)) };
  },
});
