const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** An incident in the deployment. */
export interface Incident {
  readonly atMs: number;
  readonly kind: 'leave' | 'fail' | 'recover' | 'controller dies' | 'controller lives';
  /** Number of the cell. */
  readonly cell?: number;
}

export interface QueueLoadCurve {
  readonly name: string;
  /** Open shards at the start. */
  readonly shards: number;
  /** Weight of every second one of these. @default 1 */
  readonly secondWeight?: number;
  /** Bounds that the queue's owner has set before a load. */
  readonly announced?: { readonly min: number; readonly max: number };
  /** Wanted requests a second at a time since the start; a third each of send, receive and delete. */
  readonly requests: (ms: number) => number;
  /** Counted separately. */
  readonly group?: string;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly durationMs: number;
  /** Figures start here. */
  readonly warmUpMs: number;
  /** Length of a step of the aggregate mode. */
  readonly tickMs: number;
  /** Write units a second that the table of each cell was warmed to; 0 for a fresh one. */
  readonly cells: readonly number[];
  readonly queues: readonly QueueLoadCurve[];
  readonly incidents: readonly Incident[];
}

const WARM = 40_000;
const cells = (count: number, warmUnits: number): number[] => Array.from({ length: count }, () => warmUnits);

/** From 0 to `peak` within `rampMs`, then level. */
const ramp = (peak: number, rampMs: number) => (ms: number) => peak * Math.min(1, ms / rampMs);
/** Average write units of one request: a send one, a receive two, a delete one. */
const UNITS_PER_REQUEST = 4 / 3;
/** Units of a shard that an owner assumes when announcing a peak. */
const SHARD_UNITS = 550;
const shardsFor = (requests: number): number => Math.max(1, Math.ceil((requests * UNITS_PER_REQUEST) / SHARD_UNITS));

const DEFAULTS = { warmUpMs: MINUTE, tickMs: 100, incidents: [] } as const;

const headline: Scenario = {
  ...DEFAULTS,
  name: 'headline',
  about: 'one queue of one shard on 8 warm cells: 0 to 120,000 requests/s in 15 minutes, then 30 minutes level',
  durationMs: 45 * MINUTE,
  cells: cells(8, WARM),
  queues: [{ name: 'orders', shards: 1, requests: ramp(120_000, 15 * MINUTE) }],
};

const DAY_REQUESTS = 1.2e9;
const DAY_QUEUES = 50;
const bump = (widths: number): number => Math.exp(-(widths ** 2));
/** Quiet at night, a peak before noon and a higher one in the evening; 1 on average. */
const dayCurve = (ms: number): number => {
  const hour = (ms / HOUR) % 24;
  return (0.25 + 1.3 * bump((hour - 11) / 2.5) + 1.8 * bump((hour - 20.5) / 2.2)) / 0.7789;
};
const zipf = Array.from({ length: DAY_QUEUES }, (_, rank) => 1 / (rank + 1));
const zipfSum = zipf.reduce((sum, one) => sum + one, 0);

const day: Scenario = {
  ...DEFAULTS,
  name: 'day',
  about: 'a day of 1.2 billion requests over 50 queues (Zipf) on 8 warm cells, quiet at night, two peaks',
  durationMs: 24 * HOUR,
  tickMs: 500,
  cells: cells(8, WARM),
  queues: zipf.map((share, rank) => ({
    name: `queue-${rank + 1}`,
    shards: shardsFor(((DAY_REQUESTS / 86_400) * dayCurve(0) * share) / zipfSum),
    requests: (ms) => ((DAY_REQUESTS / 86_400) * dayCurve(ms) * share) / zipfSum,
  })),
};

const FLASH = 100_000;
const flashCurve = (startMs: number) => (ms: number) =>
  ms < startMs ? FLASH / 1_000 : FLASH / 1_000 + (FLASH - FLASH / 1_000) * Math.min(1, (ms - startMs) / (10 * SECOND));

const flashAnnounced: Scenario = {
  ...DEFAULTS,
  name: 'flash-announced',
  about: '100 to 100,000 requests/s within 10 s after 15 minutes, on 8 fresh cells; announced by a minimum of shards',
  durationMs: 45 * MINUTE,
  cells: cells(8, 0),
  queues: [
    {
      name: 'packets',
      shards: 1,
      announced: { min: shardsFor(FLASH), max: 1_000 },
      requests: flashCurve(15 * MINUTE),
    },
  ],
};

const flash: Scenario = {
  ...DEFAULTS,
  name: 'flash',
  about: '100 to 100,000 requests/s within 10 s after 5 minutes, on 8 fresh cells, unannounced',
  durationMs: 125 * MINUTE,
  cells: cells(8, 0),
  queues: [{ name: 'packets', shards: 1, requests: flashCurve(5 * MINUTE) }],
};

const noisy: Scenario = {
  ...DEFAULTS,
  name: 'noisy',
  about: '20 queues at 1,000 requests/s each on 8 cells of 12,000 units; after 5 minutes one more takes as much as all',
  durationMs: 30 * MINUTE,
  cells: cells(8, 12_000),
  queues: [
    ...Array.from({ length: 20 }, (_, number) => ({
      name: `neighbour-${number + 1}`,
      shards: shardsFor(1_000),
      requests: () => 1_000,
      group: 'neighbours',
    })),
    {
      name: 'noisy',
      shards: 1,
      requests: (ms) => 20_000 * Math.min(1, Math.max(0, (ms - 5 * MINUTE) / MINUTE)),
      group: 'noisy',
    },
  ],
};

const steady = (requests: number) => [{ name: 'orders', shards: shardsFor(requests), requests: () => requests }];

const leavingCell: Scenario = {
  ...DEFAULTS,
  name: 'leaving-cell',
  about: '30,000 requests/s on 8 warm cells; after 5 minutes one of them is marked leaving',
  durationMs: 20 * MINUTE,
  cells: cells(8, WARM),
  queues: steady(30_000),
  incidents: [{ atMs: 5 * MINUTE, kind: 'leave', cell: 3 }],
};

const failingCell: Scenario = {
  ...DEFAULTS,
  name: 'failing-cell',
  about: '30,000 requests/s on 8 warm cells; from minute 5 to minute 10 every call of one table fails',
  durationMs: 20 * MINUTE,
  cells: cells(8, WARM),
  queues: steady(30_000),
  incidents: [
    { atMs: 5 * MINUTE, kind: 'fail', cell: 3 },
    { atMs: 10 * MINUTE, kind: 'recover', cell: 3 },
  ],
};

const deadController: Scenario = {
  ...DEFAULTS,
  name: 'dead-controller',
  about: '30,000 requests/s, from minute 10 on growing to 60,000 within an hour in which no controller runs',
  durationMs: 90 * MINUTE,
  cells: cells(8, WARM),
  queues: [
    {
      name: 'orders',
      shards: shardsFor(30_000),
      requests: (ms) => 30_000 * (1 + Math.min(1, Math.max(0, (ms - 10 * MINUTE) / HOUR))),
    },
  ],
  incidents: [
    { atMs: 10 * MINUTE, kind: 'controller dies' },
    { atMs: 70 * MINUTE, kind: 'controller lives' },
  ],
};

const night: Scenario = {
  ...DEFAULTS,
  name: 'night',
  about: '60,000 requests/s fall to 1 % within half an hour, and stay there for two hours',
  durationMs: 160 * MINUTE,
  cells: cells(8, WARM),
  queues: [
    {
      name: 'orders',
      shards: shardsFor(60_000),
      requests: (ms) => 60_000 * Math.max(0.01, 1 - 0.99 * Math.max(0, (ms - 10 * MINUTE) / (30 * MINUTE))),
    },
  ],
};

export const SCENARIOS: readonly Scenario[] = [
  headline,
  day,
  flashAnnounced,
  flash,
  noisy,
  leavingCell,
  failingCell,
  deadController,
  night,
];

/** The scenario with only its load multiplied. Values derived from the load follow it. */
export function scaled(scenario: Scenario, scale: number): Scenario {
  return {
    ...scenario,
    queues: scenario.queues.map((queue) => ({
      ...queue,
      shards: Math.max(1, Math.ceil(queue.shards * scale)),
      ...(queue.announced === undefined
        ? {}
        : { announced: { ...queue.announced, min: Math.max(1, Math.ceil(queue.announced.min * scale)) } }),
      requests: (ms: number) => scale * queue.requests(ms),
    })),
  };
}

/** Write units a second that a queue needs if no call is wasted. */
export const idealUnits = (requests: number): number => requests * UNITS_PER_REQUEST;

/** 2,000 requests a second, which the detailed mode can follow one by one. */
const CHECKED = { ...DEFAULTS, warmUpMs: 15 * SECOND, cells: cells(2, WARM) } as const;

export const CROSS_CHECK: Scenario = {
  ...CHECKED,
  name: 'cross-check',
  about: '2,000 requests/s within 10 s on 2 warm cells',
  durationMs: 90 * SECOND,
  queues: [{ name: 'orders', shards: 4, requests: ramp(2_000, 10 * SECOND) }],
};

export const THROTTLED_CHECK: Scenario = {
  ...CHECKED,
  name: 'throttled-check',
  about: '2,000 requests/s within 10 s on 2 shards, which take three quarters of that',
  durationMs: 40 * SECOND,
  queues: [{ name: 'orders', shards: 2, requests: ramp(2_000, 10 * SECOND) }],
};

/** Every second shard takes a third of the sends of the others; nothing is throttled. */
export const WEIGHTS_CHECK: Scenario = {
  ...CHECKED,
  name: 'weights-check',
  about: '2,000 requests/s within 10 s on 12 shards of 2 warm cells, of which every second one weighs 0.3',
  durationMs: 60 * SECOND,
  queues: [{ name: 'orders', shards: 12, secondWeight: 0.3, requests: ramp(2_000, 10 * SECOND) }],
};

/** Under this seed, three of its shards share a partition, and every other one has its own. */
export const SHARING_SEED = 28;

export const SHARING_CHECK: Scenario = {
  ...CHECKED,
  name: 'sharing-check',
  about: '2,000 requests/s within 10 s on 7 shards of 2 fresh cells, three of which share a partition',
  durationMs: 40 * SECOND,
  cells: cells(2, 0),
  queues: [{ name: 'orders', shards: 7, requests: ramp(2_000, 10 * SECOND) }],
};
