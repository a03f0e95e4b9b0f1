import { action } from '../action.ts';
import { QueuePath } from '../messages.ts';
import { CountedView, countedQueue } from '../queue-counts.ts';

export const getQueueAction = action({
  id: 'getQueue',
  method: 'GET',
  path: '/queues/{name}',
  summary: 'Show a queue: its attributes and how many messages are in which state',
  input: { path: QueuePath },
  answers: { 200: CountedView },
  async answer({ service }, { path: { name } }) {
    return { status: 200, body: await countedQueue(service, name) };
  },
});
