import type { EpochMs } from './brand.ts';
import { type Change, consumedCount, type Sequence, sequence } from './change.ts';
import { type Delivery, outstandingCount, type Part } from './delivery.ts';
import { type DeliveryKey, queueOfShard, rewindStart, type ShardKey, shardOfKey } from './ids.ts';
import { BARRIERS_MAX } from './limits.ts';

/** What one shard's feed adds up to. Outstanding messages count once for each delivery that holds them. */
export interface ShardTotals {
  /** Outstanding messages in deliveries that were never leased, and in leased ones. */
  readonly neverLeased: number;
  readonly leased: number;
  /** Messages that entered by being sent or dead-lettered into the queue. */
  readonly sent: number;
  /** Messages that rewinds and redrives brought in, less those that a cancelled rewind took back. */
  readonly rewound: number;
  /** Consumed, or redriven to another queue. */
  readonly deleted: number;
  readonly deadLettered: number;
  readonly purged: number;
}

/** Totals as kept: the batch they include last, so that a repeated batch counts once. */
export interface TotalsRecord extends ShardTotals {
  readonly sequence: Sequence;
  readonly asOfMs: EpochMs;
  /** The last barriers that the feed has passed, newest last; at most `BARRIERS_MAX`. */
  readonly barriers: readonly DeliveryKey[];
}

export const NO_TOTALS: ShardTotals = {
  neverLeased: 0,
  leased: 0,
  sent: 0,
  rewound: 0,
  deleted: 0,
  deadLettered: 0,
  purged: 0,
};

/** An archived message that was dead-lettered keeps its rewind, but entered its queue later than by that. */
const isBroughtBack = (part: Part): boolean =>
  part.rewoundBy !== undefined && (part.kind !== 'archive' || part.enteredAtMs === rewindStart(part.rewoundBy));

/** What one change adds to the totals of its shard. */
export function totalsOf(change: Change): ShardTotals {
  const { before, after } = change;
  const entered = before === undefined && after?.receiveCount === 0 ? after.parts : [];
  const growth = (marks: (delivery: Delivery) => ReadonlySet<number>) =>
    before !== undefined && after !== undefined ? marks(after).size - marks(before).size : 0;
  const outstanding =
    (after === undefined ? 0 : outstandingCount(after)) - (before === undefined ? 0 : outstandingCount(before));
  const isLeased = (after ?? before)?.receiveCount !== 0;
  return {
    neverLeased: isLeased ? 0 : outstanding,
    leased: isLeased ? outstanding : 0,
    sent: countMessages(entered.filter((part) => !isBroughtBack(part))),
    rewound: countMessages(entered.filter(isBroughtBack)) - growth((delivery) => delivery.withdrawn),
    deleted: consumedCount(change) + growth((delivery) => delivery.redriven),
    deadLettered: growth((delivery) => delivery.deadLettered),
    purged: growth((delivery) => delivery.purged),
  };
}

/** Name of a shard's record. */
export const totalsName = (shard: ShardKey): string => `${queueOfShard(shard)}/${shardOfKey(shard)}`;

/** A record that counted nothing yet. */
export const EMPTY_TOTALS: TotalsRecord = { ...NO_TOTALS, sequence: sequence('0'), asOfMs: 0 as EpochMs, barriers: [] };

/**
 * The record with a batch added; what it includes already is left out, so that a repeated batch counts once. Barriers
 * go by their names alone: where a shard has several feeds, one may be behind what another has told.
 */
export function countChanges(record: TotalsRecord, changes: readonly Change[]): TotalsRecord {
  const fresh = changes.filter((change) => change.sequence > record.sequence);
  const passed = changes.flatMap((change) => (isBarrier(change) ? (change.after?.key ?? []) : []));
  const added = passed.filter((key) => !record.barriers.includes(key));
  const last = fresh.at(-1);
  if (last === undefined && added.length === 0) return record;
  const barriers = [...record.barriers, ...added].slice(-BARRIERS_MAX);
  const totals = fresh.map(totalsOf).reduce(addTotals, record);
  return { ...record, ...totals, ...(last && { sequence: last.sequence, asOfMs: last.atMs }), barriers };
}

/** A barrier is a delivery without messages, put to learn when the feed has come as far. */
export const isBarrier = ({ before, after }: Change): boolean => before === undefined && after?.parts.length === 0;

export function addTotals(one: ShardTotals, other: ShardTotals): ShardTotals {
  return {
    neverLeased: one.neverLeased + other.neverLeased,
    leased: one.leased + other.leased,
    sent: one.sent + other.sent,
    rewound: one.rewound + other.rewound,
    deleted: one.deleted + other.deleted,
    deadLettered: one.deadLettered + other.deadLettered,
    purged: one.purged + other.purged,
  };
}

const countMessages = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.count, 0);
