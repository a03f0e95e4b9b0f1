import * as z from 'zod/mini';
import type { EpochMs } from '../../model/brand.ts';
import { type HistoryPoint, type HistorySpan, SERIES, type Series, SPAN_NAMES, spanAt } from '../../model/history.ts';
import type { QueueId } from '../../model/ids.ts';
import { fields, instant, oneOf, wholeNumber } from './fields.ts';
import { isoTime } from './times.ts';

const SPAN_DEFAULT: HistorySpan = '1h';
/** The step of the longest span: a day. */
const STEP_SECONDS_MAX = 86_400;

export const HistoryQuery = fields({ span: z.optional(oneOf(SPAN_NAMES)) });
export const spanOf = ({ span = SPAN_DEFAULT }: z.output<typeof HistoryQuery>): HistorySpan => span;

/** `null` where nothing is known: the server did not run, or the step is older than its history. */
const numbers = () => z.array(z.nullable(z.number().check(z.minimum(0))));
export const seriesOf = <Name extends Series>(names: readonly Name[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, numbers()])) as Record<Name, ReturnType<typeof numbers>>);

/** The steps of an answer: they follow each other without a gap. */
export const STEPS = {
  span: oneOf(SPAN_NAMES),
  /** When the first step began. */
  from: instant(),
  stepSeconds: wholeNumber(1, STEP_SECONDS_MAX),
};

export const renderSteps = (span: HistorySpan, nowMs: EpochMs) => {
  const { fromMs, stepMs } = spanAt(span, nowMs);
  return { span, from: isoTime(fromMs), stepSeconds: stepMs / 1_000 };
};

/** Points by step; a step of which nothing is known is `undefined`. */
export function stepsOf(points: readonly HistoryPoint[], span: HistorySpan, nowMs: EpochMs) {
  const { fromMs, stepMs, steps } = spanAt(span, nowMs);
  const byStart = new Map(points.map((point) => [point.atMs, point]));
  return Array.from({ length: steps }, (_, index) => byStart.get((fromMs + index * stepMs) as EpochMs));
}

/** The numbers of one queue by series. */
export const renderSeries = <Name extends Series>(
  steps: readonly (HistoryPoint | undefined)[],
  queue: QueueId,
  names: readonly Name[],
) =>
  Object.fromEntries(
    names.map((name) => {
      const index = SERIES.indexOf(name);
      return [name, steps.map((point) => (point === undefined ? null : (point.queues.get(queue)?.[index] ?? 0)))];
    }),
  ) as Record<Name, (number | null)[]>;
