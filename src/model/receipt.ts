import type { Brand, EpochMs } from './brand.ts';
import {
  DELIVERY_KEY_LENGTH,
  type DeliveryKey,
  INDEX_LENGTH,
  numberText,
  QUEUE_ID_LENGTH,
  type QueueId,
  queueOfShard,
  SHARD_ID_LENGTH,
  type ShardKey,
} from './ids.ts';
import { INSTANT_LENGTH, instantText, isSortableText, sortableNumberAt, textInstant } from './sortable-text.ts';

/**
 * Opaque handle of one message within one lease: `r` and 39 characters of `A-Za-z0-9_-`, or, for a lease in place, `p`
 * and 47.
 */
export type ReceiptText = Brand<string, 'ReceiptText'>;

export interface Receipt {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
  /** The end of a lease in place; for all others their key says it. */
  readonly leasedUntilMs?: EpochMs;
  readonly index: number;
  /** Messages of the lease: a call with all its receipts may remove it at once. */
  readonly count: number;
}

/** Receipts begin with a letter: command lines read a leading `-`, with which a queue id may begin, as an option. */
const LETTER = 'r';
const IN_PLACE_LETTER = 'p';
const SHARD_KEY_END = LETTER.length + QUEUE_ID_LENGTH + SHARD_ID_LENGTH;
const LEASE_LENGTH = SHARD_KEY_END + DELIVERY_KEY_LENGTH;
/** Index and count, behind the lease. */
const POSITION_LENGTH = 2 * INDEX_LENGTH;
/** The check is written as two numbers. */
const CHECK_LENGTH = 2 * INDEX_LENGTH;
// Each number of a receipt has 12 bits, so the check of 24 takes two.
const HALF_BITS = 12;
const HALF_MASK = 2 ** HALF_BITS - 1;
const CHECK_MASK = 2 ** (2 * HALF_BITS) - 1;

export function encodeReceipt({ shard, key, leasedUntilMs, index, count }: Receipt): ReceiptText {
  const lease = leaseOf(
    leasedUntilMs === undefined ? LETTER + shard + key : IN_PLACE_LETTER + shard + key + instantText(leasedUntilMs),
  );
  const position = numberText(index) + numberText(count);
  const check = checkOf(position, { from: 0, to: position.length, leaseHash: lease.hash });
  const text = lease.text + position + numberText(check >>> HALF_BITS) + numberText(check & HALF_MASK);
  return text as ReceiptText;
}

/** Reads a receipt of `queue`; `undefined` when it was not given out by this queue or was changed on its way. */
export function decodeReceipt(text: string, queue: QueueId): Receipt | undefined {
  const leaseLength = text.startsWith(IN_PLACE_LETTER) ? LEASE_LENGTH + INSTANT_LENGTH : LEASE_LENGTH;
  const checkAt = leaseLength + POSITION_LENGTH;
  if (text.length !== checkAt + CHECK_LENGTH) return undefined;
  const lease = text.startsWith(lastLease.text) ? lastLease : leaseOf(text.slice(0, leaseLength));
  if (lease.queue !== queue) return undefined;
  const check = checkOf(text, { from: leaseLength, to: checkAt, leaseHash: lease.hash });
  if (check !== sortableNumberAt(text, checkAt, text.length)) return undefined;
  const index = sortableNumberAt(text, leaseLength, leaseLength + INDEX_LENGTH);
  const count = sortableNumberAt(text, leaseLength + INDEX_LENGTH, checkAt);
  return index >= 0 && index < count ? { ...lease.named, index, count } : undefined;
}

/** Most receipts of a call name one lease: what was computed for the last one serves the next. */
let lastLease = newLease(LETTER.padEnd(LEASE_LENGTH, '-'));

function leaseOf(text: string): typeof lastLease {
  if (text !== lastLease.text) lastLease = newLease(text);
  return lastLease;
}

function newLease(text: string) {
  const isInPlace = text.startsWith(IN_PLACE_LETTER);
  const isSound = (isInPlace || text.startsWith(LETTER)) && isSortableText(text);
  const shard = text.slice(LETTER.length, SHARD_KEY_END) as ShardKey;
  const key = text.slice(SHARD_KEY_END, LEASE_LENGTH) as DeliveryKey;
  const named: Pick<Receipt, 'shard' | 'key' | 'leasedUntilMs'> =
    isSound && isInPlace ? { shard, key, leasedUntilMs: textInstant(text.slice(LEASE_LENGTH)) } : { shard, key };
  return { text, queue: isSound ? queueOfShard(shard) : undefined, named, hash: hashed(text, 0, text.length) };
}

/** FNV-1a, 24 bits: it detects a mistyped or cut receipt. It is no secret and no proof of origin. */
const checkOf = (
  text: string,
  { from, to, leaseHash }: { readonly from: number; readonly to: number; readonly leaseHash: number },
): number => hashed(text, from, to, leaseHash) & CHECK_MASK;

function hashed(text: string, from: number, to: number, start = 0x811c9dc5): number {
  let hash = start;
  for (let position = from; position < to; position++) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  return hash;
}
