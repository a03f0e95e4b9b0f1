import type { EpochMs } from './brand.ts';
import {
  claimableIndexes,
  type Delivery,
  dueAtMs,
  enteredAtMs,
  locate,
  messageIdAt,
  outstandingCount,
  outstandingIndexes,
} from './delivery.ts';
import { isSetAside, visibleAtMs } from './ids.ts';
import type { Queue } from './queue.ts';
import { sliceText } from './rewind.ts';
import type { RouteShard } from './route.ts';
import type { ShardTotals } from './totals.ts';

/** Messages of a queue by state; always `sent + rewound` = all others together. */
export interface Counts {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
  /** Set aside: they cannot be read. */
  readonly damaged: number;
  readonly deadLettered: number;
  readonly deleted: number;
  readonly purged: number;
  readonly sent: number;
  readonly rewound: number;
}

export interface QueueCounts {
  readonly queue: Queue;
  readonly counts: Counts;
  /** The moment the counts are exact for; where they are not, about the moment that they describe. */
  readonly asOfMs: EpochMs;
  /** False when the queue is large or changed while it was read: then the counts are the best guess there is. */
  readonly isExact: boolean;
  /** How long the first message that can be claimed has been due; 0 when there is none. */
  readonly oldestReadyAgeMs: number;
}

/** Outstanding messages seen in one range of a shard, by state. */
export interface Seen {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
  readonly damaged: number;
  /** Those of `ready` that were never leased. */
  readonly neverLeased: number;
  /** The whole range was read; else the numbers say only that there are more. */
  readonly isComplete: boolean;
}

/** Adds up the outstanding messages of deliveries that entered the queue at `fromMs` or later. */
export function countSeen(
  deliveries: readonly Delivery[],
  options: { readonly nowMs: EpochMs; readonly fromMs: EpochMs | undefined; readonly isComplete: boolean },
): Seen {
  const { nowMs, fromMs, isComplete } = options;
  let ready = 0;
  let delayed = 0;
  let inFlight = 0;
  let damaged = 0;
  let neverLeased = 0;
  for (const delivery of deliveries) {
    const outstanding = outstandingIndexes(delivery).filter(
      (index) => fromMs === undefined || enteredAtMs(locate(delivery, index).part) >= fromMs,
    ).length;
    if (isSetAside(delivery.key)) damaged += outstanding;
    else if (visibleAtMs(delivery.key) <= nowMs) {
      const claimable = claimableIndexes(delivery, nowMs, fromMs).length;
      ready += claimable;
      if (delivery.receiveCount === 0) neverLeased += claimable;
      inFlight += outstanding - claimable;
    } else if (delivery.receiveCount === 0) delayed += outstanding;
    else inFlight += outstanding;
  }
  return { ready, delayed, inFlight, damaged, neverLeased, isComplete };
}

/**
 * How long the first of some due deliveries that can be claimed has been due; 0 when there is none. They are in the
 * order of their keys. An ended lease in place lies before deliveries that have been due for longer.
 */
export function oldestClaimableAgeMs(
  deliveries: readonly Delivery[],
  { nowMs, fromMs }: { readonly nowMs: EpochMs; readonly fromMs: EpochMs | undefined },
): number {
  let ageMs = 0;
  for (const delivery of deliveries) {
    if (claimableIndexes(delivery, nowMs, fromMs).length === 0) continue;
    ageMs = Math.max(ageMs, nowMs - dueAtMs(delivery));
    if (delivery.leasedUntilMs === undefined) break;
  }
  return ageMs;
}

/**
 * The counts of one shard, from its running totals and what was read of its two ranges. A range that was not read
 * to its end is the total less the other one; if neither was, leased messages count as in flight and the rest as ready.
 */
export function countShard(totals: ShardTotals, due: Seen, later: Seen, isPurging: boolean): Counts {
  const outstanding = Math.max(0, totals.neverLeased + totals.leased);
  const damaged = later.isComplete ? later.damaged : Math.max(0, totals.damaged);
  const open = { ...splitOutstanding(totals, outstanding, due, later), damaged };
  const left = open.ready + open.delayed + open.inFlight + damaged;
  const purged = totals.purged + (isPurging ? Math.max(0, outstanding + totals.damaged - left) : 0);
  const { deadLettered, deleted, rewound } = totals;
  return { ...open, deadLettered, deleted, purged, rewound, sent: left + deadLettered + deleted + purged - rewound };
}

function splitOutstanding(
  totals: ShardTotals,
  outstanding: number,
  due: Seen,
  later: Seen,
): Pick<Counts, 'ready' | 'delayed' | 'inFlight'> {
  if (due.isComplete && later.isComplete) {
    return { ready: due.ready, delayed: later.delayed, inFlight: due.inFlight + later.inFlight };
  }
  if (later.isComplete) {
    const rest = Math.max(0, outstanding - later.delayed - later.inFlight);
    // Leases in place lie at the front, which was read.
    const inPlace = Math.min(rest, due.inFlight);
    return { ready: rest - inPlace, delayed: later.delayed, inFlight: later.inFlight + inPlace };
  }
  const rest = Math.max(0, outstanding - due.ready - due.inFlight);
  if (due.isComplete) {
    const delayed = Math.min(rest, Math.max(0, totals.neverLeased - due.neverLeased));
    return { ready: due.ready, delayed, inFlight: due.inFlight + rest - delayed };
  }
  const inFlight = Math.min(outstanding, Math.max(0, totals.leased));
  return { ready: outstanding - inFlight, delayed: 0, inFlight };
}

/** What was read of one shard, and the totals of the shard at that moment. */
export interface CountedShard {
  readonly shard: Pick<RouteShard, 'fromMs'>;
  readonly deliveries: readonly Delivery[];
  readonly due: Pick<Seen, 'isComplete'>;
  readonly later: Pick<Seen, 'isComplete'>;
  readonly totals: ShardTotals;
}

/**
 * Whether what was read of all shards of a queue is what their totals add up to, to the last message, and no message is
 * in two deliveries, as it is in the middle of a claim. Of a shard that a purge left, not all was read.
 */
export function isConsistent(counted: readonly CountedShard[]): boolean {
  return counted.every(agrees) && !hasDoubles(counted.flatMap(({ deliveries }) => deliveries));
}

/**
 * Whether more is outstanding than entered and did not leave: some message is in two deliveries, or was. A claim in
 * progress looks like that even after the original of its copy was deleted. So does, for good, what a crash doubled.
 */
export function hasSurplus({ neverLeased, leased, damaged, ...moved }: ShardTotals): boolean {
  const { sent, rewound, deleted, deadLettered, purged } = moved;
  return neverLeased + leased + damaged > sent + rewound - deleted - deadLettered - purged;
}

function agrees({ shard, deliveries, due, later, totals }: CountedShard): boolean {
  if (!due.isComplete || !later.isComplete) return false;
  const { neverLeased, leased, damaged, sent, rewound, deleted, deadLettered, purged } = totals;
  if (shard.fromMs !== undefined) {
    return neverLeased + leased + damaged === sent + rewound - deleted - deadLettered - purged;
  }
  const total = (some: readonly Delivery[]) => some.reduce((sum, delivery) => sum + outstandingCount(delivery), 0);
  const aside = deliveries.filter(({ key }) => isSetAside(key));
  const others = deliveries.filter(({ key }) => !isSetAside(key));
  return (
    total(aside) === damaged &&
    total(others.filter(({ receiveCount }) => receiveCount > 0)) === leased &&
    total(others.filter(({ receiveCount }) => receiveCount === 0)) === neverLeased
  );
}

function hasDoubles(deliveries: readonly Delivery[]): boolean {
  const names = deliveries.flatMap((delivery) => outstandingIndexes(delivery).map((index) => nameOf(delivery, index)));
  return new Set(names).size < names.length;
}

function nameOf(delivery: Delivery, index: number): string {
  const { part, offset } = locate(delivery, index);
  if (part.kind === 'archive') return `${sliceText(part.slice)}/${part.first + offset}`;
  return messageIdAt(delivery, index) ?? '';
}

export const NO_COUNTS: Counts = {
  ready: 0,
  delayed: 0,
  inFlight: 0,
  damaged: 0,
  deadLettered: 0,
  deleted: 0,
  purged: 0,
  sent: 0,
  rewound: 0,
};

export function addCounts(one: Counts, other: Counts): Counts {
  const sum = { ...one };
  for (const name of Object.keys(one) as (keyof Counts)[]) sum[name] = one[name] + other[name];
  return sum;
}
