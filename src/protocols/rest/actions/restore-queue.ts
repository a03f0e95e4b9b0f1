import * as z from 'zod/mini';
import { restoreQueue } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, newQueueName } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { QueueView, renderQueue } from '../queue-attributes.ts';

export const restoreQueueAction = action({
  id: 'restoreQueue',
  method: 'POST',
  path: '/queues/{name}/restore',
  summary: 'Undo the deletion of a queue, within an hour; under another name where its own was taken',
  input: { path: QueuePath, body: fields({ as: z.exactOptional(newQueueName()) }) },
  answers: { 200: QueueView },
  refusals: ['notFound', 'queueExists', 'conflict'],
  async answer({ service }, { path: { name }, body }) {
    return { status: 200, body: renderQueue(await restoreQueue(service, { name, ...body })) };
  },
});
