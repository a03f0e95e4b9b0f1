import { getSubscription } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';
import { renderFailure, renderSubscription, SubscriptionView } from '../subscription-view.ts';

export const getSubscriptionAction = action({
  id: 'getSubscription',
  method: 'GET',
  path: '/queues/{name}/subscription',
  summary: 'Show the subscription of a queue, and what its calls do',
  input: { path: QueuePath },
  answers: { 200: SubscriptionView },
  refusals: ['notFound'],
  async answer({ service, pushFailures }, { path: { name } }) {
    const view = renderSubscription(await getSubscription(service, name));
    const { queue } = await service.routes.get(name);
    const lastFailures = pushFailures?.of(queue.id).map(renderFailure) ?? [];
    return { status: 200, body: lastFailures.length === 0 ? view : { ...view, lastFailures } };
  },
});
