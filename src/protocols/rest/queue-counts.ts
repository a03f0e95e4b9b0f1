import * as z from 'zod/mini';
import { type QueueService, queueCounts } from '../../engine/index.ts';
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

/** What an answer says of a queue beside its attributes. */
export const COUNTED = z.object({
  counts: Counts,
  /** The moment they are exact for, or about describe. */
  countsAsOf: instant(),
  /** True when all of them were so at one moment; false when the queue is large, or changed meanwhile. */
  countsExact: z.boolean(),
  oldestReadyAgeSeconds: z.number().check(z.minimum(0)),
});

export const CountedView = z.extend(QueueView, COUNTED.shape);

/** A queue with its counts. @throws QueueError `QueueNotFound` @remarks Cost: see `queueCounts` */
export async function countedQueue(service: QueueService, name: string): Promise<z.output<typeof CountedView>> {
  const { queue, counts, asOfMs, isExact, oldestReadyAgeMs } = await queueCounts(service, name);
  return {
    ...renderQueue(queue),
    counts,
    countsAsOf: isoTime(asOfMs),
    countsExact: isExact,
    oldestReadyAgeSeconds: oldestReadyAgeMs / 1_000,
  };
}
