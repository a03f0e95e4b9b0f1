import type { EpochMs } from './brand.ts';
import { type Change, consumedCount, isEntry, type Sequence, sequence } from './change.ts';
import { type Delivery, outstandingCount, type Part } from './delivery.ts';
import { type DeliveryKey, isSetAside, queueOfShard, type ShardKey, shardOfKey } from './ids.ts';
import { REPEATS_MAX } from './limits.ts';

/** What one shard's feed adds up to. Outstanding messages count once for each delivery that holds them. */
export interface ShardTotals {
  /** Outstanding messages in deliveries that were never leased, and in leased ones. */
  readonly neverLeased: number;
  readonly leased: number;
  /** Outstanding messages that are set aside, because they are damaged. */
  readonly damaged: number;
  /** Messages that entered by being sent or dead-lettered into the queue. */
  readonly sent: number;
  /** Messages that rewinds and redrives brought in, less those that a cancelled rewind took back. */
  readonly rewound: number;
  /** Consumed, or redriven to another queue. */
  readonly deleted: number;
  readonly deadLettered: number;
  readonly purged: number;
  /** Changes that these numbers include, barriers aside. */
  readonly changes: number;
}

/** First and last change of a batch, both included. */
export type SequenceRange = readonly [first: Sequence, last: Sequence];

/** Totals as kept, with what recognises a batch that comes again. */
export interface TotalsRecord extends ShardTotals {
  /** The last change in the order of the feed. */
  readonly sequence: Sequence;
  readonly asOfMs: EpochMs;
  /** Batches that came again after they were counted, and batches that were replayed; at most `REPEATS_MAX`. */
  readonly repeats: readonly SequenceRange[];
}

/**
 * How a batch arrives. The feed tells batches in order, so the totals already include a change at or before the last
 * one. A replay brings a batch that the feed has given up, after later ones: the totals include it only if an earlier
 * try counted it.
 */
export type Telling = 'inOrder' | 'replay';

/** The feed has come to where a barrier was put, or removed: the totals of the shard just then. */
export interface Passage {
  readonly key: DeliveryKey;
  readonly step: BarrierStep;
  readonly totals: ShardTotals;
}

export type BarrierStep = 'put' | 'removed';

export const NO_TOTALS: ShardTotals = {
  neverLeased: 0,
  leased: 0,
  damaged: 0,
  sent: 0,
  rewound: 0,
  deleted: 0,
  deadLettered: 0,
  purged: 0,
  changes: 0,
};

/** An archived message keeps its rewind as a dead letter. Then it names its source too, until a redrive moves it. */
const isBroughtBack = (part: Part): boolean => part.rewoundBy !== undefined && part.deadLetteredFrom === undefined;

/** What one change adds to the totals of its shard. */
export function totalsOf(change: Change): ShardTotals {
  const { before, after } = change;
  const entered = isEntry(change) ? (after?.parts ?? []) : [];
  const growth = (marks: (delivery: Delivery) => ReadonlySet<number>) =>
    before !== undefined && after !== undefined ? marks(after).size - marks(before).size : 0;
  const [held, heldBefore] = [heldIn(after), heldIn(before)];
  return {
    neverLeased: held.neverLeased - heldBefore.neverLeased,
    leased: held.leased - heldBefore.leased,
    damaged: held.damaged - heldBefore.damaged,
    sent: countMessages(entered.filter((part) => !isBroughtBack(part))),
    rewound: countMessages(entered.filter(isBroughtBack)) - growth((delivery) => delivery.withdrawn),
    deleted: consumedCount(change) + growth((delivery) => delivery.redriven),
    deadLettered: growth((delivery) => delivery.deadLettered),
    purged: growth((delivery) => delivery.purged),
    changes: barrierStep(change) === undefined ? 1 : 0,
  };
}

/** The outstanding messages of a delivery, by what the totals count them as. */
function heldIn(delivery: Delivery | undefined): Pick<ShardTotals, 'neverLeased' | 'leased' | 'damaged'> {
  const count = delivery === undefined ? 0 : outstandingCount(delivery);
  const isAside = delivery !== undefined && isSetAside(delivery.key);
  const isLeased = !isAside && delivery?.receiveCount !== 0;
  return {
    neverLeased: isLeased || isAside ? 0 : count,
    leased: isLeased ? count : 0,
    damaged: isAside ? count : 0,
  };
}

/** Name of a shard's record. */
export const totalsName = (shard: ShardKey): string => `${queueOfShard(shard)}/${shardOfKey(shard)}`;

/** Whether no message ever lay in the shard. */
export const isUntouched = (totals: ShardTotals): boolean =>
  (Object.keys(NO_TOTALS) as (keyof ShardTotals)[]).every((name) => totals[name] === 0);

/** A record that counted nothing yet. */
export const EMPTY_TOTALS: TotalsRecord = { ...NO_TOTALS, sequence: sequence('0'), asOfMs: 0 as EpochMs, repeats: [] };

/**
 * The record with a batch added, and the barriers that the batch passes. A change that the record includes is left
 * out, so that a repeated batch counts once; a record that the batch does not change is given back as it is.
 */
export function countChanges(
  record: TotalsRecord,
  changes: readonly Change[],
  telling: Telling = 'inOrder',
): { readonly record: TotalsRecord; readonly passages: readonly Passage[] } {
  const passages: Passage[] = [];
  const known: Change[] = [];
  let totals: ShardTotals = NO_TOTALS;
  let last: Change | undefined;
  for (const change of changes) {
    const step = barrierStep(change);
    const key = (change.after ?? change.before)?.key;
    if (step !== undefined && key !== undefined) {
      passages.push({ key, step, totals: addTotals(record, totals) });
    } else if (isCounted(record, change, telling)) known.push(change);
    else {
      totals = addTotals(totals, totalsOf(change));
      last = change;
    }
  }
  const noted = telling === 'replay' ? changes : known;
  const repeats = noted.every((change) => isRepeat(record, change)) ? record.repeats : withRange(record.repeats, noted);
  if (last === undefined && repeats === record.repeats) return { record, passages };
  const newest = last !== undefined && last.sequence > record.sequence ? last : undefined;
  return {
    record: {
      ...record,
      ...addTotals(record, totals),
      ...(newest && { sequence: newest.sequence, asOfMs: newest.atMs }),
      repeats,
    },
    passages,
  };
}

const isCounted = (record: TotalsRecord, change: Change, telling: Telling): boolean =>
  change.sequence <= record.sequence && (telling === 'inOrder' || isRepeat(record, change));

const isRepeat = ({ repeats }: TotalsRecord, change: Change): boolean =>
  repeats.some(([first, last]) => change.sequence >= first && change.sequence <= last);

/** With the range of some changes. Beyond the limit the two oldest are joined: a replay between them is not counted. */
function withRange(ranges: readonly SequenceRange[], changes: readonly Change[]): readonly SequenceRange[] {
  const sequences = changes.map(({ sequence }) => sequence).toSorted();
  const [first, last] = [sequences[0], sequences.at(-1)];
  if (first === undefined || last === undefined) return ranges;
  const apart = ranges.filter(([from, to]) => to < first || from > last);
  const touched = [...ranges.filter((range) => !apart.includes(range)), [first, last] as const];
  const bounds = touched.flat().toSorted();
  const all = [...apart, [bounds[0] ?? first, bounds.at(-1) ?? last] as const].toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const [oldest, next, ...rest] = all;
  const isTooMany = all.length > REPEATS_MAX && oldest !== undefined && next !== undefined;
  return isTooMany ? [[oldest[0], next[1]], ...rest] : all;
}

/** What a change does to a barrier: a delivery without messages, which tells how far the feed has come. */
export function barrierStep({ before, after }: Change): BarrierStep | undefined {
  if (before === undefined) return after?.parts.length === 0 ? 'put' : undefined;
  return after === undefined && before.parts.length === 0 ? 'removed' : undefined;
}

export const isBarrier = (change: Change): boolean => barrierStep(change) !== undefined;

export function addTotals(one: ShardTotals, other: ShardTotals): ShardTotals {
  return {
    neverLeased: one.neverLeased + other.neverLeased,
    leased: one.leased + other.leased,
    damaged: one.damaged + other.damaged,
    sent: one.sent + other.sent,
    rewound: one.rewound + other.rewound,
    deleted: one.deleted + other.deleted,
    deadLettered: one.deadLettered + other.deadLettered,
    purged: one.purged + other.purged,
    changes: one.changes + other.changes,
  };
}

const countMessages = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.count, 0);
