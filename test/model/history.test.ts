import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { NO_COUNTS } from '../../src/model/counts.ts';
import {
  HISTORY_QUEUES_MAX,
  HISTORY_RINGS,
  type HistoryPoint,
  HistoryRings,
  type HistoryValues,
  joinPoints,
  SERIES,
  SPAN_NAMES,
  spanAt,
  valuesOf,
} from '../../src/model/history.ts';
import type { QueueId } from '../../src/model/ids.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** On the hour. */
const START_MS = 500_000 * HOUR_MS;
const ORDERS = 'orders' as QueueId;

const values = (given: Partial<Record<(typeof SERIES)[number], number>>): HistoryValues =>
  SERIES.map((name) => given[name] ?? 0);
const point = (minute: number, given: Parameters<typeof values>[0]): HistoryPoint => ({
  atMs: (START_MS + minute * MINUTE_MS) as EpochMs,
  queues: new Map([[ORDERS, values(given)]]),
});
const at = (minute: number) => (START_MS + minute * MINUTE_MS) as EpochMs;

function ringsAfter(minutes: number): HistoryRings {
  const rings = new HistoryRings();
  for (let minute = 0; minute < minutes; minute += 1) rings.add(point(minute, { sent: 1, ready: minute }));
  return rings;
}

describe('a history in rings', () => {
  it('joins minutes to longer steps: what happened adds up, and of what was held the largest stays', () => {
    const rings = ringsAfter(61);

    const day = rings.read('1d', at(61));
    expect(day).toHaveLength(12);
    expect(day[0]).toEqual({ atMs: START_MS, queues: new Map([[ORDERS, values({ sent: 5, ready: 4 })]]) });
    expect(rings.read('14d', at(61))).toEqual([
      { atMs: START_MS, queues: new Map([[ORDERS, values({ sent: 60, ready: 59 })]]) },
    ]);
  });

  it('is as large after a month as its rings say', () => {
    const rings = ringsAfter(30 * 24 * 60);

    const lengths = SPAN_NAMES.map((span) => rings.read(span, at(30 * 24 * 60)).length);
    expect(lengths).toEqual([60, 72, 288, 336]);
  });

  it('has no values for the time in which the server did not run', () => {
    const rings = ringsAfter(5);
    rings.add(point(20, { sent: 7 }));

    expect(rings.read('1h', at(21)).map(({ atMs }) => (atMs - START_MS) / MINUTE_MS)).toEqual([0, 1, 2, 3, 4, 20]);
    expect(rings.read('1h', at(90))).toEqual([]);
  });

  it('continues from stored points as if it had never stopped', () => {
    const first = new HistoryRings();
    const second = new HistoryRings();
    for (let minute = 0; minute < 33; minute += 1) {
      for (const added of first.add(point(minute, { sent: minute }))) second.put(added);
    }

    for (let minute = 33; minute < 70; minute += 1) {
      expect(second.add(point(minute, { sent: minute }))).toEqual(first.add(point(minute, { sent: minute })));
    }
  });

  it('joins two samples of one minute, and takes none back', () => {
    const rings = ringsAfter(2);
    rings.add(point(1, { sent: 3, ready: 9 }));

    const [, last] = rings.read('1h', at(2));
    expect(last?.queues.get(ORDERS)).toEqual(values({ sent: 4, ready: 9 }));
  });

  it('begins spans where steps begin', () => {
    for (const span of SPAN_NAMES) {
      const { fromMs, stepMs, steps } = spanAt(span, (START_MS + 12_345) as EpochMs);
      expect(fromMs % stepMs).toBe(0);
      expect(fromMs + steps * stepMs).toBeLessThanOrEqual(START_MS + 12_345);
      expect(HISTORY_RINGS.some((ring) => ring.stepMs === stepMs && ring.kept >= steps)).toBe(true);
    }
  });

  it('leaves out queues of which nothing is to be told, and the quietest of too many', () => {
    const many = new Map(
      Array.from({ length: HISTORY_QUEUES_MAX + 5 }, (_, number) => [
        `q${number}` as QueueId,
        values({ sent: number }),
      ]),
    );

    const { queues } = joinPoints([{ atMs: at(0), queues: many }], at(0));

    expect(queues.size).toBe(HISTORY_QUEUES_MAX);
    expect(queues.has('q0' as QueueId)).toBe(false);
    expect(queues.has(`q${HISTORY_QUEUES_MAX + 4}` as QueueId)).toBe(true);
  });
});

describe('the numbers of a step', () => {
  it('are what counts grew by, what was received, and what is held', () => {
    const before = { ...NO_COUNTS, sent: 10, deleted: 4 };
    const counts = { ...NO_COUNTS, sent: 15, deleted: 3, deadLettered: 1, ready: 2, inFlight: 1 };

    const found = valuesOf({ counts, oldestReadyAgeMs: 4_400 }, before, { received: 6, receivedAgain: 2 });

    expect(found).toEqual(
      values({
        sent: 5,
        received: 6,
        receivedAgain: 2,
        deadLettered: 1,
        ready: 2,
        inFlight: 1,
        oldestReadySeconds: 4,
      }),
    );
  });
});
