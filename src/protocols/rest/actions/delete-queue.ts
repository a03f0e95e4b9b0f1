import { deleteQueue } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';

export const deleteQueueAction = action({
  id: 'deleteQueue',
  method: 'DELETE',
  path: '/queues/{name}',
  summary: 'Delete a queue and all that is in it',
  input: { path: QueuePath },
  answers: { 204: undefined },
  refusals: ['conflict'],
  async answer({ service }, { path: { name } }) {
    await deleteQueue(service, name);
    return { status: 204 };
  },
});
