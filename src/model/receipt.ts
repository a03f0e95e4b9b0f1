import type { Brand } from './brand.ts';
import {
  DELIVERY_KEY_LENGTH,
  type DeliveryKey,
  INDEX_LENGTH,
  numberOf,
  numberText,
  QUEUE_ID_LENGTH,
  type QueueId,
  queueOfShard,
  SHARD_ID_LENGTH,
  type ShardKey,
} from './ids.ts';
import { isSortableText, toSortableText } from './sortable-text.ts';

/** Opaque handle of one message within one lease: characters `A-Za-z0-9_-`, 39 of them. */
export type ReceiptText = Brand<string, 'ReceiptText'>;

export interface Receipt {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
  readonly index: number;
  /** Messages of the lease: who holds all its receipts may remove it at once. */
  readonly count: number;
}

const SHARD_KEY_LENGTH = QUEUE_ID_LENGTH + SHARD_ID_LENGTH;
const LEASE_LENGTH = SHARD_KEY_LENGTH + DELIVERY_KEY_LENGTH;
const CHECK_LENGTH = 4;
const RECEIPT_LENGTH = LEASE_LENGTH + 2 * INDEX_LENGTH + CHECK_LENGTH;

export function encodeReceipt({ shard, key, index, count }: Receipt): ReceiptText {
  const lease = shard + key;
  const position = numberText(index) + numberText(count);
  return (lease + position + toSortableText(check(position, leaseOf(lease).hash), CHECK_LENGTH)) as ReceiptText;
}

/** Reads a receipt of `queue`; `undefined` when it was not given out by this queue or was changed on its way. */
export function decodeReceipt(text: string, queue: QueueId): Receipt | undefined {
  if (text.length !== RECEIPT_LENGTH || !isSortableText(text)) return undefined;
  const { shard, key, hash } = text.startsWith(lastLease.text) ? lastLease : leaseOf(text.slice(0, LEASE_LENGTH));
  if (check(text.slice(LEASE_LENGTH, -CHECK_LENGTH), hash) !== numberOf(text.slice(-CHECK_LENGTH))) return undefined;
  const index = numberOf(text.slice(LEASE_LENGTH, LEASE_LENGTH + INDEX_LENGTH));
  const count = numberOf(text.slice(LEASE_LENGTH + INDEX_LENGTH, -CHECK_LENGTH));
  return queueOfShard(shard) === queue && index < count ? { shard, key, index, count } : undefined;
}

/** Most receipts of a call name one lease: what was computed for the last one serves the next. */
let lastLease = newLease('-'.repeat(LEASE_LENGTH));

function leaseOf(text: string): typeof lastLease {
  if (text !== lastLease.text) lastLease = newLease(text);
  return lastLease;
}

function newLease(text: string) {
  const shard = text.slice(0, SHARD_KEY_LENGTH) as ShardKey;
  return { text, shard, key: text.slice(SHARD_KEY_LENGTH) as DeliveryKey, hash: hashed(text) };
}

/** FNV-1a, 24 bits: tells a mistyped or cut receipt from a real one; it is no secret and no proof of origin. */
const check = (position: string, leaseHash: number): number => (hashed(position, leaseHash) >>> 0) % 64 ** CHECK_LENGTH;

function hashed(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let position = 0; position < text.length; position++) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  return hash;
}
