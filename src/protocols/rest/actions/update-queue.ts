import { updateQueue } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';
import { QueueChanges, QueueView, refuseOwnDeadLetters, renderQueue, toSettings } from '../queue-attributes.ts';

export const updateQueueAction = action({
  id: 'updateQueue',
  method: 'PATCH',
  path: '/queues/{name}',
  summary: 'Change some attributes of a queue',
  input: { path: QueuePath, body: QueueChanges },
  answers: { 200: QueueView },
  refusals: ['conflict'],
  async answer({ service }, { path: { name }, body }) {
    refuseOwnDeadLetters(name, body);
    const queue = await updateQueue(service, { name, settings: toSettings(body) });
    return { status: 200, body: renderQueue(queue) };
  },
});
