import * as z from 'zod/mini';
import { queueCounts } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { fields, instant, wholeNumber } from '../fields.ts';
import { QueuePath } from '../messages.ts';
import { QueueView, renderQueue } from '../queue-attributes.ts';
import { isoTime } from '../times.ts';

const count = () => wholeNumber(0, Number.MAX_SAFE_INTEGER);

const Counts = fields({
  ready: count(),
  delayed: count(),
  inFlight: count(),
  deadLettered: count(),
  deleted: count(),
  purged: count(),
  sent: count(),
  rewound: count(),
});

export const getQueueAction = action({
  id: 'getQueue',
  method: 'GET',
  path: '/queues/{name}',
  summary: 'Show a queue: its attributes and how many messages are in which state',
  input: { path: QueuePath },
  answers: {
    200: z.extend(QueueView, {
      counts: Counts,
      /** The moment they are exact for, or about describe. */
      countsAsOf: instant(),
      /** True when all of them were so at one moment; false when the queue is large, or changed meanwhile. */
      countsExact: z.boolean(),
      oldestReadyAgeSeconds: z.number().check(z.minimum(0)),
    }),
  },
  async answer({ service }, { path: { name } }) {
    const { queue, counts, asOfMs, isExact, oldestReadyAgeMs } = await queueCounts(service, name);
    return {
      status: 200,
      body: {
        ...renderQueue(queue),
        counts,
        countsAsOf: isoTime(asOfMs),
        countsExact: isExact,
        oldestReadyAgeSeconds: oldestReadyAgeMs / 1_000,
      },
    };
  },
});
