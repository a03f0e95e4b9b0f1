import * as z from 'zod/mini';
import { listQueues } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, queueName, queueNamePrefix, text, wholeNumberText } from '../fields.ts';
import { QueueView, renderQueue } from '../queue-attributes.ts';

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;

export const listQueuesAction = action({
  id: 'listQueues',
  method: 'GET',
  path: '/queues',
  summary: 'List queues by name',
  input: {
    query: fields({
      prefix: z.optional(queueNamePrefix()),
      limit: z.optional(wholeNumberText(1, LIMIT_MAX)),
      /** The name that the page before ended with. */
      cursor: z.optional(queueName()),
    }),
  },
  answers: { 200: z.object({ queues: z.array(QueueView), cursor: z.optional(text()) }) },
  async answer({ service }, { query: { prefix = '', limit = LIMIT_DEFAULT, cursor } }) {
    const page = await listQueues(service, { prefix, limit, ...(cursor === undefined ? {} : { after: cursor }) });
    const queues = page.queues.map(renderQueue);
    return { status: 200, body: page.next === undefined ? { queues } : { queues, cursor: page.next } };
  },
});
