import type { Brand, EpochMs } from './brand.ts';
import { type Delivery, outstandingCount, outstandingIndexes } from './delivery.ts';
import type { ShardKey } from './ids.ts';

/** Position in a shard's feed: digits padded to one length, so that later ones sort after earlier ones. */
export type Sequence = Brand<string, 'Sequence'>;

/** Sequence numbers of DynamoDB Streams have at most 40 digits; padded, they sort as text. */
export const SEQUENCE_LENGTH = 40;
export const sequence = (digits: string): Sequence => digits.padStart(SEQUENCE_LENGTH, '0') as Sequence;

/** One change of one delivery, as the store's feed tells it, in the order of its shard and at least once. */
export interface Change {
  readonly shard: ShardKey;
  readonly sequence: Sequence;
  readonly atMs: EpochMs;
  /** Absent when the delivery was put. */
  readonly before?: Delivery;
  /** Absent when it was removed. */
  readonly after?: Delivery;
}

/** Indexes that a change consumed, in order: newly acked, or removed with a leased delivery that still held them. */
export function consumedBy(change: Change): number[] {
  const { before, after } = change;
  if (before === undefined) return [];
  if (after !== undefined && after.acked.size === before.acked.size) return [];
  if (after !== undefined) return [...after.acked].filter((index) => !before.acked.has(index)).sort(ascending);
  return before.receiveCount === 0 ? [] : outstandingIndexes(before);
}

/** How many indexes {@link consumedBy} names; acks are never taken back. */
export function consumedCount({ before, after }: Change): number {
  if (before === undefined) return 0;
  if (after !== undefined) return after.acked.size - before.acked.size;
  return before.receiveCount === 0 ? 0 : outstandingCount(before);
}

/**
 * Whether a change put messages that the shard had not held before. A lease that is given back without a count may have
 * a receive count of 0, too, but its messages were received.
 */
export const isEntry = ({ before, after }: Change): boolean =>
  before === undefined &&
  after?.receiveCount === 0 &&
  after.parts.every(({ firstReceivedAtMs }) => firstReceivedAtMs === undefined);

const ascending = (one: number, other: number): number => one - other;
