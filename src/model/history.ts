import type { EpochMs } from './brand.ts';
import type { Counts, QueueCounts } from './counts.ts';
import type { QueueId } from './ids.ts';

/** What happened to messages of a queue within a step. Steps that are joined add these up. */
export const FLOWS = ['sent', 'received', 'receivedAgain', 'deleted', 'deadLettered'] as const;
/** What a queue held at the end of a step. Joined steps keep the largest. */
export const LEVELS = ['ready', 'inFlight', 'delayed', 'oldestReadySeconds'] as const;
export const SERIES = [...FLOWS, ...LEVELS] as const;
export type Series = (typeof SERIES)[number];

/** Numbers of one queue, in the order of {@link SERIES}. */
export type HistoryValues = readonly number[];

/** One step. A queue that it leaves out held nothing, and nothing happened to it. */
export interface HistoryPoint {
  /** When the step began. */
  readonly atMs: EpochMs;
  readonly queues: ReadonlyMap<QueueId, HistoryValues>;
}

/**
 * Steps of one length, and how many of them are kept. Lengths are those in which CloudWatch keeps metrics, so that a
 * deployment can answer the same spans.
 */
export const HISTORY_RINGS = [
  { stepMs: 60_000, kept: 60 },
  { stepMs: 300_000, kept: 288 },
  { stepMs: 3_600_000, kept: 336 },
] as const;

/** How far a history reaches back: the ring that it is read from, and its steps. */
export const HISTORY_SPANS = {
  '1h': { ring: 0, steps: 60 },
  '6h': { ring: 1, steps: 72 },
  '1d': { ring: 1, steps: 288 },
  '14d': { ring: 2, steps: 336 },
} as const satisfies Record<string, { ring: 0 | 1 | 2; steps: number }>;
export type HistorySpan = keyof typeof HISTORY_SPANS;
export const SPAN_NAMES = Object.keys(HISTORY_SPANS) as HistorySpan[];

/** Queues of a step, at most; those in which most happens. */
export const HISTORY_QUEUES_MAX = 1_000;

/** The moments of a span that ends now: of all steps that are over, the last ones. */
export function spanAt(span: HistorySpan, nowMs: EpochMs) {
  const { ring, steps } = HISTORY_SPANS[span];
  const { stepMs } = HISTORY_RINGS[ring];
  return { fromMs: (stepOf(nowMs, stepMs) - steps * stepMs) as EpochMs, stepMs, steps };
}

export const stepOf = (atMs: number, stepMs: number): EpochMs => (Math.floor(atMs / stepMs) * stepMs) as EpochMs;

/** Several steps as one that begins at `atMs`. */
export function joinPoints(points: readonly HistoryPoint[], atMs: EpochMs): HistoryPoint {
  const queues = new Map<QueueId, HistoryValues>();
  for (const point of points) {
    for (const [id, values] of point.queues) queues.set(id, joinValues(queues.get(id), values));
  }
  return { atMs, queues: busiest(queues) };
}

const joinValues = (one: HistoryValues | undefined, other: HistoryValues): HistoryValues =>
  one === undefined
    ? other
    : other.map((value, index) =>
        index < FLOWS.length ? value + (one[index] ?? 0) : Math.max(value, one[index] ?? 0),
      );

/** Without queues of which nothing is to be told, and without the quietest where there are too many. */
export function busiest(queues: ReadonlyMap<QueueId, HistoryValues>): ReadonlyMap<QueueId, HistoryValues> {
  const told = [...queues].filter(([, values]) => values.some((value) => value !== 0));
  if (told.length <= HISTORY_QUEUES_MAX) return new Map(told);
  const weight = ([, values]: (typeof told)[number]) => values.reduce((sum, value) => sum + value, 0);
  return new Map(told.toSorted((one, other) => weight(other) - weight(one)).slice(0, HISTORY_QUEUES_MAX));
}

/** A point that a ring got. */
export interface Added {
  readonly ring: number;
  readonly point: HistoryPoint;
}

/** The last steps in each length. When the last short step of a long one is over, they are joined. */
export class HistoryRings {
  readonly #rings: HistoryPoint[][] = HISTORY_RINGS.map(() => []);

  /** Puts a point where it was before, or a first one: points of a ring come in order. */
  put({ ring, point }: Added): void {
    const points = this.#rings[ring] ?? [];
    const last = points.at(-1);
    if (last !== undefined && last.atMs >= point.atMs) {
      points[points.length - 1] = joinPoints([last, point], last.atMs);
      return;
    }
    points.push(point);
    points.splice(0, points.length - (HISTORY_RINGS[ring]?.kept ?? 0));
  }

  /** Adds the step of a minute, and returns every point that rings got. */
  add(point: HistoryPoint): readonly Added[] {
    return this.#add(point, 0);
  }

  #add(point: HistoryPoint, ring: number): Added[] {
    const [shorter, longer] = [HISTORY_RINGS[ring], HISTORY_RINGS[ring + 1]];
    const last = this.#rings[ring]?.at(-1);
    const added: Added[] = [{ ring, point }];
    if (shorter === undefined || longer === undefined) {
      this.put({ ring, point });
      return added;
    }
    const endsOf = ({ atMs }: HistoryPoint) => stepOf(atMs, longer.stepMs) + longer.stepMs;
    // The server did not run at the end of the step before.
    const isLeft = last !== undefined && endsOf(last) <= point.atMs && last.atMs + shorter.stepMs < endsOf(last);
    if (isLeft) added.push(...this.#join(last, ring));
    this.put({ ring, point });
    const isOver = point.atMs + shorter.stepMs >= endsOf(point) && point.atMs !== last?.atMs;
    return isOver ? [...added, ...this.#join(point, ring)] : added;
  }

  /** Joins the steps of the longer step in which the point lies. */
  #join(last: HistoryPoint, ring: number): Added[] {
    const stepMs = HISTORY_RINGS[ring + 1]?.stepMs ?? 0;
    const atMs = stepOf(last.atMs, stepMs);
    const parts = (this.#rings[ring] ?? []).filter((one) => stepOf(one.atMs, stepMs) === atMs);
    return this.#add(joinPoints(parts, atMs), ring + 1);
  }

  /** The points of a span that ends now, oldest first. Steps without one are missing: nothing is known of them. */
  read(span: HistorySpan, nowMs: EpochMs): readonly HistoryPoint[] {
    const { fromMs } = spanAt(span, nowMs);
    return (this.#rings[HISTORY_SPANS[span].ring] ?? []).filter(({ atMs }) => atMs >= fromMs && atMs < nowMs);
  }
}

/** What receives of a queue returned since the last sample. */
export interface Received {
  readonly received: number;
  readonly receivedAgain: number;
}

/** Counts of a queue at the ends of two steps, and what was received between them, as the numbers of a step. */
export function valuesOf(
  { counts, oldestReadyAgeMs }: Pick<QueueCounts, 'counts' | 'oldestReadyAgeMs'>,
  before: Counts,
  { received, receivedAgain }: Received,
): HistoryValues {
  // Counts of a large queue are estimates, so one may seem to shrink.
  const grown = (name: 'sent' | 'deleted' | 'deadLettered') => Math.max(0, counts[name] - before[name]);
  const { ready, inFlight, delayed } = counts;
  const oldest = ready === 0 ? 0 : Math.round(oldestReadyAgeMs / 1_000);
  return [
    grown('sent'),
    received,
    receivedAgain,
    grown('deleted'),
    grown('deadLettered'),
    ready,
    inFlight,
    delayed,
    oldest,
  ];
}
