import * as z from 'zod/mini';
import { action } from '../action.ts';
import { fields, oneOf } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { CountedView, countedQueue } from '../queue-counts.ts';

export const getQueueAction = action({
  id: 'getQueue',
  method: 'GET',
  path: '/queues/{name}',
  summary: 'Show a queue: its attributes and how many messages are in which state',
  input: {
    path: QueuePath,
    query: fields({
      /** `recent` writes nothing, and is not exact: for callers that ask again and again. */
      counts: z.optional(oneOf(['true', 'recent'])),
    }),
  },
  answers: { 200: CountedView },
  async answer({ service }, { path: { name }, query: { counts } }) {
    return { status: 200, body: await countedQueue(service, name, counts) };
  },
});
