import { createQueue } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, newQueueName } from '../fields.ts';
import { QueueAttributes, QueueView, renderQueue, toSettings } from '../queue-attributes.ts';

export const createQueueAction = action({
  id: 'createQueue',
  method: 'PUT',
  path: '/queues/{name}',
  summary: 'Create a queue, or make sure that it is there with these attributes',
  input: { path: fields({ name: newQueueName() }), body: QueueAttributes },
  answers: { 200: QueueView, 201: QueueView },
  refusals: ['queueExists', 'conflict'],
  async answer({ service }, { path, body }) {
    const { queue, isNew } = await createQueue(service, { name: path.name, settings: toSettings(body) });
    return { status: isNew ? 201 : 200, body: renderQueue(queue) };
  },
});
