import type { GetHistoryAnswer, ListHistoryAnswer } from '../../client/index.ts';
import type { Action } from './actions.ts';
import { durationText } from './durations.ts';
import { shortCount } from './numbers.ts';

export type Span = GetHistoryAnswer['span'];
const SPANS: readonly Span[] = ['1h', '6h', '1d', '14d'];
export const isSpan = (text: string | null): text is Span => (SPANS as readonly (string | null)[]).includes(text);

export const showHistory = (queue: string, span: Span): Action => ({
  call: { method: 'GET', path: `/queues/${encodeURIComponent(queue)}/history`, query: { span } },
  words: ['stats', queue, '--span', span],
});

export const listHistory: Action = {
  call: { method: 'GET', path: '/history', query: { span: '1h' } },
  words: ['queue', 'ls'],
};

export const listUsage: Action = { call: { method: 'GET', path: '/usage' }, words: ['usage'] };

type Numbers = readonly (number | null)[];

export interface ChartLine {
  readonly name: string;
  /** One for each step; `null` is a gap. */
  readonly values: Numbers;
}

export interface ChartText {
  readonly title: string;
  /** Describes the numbers for screen readers. */
  readonly what: string;
  readonly lines: readonly ChartLine[];
  readonly text: (value: number) => string;
  /** Distances of marks on the axis. @default powers of ten, and their halves */
  readonly marks?: readonly number[];
}

/** Marks of durations, in seconds. */
const DURATION_MARKS = [1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800];

const STEP_WORDS: Readonly<Record<number, string>> = { 60: 'minute', 300: 'five minutes', 3_600: 'hour' };

/** The charts of a queue: what happens a second, what waits, for how long, and what goes wrong. */
export function chartsOf({ series, stepSeconds }: GetHistoryAnswer): ChartText[] {
  const rate = (values: Numbers): Numbers => values.map((value) => (value === null ? null : value / stepSeconds));
  const step = STEP_WORDS[stepSeconds] ?? `${stepSeconds} s`;
  return [
    {
      title: 'Flow',
      what: 'messages a second',
      text: shortCount,
      lines: [
        { name: 'sent', values: rate(series.sent) },
        { name: 'received', values: rate(series.received) },
        { name: 'deleted', values: rate(series.deleted) },
      ],
    },
    {
      title: 'Backlog',
      what: 'messages',
      text: shortCount,
      lines: [
        { name: 'ready', values: series.ready },
        { name: 'in flight', values: series.inFlight },
        { name: 'delayed', values: series.delayed },
      ],
    },
    {
      title: 'Age of the oldest ready message',
      what: 'how long it has waited',
      marks: DURATION_MARKS,
      text: (seconds) => (seconds === 0 ? '0 s' : durationText(seconds * 1_000)),
      lines: [{ name: 'oldest ready', values: series.oldestReadySeconds }],
    },
    {
      title: 'Trouble',
      what: `messages each ${step}`,
      text: shortCount,
      lines: [
        { name: 'received again', values: series.receivedAgain },
        { name: 'dead-lettered', values: series.deadLettered },
      ],
    },
  ];
}

/** When each step began, in seconds since 1970. */
export const stepStarts = ({ from, stepSeconds, series }: GetHistoryAnswer): number[] =>
  series.sent.map((_, index) => Date.parse(from) / 1_000 + index * stepSeconds);

export const isUnknown = ({ series }: GetHistoryAnswer): boolean => series.sent.every((value) => value === null);

export interface Trend {
  readonly sent: Numbers;
  readonly deleted: Numbers;
  readonly ready: Numbers;
}

/** The last hour of each queue, as far as it is known. */
export const trendsOf = ({ queues }: ListHistoryAnswer): ReadonlyMap<string, Trend> =>
  new Map(queues.map(({ name, series }) => [name, series]));

/** Messages a second in the newest step that is known. */
export function lastRate(values: Numbers, stepSeconds: number): number | undefined {
  const last = values.findLast((value) => value !== null);
  return last === undefined || last === null ? undefined : last / stepSeconds;
}

/** The points of a line in a box, for the attribute `points` of an SVG polyline; one for each stretch without gaps. */
export function sparkline(values: Numbers, { width, height }: { readonly width: number; readonly height: number }) {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const stepPx = width / Math.max(1, values.length - 1);
  const stretches: string[][] = [[]];
  for (const [index, value] of values.entries()) {
    if (value === null) stretches.push([]);
    else stretches.at(-1)?.push(`${(index * stepPx).toFixed(1)},${(height - (value / most) * height).toFixed(1)}`);
  }
  return stretches.filter((points) => points.length > 1).map((points) => points.join(' '));
}
