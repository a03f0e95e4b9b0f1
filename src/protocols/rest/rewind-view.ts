import * as z from 'zod/mini';
import { REWIND_PER_SECOND_MAX } from '../../model/limits.ts';
import type { RewindJob } from '../../model/rewind.ts';
import { attribute, fields, instant, oneOf, queueName, text, wholeNumber } from './fields.ts';
import { isoTime } from './times.ts';

const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** Path of the calls on one rewind. */
export const RewindPath = fields({ name: queueName(), id: text() });

/** The required value: a text, or an attribute as it was sent; type and label are not compared. */
const wantedValue = z.pipe(
  z.union([text(), attribute], { error: 'text, or an attribute {type, value} as it was sent' }),
  z.transform((given) => (typeof given === 'string' ? given : given.value)),
);

/** Attributes that messages must have, with these values. */
export const rewindFilter = () =>
  fields({ attributes: z.record(text(), wantedValue, { error: 'an object of attribute values by name' }) });

/** Set when the range began before `cutTo`: earlier deletions are kept no longer, or only in part, and why. */
export const CUT_FIELDS = { cutTo: z.optional(instant()), cutReason: z.optional(text()) };

export const renderCut = ({ cutToMs, cutReason }: Pick<RewindJob, 'cutToMs' | 'cutReason'>) => ({
  ...(cutToMs === undefined ? {} : { cutTo: isoTime(cutToMs) }),
  ...(cutReason === undefined ? {} : { cutReason }),
});

export const RewindView = z.object({
  id: text(),
  state: oneOf(['running', 'done', 'failed', 'cancelled']),
  by: oneOf(['sentAt', 'deletedAt']),
  from: instant(),
  to: instant(),
  into: text(),
  startedAt: instant(),
  finishedAt: z.optional(instant()),
  ...CUT_FIELDS,
  /** Messages a second, on average since the start; absent: unlimited. */
  perSecond: z.optional(wholeNumber(1, REWIND_PER_SECOND_MAX)),
  objectsTotal: wholeNumber(0, COUNT_MAX),
  objectsDone: wholeNumber(0, COUNT_MAX),
  messagesMatched: wholeNumber(0, COUNT_MAX),
  messagesRewound: wholeNumber(0, COUNT_MAX),
  /** The most messages that may match but cannot be brought back: their storage is damaged or missing. */
  damaged: wholeNumber(0, COUNT_MAX),
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
    ...renderCut(job),
    ...(job.perSecond === undefined ? {} : { perSecond: job.perSecond }),
    objectsTotal: job.objectsTotal,
    objectsDone: job.objectsDone,
    messagesMatched: job.messagesMatched,
    messagesRewound: job.messagesRewound,
    damaged: job.damaged ?? 0,
    percent: percentOf(job),
    ...(job.error === undefined ? {} : { error: job.error }),
  };
}

function percentOf({ state, objectsDone, objectsTotal, redrive, messagesRewound }: RewindJob): number {
  if (state === 'done') return 100;
  if (redrive === undefined) return objectsTotal === 0 ? 0 : Math.floor((100 * objectsDone) / objectsTotal);
  const { max = Number.POSITIVE_INFINITY, readyCount, lookedAt } = redrive;
  const share = Math.max(readyCount === 0 ? 0 : lookedAt / readyCount, messagesRewound / max);
  // The first count did not include messages sent meanwhile.
  return Math.min(99, Math.floor(100 * share));
}
