import { resumeSubscription } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { renderSubscription, SubscriptionView } from '../subscription-view.ts';

export const resumeSubscriptionAction = action({
  id: 'resumeSubscription',
  method: 'POST',
  path: '/queues/{name}/subscription/resume',
  summary: 'Go on with the subscription of a queue',
  input: { path: QueuePath, body: fields({}) },
  answers: { 200: SubscriptionView },
  refusals: ['notFound', 'conflict'],
  async answer({ service }, { path: { name } }) {
    return { status: 200, body: renderSubscription(await resumeSubscription(service, name)) };
  },
});
