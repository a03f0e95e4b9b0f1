import { assert } from './assert.ts';
import type { EpochMs } from './brand.ts';
import {
  DELIVERY_ID_LENGTH,
  type DeliveryKey,
  keyAfter,
  type MessageId,
  type Origin,
  SHARD_ID_LENGTH,
  type ShardId,
} from './ids.ts';
import { INSTANT_MS_LAST } from './limits.ts';
import { instantText, sortableNumberAt, toSortableText } from './sortable-text.ts';

/**
 * The public id of a message is a UUID (RFC 9562, version 8). It is computed from the origin, so it is never stored
 * and never changes. Its 122 free bits:
 *
 *     42 first visible instant · 30 shard · 42 first delivery: 7 of the 8 characters of its id · 7 index
 *     1 delayed
 *
 * The id leads to its message but does not hold the whole origin: two messages have one id when they became visible in
 * the same millisecond of one shard and 42 random bits agree. At 1,000 sends a second into one shard that happens once
 * in about 280 years. Identity inside, and with it every promise about messages, rests on the whole origin.
 */

/** What an id tells of its message. */
export interface MessageTrace {
  readonly shardId: ShardId;
  readonly firstVisibleAtMs: EpochMs;
  /** When it was sent; a delayed message does not tell. */
  readonly sentAtMs: EpochMs | undefined;
  /** The range of keys in which its first delivery lies, or lay. */
  readonly firstDelivery: { readonly from: DeliveryKey; readonly before: DeliveryKey };
}

/** Characters of a delivery id that a UUID has room for. */
const TRACED_ID_LENGTH = DELIVERY_ID_LENGTH - 1;
/** 7 bits of index beside the bit for a delay. */
const TRACED_INDEX_MAX = 127;
/** Splits the 42 bits of a delivery id: 2 beside the variant, 40 in the last group of the UUID. */
const TWO_TO_40 = 2 ** 40;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** @param index - of the message in its first delivery, 0 to 127 */
export function messageId(origin: Origin, index: number): MessageId {
  assert(index <= TRACED_INDEX_MAX, 'an id has room for the index', index);
  if (origin !== last.origin) last = { origin, head: headOf(origin) };
  const isDelayed = origin.visibleAtMs !== origin.sentAtMs;
  return (last.head + HEX_BYTES[index * 2 + (isDelayed ? 1 : 0)]) as MessageId;
}

/** Messages of one origin share all but the last byte of their ids: the rest is computed once. */
let last: { readonly origin: Origin | undefined; readonly head: string } = { origin: undefined, head: '' };

const HEX_BYTES = Array.from({ length: 256 }, (_, value) => hex(value, 2));

function headOf({ shardId, id, visibleAtMs }: Origin): string {
  assert(visibleAtMs <= INSTANT_MS_LAST, 'an id has room for the instant', visibleAtMs);
  const shard = sortableNumberAt(shardId, 0, SHARD_ID_LENGTH);
  const delivery = sortableNumberAt(id, 0, TRACED_ID_LENGTH);
  const start = hex(visibleAtMs * 64 + (shard >>> 24), 12);
  const middle = hex((shard >>> 12) & 0xfff, 3);
  const variant = hex(0x8000 + (shard & 0xfff) * 4 + Math.floor(delivery / TWO_TO_40), 4);
  return `${start.slice(0, 8)}-${start.slice(8)}-8${middle}-${variant}-${hex(delivery % TWO_TO_40, 10)}`;
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}

/** The id in lower case, as this software writes it. Callers may write UUIDs in capitals. */
export const asMessageId = (text: string): MessageId => text.toLowerCase() as MessageId;

/** Reads what {@link messageId} wrote; `undefined` when the text is no message id. */
export function traceOf(id: string): MessageTrace | undefined {
  if (!UUID.test(id)) return undefined;
  const [high = '', low = '', version = '', variant = '', node = ''] = id.split('-');
  const start = Number.parseInt(high + low, 16);
  const variantBits = Number.parseInt(variant, 16) & 0x3fff;
  const shard = (start % 64) * 2 ** 24 + Number.parseInt(version.slice(1), 16) * 2 ** 12 + (variantBits >>> 2);
  const delivery = (variantBits & 3) * TWO_TO_40 + Number.parseInt(node.slice(0, 10), 16);
  const firstVisibleAtMs = Math.floor(start / 64) as EpochMs;
  const isDelayed = Number.parseInt(node.slice(10), 16) % 2 === 1;
  return {
    shardId: toSortableText(shard, SHARD_ID_LENGTH) as ShardId,
    firstVisibleAtMs,
    sentAtMs: isDelayed ? undefined : firstVisibleAtMs,
    firstDelivery: { from: keyOf(firstVisibleAtMs, delivery), before: keyOf(firstVisibleAtMs, delivery + 1) },
  };
}

/** The first key of a delivery whose id begins with these bits. */
const keyOf = (visibleAtMs: EpochMs, idStart: number): DeliveryKey =>
  idStart < 64 ** TRACED_ID_LENGTH
    ? ((instantText(visibleAtMs) + toSortableText(idStart, TRACED_ID_LENGTH)) as DeliveryKey)
    : keyAfter(visibleAtMs);
