import { subscribe } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';
import { renderSubscription, SubscriptionFields, SubscriptionView, toSubscription } from '../subscription-view.ts';

export const putSubscriptionAction = action({
  id: 'putSubscription',
  method: 'PUT',
  path: '/queues/{name}/subscription',
  summary: 'Let a queue push its messages to a target, or replace its subscription',
  input: { path: QueuePath, body: SubscriptionFields },
  answers: { 200: SubscriptionView, 201: SubscriptionView },
  refusals: ['conflict'],
  async answer({ service }, { path: { name }, body }) {
    const { isNew, ...state } = await subscribe(service, name, toSubscription(body));
    return { status: isNew ? 201 : 200, body: renderSubscription(state) };
  },
});
