import * as z from 'zod/mini';
import { type QueueService, queueCounts, recentCounts } from '../../engine/index.ts';
import { fields, instant, wholeNumber } from './fields.ts';
import { QueueView, renderQueue } from './queue-attributes.ts';
import { isoTime } from './times.ts';

const count = () => wholeNumber(0, Number.MAX_SAFE_INTEGER);

const Counts = fields({
  ready: count(),
  delayed: count(),
  inFlight: count(),
  /** Set aside, because they cannot be read; `state=damaged` shows them. */
  damaged: count(),
  deadLettered: count(),
  deleted: count(),
  purged: count(),
  sent: count(),
  rewound: count(),
});

/** The fields of an answer about a queue, beside its attributes. */
export const COUNTED = z.object({
  counts: Counts,
  /** The moment that the counts describe, exactly or approximately. */
  countsAsOf: instant(),
  /** True if the counts are exact for one moment; false if the queue is large, or changed meanwhile. */
  countsExact: z.boolean(),
  oldestReadyAgeSeconds: z.number().check(z.minimum(0)),
});

export const CountedView = z.extend(QueueView, COUNTED.shape);

/** How to count: `true` is exact for small queues and writes barriers; `recent` is as of the last report, and reads. */
export type Counting = 'true' | 'recent';

/** A queue with its counts. @throws QueueError `QueueNotFound` @remarks Cost: see `queueCounts` and `recentCounts` */
export async function countedQueue(
  service: QueueService,
  name: string,
  counting: Counting = 'true',
): Promise<z.output<typeof CountedView>> {
  const count = counting === 'recent' ? recentCounts : queueCounts;
  const { queue, counts, asOfMs, isExact, oldestReadyAgeMs } = await count(service, name);
  return {
    ...renderQueue(queue),
    counts,
    countsAsOf: isoTime(asOfMs),
    countsExact: isExact,
    oldestReadyAgeSeconds: oldestReadyAgeMs / 1_000,
  };
}
