/** What a server did on one day; what a deployment would be billed for. */
export interface Usage {
  /** Calls, those of the console included. */
  readonly calls: number;
  /** Time that calls took, waiting receives included, in seconds. */
  readonly callSeconds: number;
  readonly sent: number;
  readonly received: number;
  readonly deleted: number;
}

/** `2026-11-30`, in UTC. */
export type Day = string;
export const dayOf = (atMs: number): Day => new Date(atMs).toISOString().slice(0, 10);

/** Thirteen months, so that a month can be held against that of the year before. */
export const USAGE_DAYS_KEPT = 400;

export const NO_USAGE: Usage = { calls: 0, callSeconds: 0, sent: 0, received: 0, deleted: 0 };

export const addUsage = (one: Usage, other: Usage): Usage => ({
  calls: one.calls + other.calls,
  callSeconds: one.callSeconds + other.callSeconds,
  sent: one.sent + other.sent,
  received: one.received + other.received,
  deleted: one.deleted + other.deleted,
});

/**
 * US dollars that a day with these calls and messages would cost on AWS, in us-east-1 without free tiers, above what a
 * deployment costs without any: an approximation of docs/costs.md by what a server counts.
 */
export const dollarsOf = ({ calls, callSeconds, sent }: Usage): number =>
  calls * DOLLARS.call +
  Math.min(calls / CALLS_PER_LIFE, SECONDS_A_DAY) * DOLLARS.archiverRun +
  sent * DOLLARS.message +
  callSeconds * DOLLARS.second;

/** Front door, function, units and logs of a call; a run of the archiver; bytes kept; a function that waits. */
const DOLLARS = { call: 2e-6, archiverRun: 6.7e-6, message: 1.5e-8, second: 3.6e-6 };
/** A send, a receive and a delete are archived in one run, and there is a run a second at most. */
const CALLS_PER_LIFE = 3;
/** Runs of the archiver in a day, at most. */
const SECONDS_A_DAY = 86_400;
/** A deployment of four cells with alarms, and the metrics that it writes once it is called. */
export const BASE_DOLLARS_A_MONTH = 3.37;

/** Sums of months like `2026-11`, in order. */
export function monthsOf(days: ReadonlyMap<Day, Usage>): ReadonlyMap<string, Usage> {
  const months = new Map<string, Usage>();
  for (const [day, usage] of days) {
    const month = day.slice(0, 7);
    months.set(month, addUsage(months.get(month) ?? NO_USAGE, usage));
  }
  return months;
}
