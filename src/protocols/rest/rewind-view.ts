import * as z from 'zod/mini';
import type { RewindJob } from '../../model/rewind.ts';
import { fields, instant, oneOf, queueName, text, wholeNumber } from './fields.ts';
import { isoTime } from './times.ts';

const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** Path of the calls on one rewind. */
export const RewindPath = fields({ name: queueName(), id: text() });

/** Attributes that messages must have, with these values. */
export const rewindFilter = () =>
  fields({ attributes: z.record(text(), text(), { error: 'an object of attribute values by name' }) });

export const RewindView = z.object({
  id: text(),
  state: oneOf(['running', 'done', 'failed', 'cancelled']),
  by: oneOf(['sentAt', 'deletedAt']),
  from: instant(),
  to: instant(),
  into: text(),
  startedAt: instant(),
  finishedAt: z.optional(instant()),
  /** The range began before anything that is kept: what is rewound begins here. */
  cutTo: z.optional(instant()),
  objectsTotal: wholeNumber(0, COUNT_MAX),
  objectsDone: wholeNumber(0, COUNT_MAX),
  messagesMatched: wholeNumber(0, COUNT_MAX),
  messagesRewound: wholeNumber(0, COUNT_MAX),
  percent: wholeNumber(0, 100),
  error: z.optional(text()),
});

export function renderRewind(job: RewindJob): z.output<typeof RewindView> {
  return {
    id: job.id,
    state: job.state,
    by: job.by,
    from: isoTime(job.fromMs),
    to: isoTime(job.toMs),
    into: job.targetName,
    startedAt: isoTime(job.startedAtMs),
    ...(job.finishedAtMs === undefined ? {} : { finishedAt: isoTime(job.finishedAtMs) }),
    ...(job.cutToMs === undefined ? {} : { cutTo: isoTime(job.cutToMs) }),
    objectsTotal: job.objectsTotal,
    objectsDone: job.objectsDone,
    messagesMatched: job.messagesMatched,
    messagesRewound: job.messagesRewound,
    percent: percentOf(job),
    ...(job.error === undefined ? {} : { error: job.error }),
  };
}

function percentOf({ state, objectsDone, objectsTotal }: RewindJob): number {
  if (state === 'done') return 100;
  return objectsTotal === 0 ? 0 : Math.floor((100 * objectsDone) / objectsTotal);
}
