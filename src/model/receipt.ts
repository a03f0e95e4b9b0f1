import type { Brand } from './brand.ts';
import {
  DELIVERY_KEY_LENGTH,
  type DeliveryKey,
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
const CHECK_LENGTH = 4;
const RECEIPT_LENGTH = SHARD_KEY_LENGTH + DELIVERY_KEY_LENGTH + 4 + CHECK_LENGTH;

export function encodeReceipt(receipt: Receipt): ReceiptText {
  const text = receipt.shard + receipt.key + numberText(receipt.index) + numberText(receipt.count);
  return (text + check(text)) as ReceiptText;
}

/** Reads a receipt of `queue`; `undefined` when it was not given out by this queue or was changed on its way. */
export function decodeReceipt(text: string, queue: QueueId): Receipt | undefined {
  if (text.length !== RECEIPT_LENGTH || !isSortableText(text)) return undefined;
  const content = text.slice(0, -CHECK_LENGTH);
  if (check(content) !== text.slice(-CHECK_LENGTH)) return undefined;
  const shard = content.slice(0, SHARD_KEY_LENGTH) as ShardKey;
  const key = content.slice(SHARD_KEY_LENGTH, SHARD_KEY_LENGTH + DELIVERY_KEY_LENGTH) as DeliveryKey;
  const index = numberOf(content.slice(-4, -2));
  const count = numberOf(content.slice(-2));
  return queueOfShard(shard) === queue && index < count ? { shard, key, index, count } : undefined;
}

/** FNV-1a, 24 bits: tells a mistyped or cut receipt from a real one; it is no secret and no proof of origin. */
function check(text: string): string {
  let hash = 0x811c9dc5;
  for (let position = 0; position < text.length; position++) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  return toSortableText((hash >>> 0) % 64 ** CHECK_LENGTH, CHECK_LENGTH);
}
