import { assert } from './assert.ts';
import type { EpochMs } from './brand.ts';
import { DecodeError } from './bytes.ts';
import {
  type Delivery,
  isUnmarked,
  messageCount,
  newDelivery,
  outstandingCount,
  type Part,
  payloadPosition,
  slicedParts,
} from './delivery.ts';
import { type DeliveryKey, visibleAtMs } from './ids.ts';
import { MESSAGE_FRAME_BYTES, MESSAGES_PER_LEASE_MAX, type Thresholds, UNPACKED_BYTES_MAX } from './limits.ts';
import type { Message } from './message.ts';
import { pack, unpack, unpackedBytes } from './packing.ts';
import { encodeParts } from './part-codec.ts';
import { Reach } from './reach.ts';

/** Messages of one due delivery that a claim takes over. */
export interface Take {
  readonly seen: Delivery;
  readonly indexes: readonly number[];
  /** Their inline messages, in order; `undefined` when the payload is damaged. */
  readonly inline: readonly Message[] | undefined;
}

/** Unpacks on first access: a claim that takes a whole delivery never needs the messages. */
class DueTake implements Take {
  readonly seen: Delivery;
  readonly indexes: readonly number[];
  #inline: { readonly messages: readonly Message[] | undefined } | undefined;

  constructor(seen: Delivery, indexes: readonly number[]) {
    this.seen = seen;
    this.indexes = indexes;
  }

  get inline(): readonly Message[] | undefined {
    this.#inline ??= { messages: inlineMessages(this.seen, this.indexes) };
    return this.#inline.messages;
  }
}

/** A leased delivery and the takes it joins, in the order of its messages. */
export interface Lease {
  readonly delivery: Delivery;
  readonly takes: readonly Take[];
}

/** What the original of a take becomes once its messages are on a lease; each on condition of the edition seen. */
export type TakeOver =
  | { readonly kind: 'remove' }
  | { readonly kind: 'advance'; readonly first: number }
  | { readonly kind: 'move' };

/** Bytes of a delivery item without content: key names and values, counters, attribute names. */
const DELIVERY_BYTES = 48;
/** Bytes that a later mark on a message adds. */
const MARK_BYTES = 3;

/** How much still fits an answer. An empty answer takes one message of any size. */
export interface Room {
  readonly bytesLeft: number;
  readonly isEmpty: boolean;
}

/**
 * Chooses messages from due deliveries, in order: at most `wanted`, about as many as the answer has room for, and no
 * more than one call may unpack. The last delivery may be taken in part.
 */
export function planTakes(
  candidates: readonly { readonly delivery: Delivery; readonly indexes: readonly number[] }[],
  wanted: number,
  room: Room,
): Take[] {
  const takes: Take[] = [];
  const reach = new Reach(UNPACKED_BYTES_MAX);
  let left = wanted;
  let { bytesLeft } = room;
  for (const { delivery, indexes } of candidates) {
    const bytesEach = averageBytes(delivery);
    left = Math.min(left, Math.floor(bytesLeft / bytesEach));
    if (takes.length === 0 && room.isEmpty) left = Math.max(1, left);
    if (left <= 0) break;
    const isWhole = indexes.length === messageCount(delivery);
    // A damaged payload cannot be cut: all that is left of the delivery goes.
    const isDamaged = !(isWhole && indexes.length <= left) && inlineMessages(delivery, indexes) === undefined;
    const wished = isDamaged ? indexes : indexes.slice(0, left);
    const chosen = reach.within(delivery, wished);
    if (chosen.length > 0) takes.push(new DueTake(delivery, chosen));
    if (chosen.length < wished.length) break;
    left -= chosen.length;
    bytesLeft -= chosen.length * bytesEach;
  }
  return takes;
}

/**
 * Joins takes into as few leases as possible. A lease fits one write unit, and its messages have one receive count. A
 * damaged payload gets a lease of its own, so that it spoils no other.
 */
export function planLeases(
  takes: readonly Take[],
  options: { readonly nowMs: EpochMs; readonly thresholds: Thresholds; readonly nextKey: () => DeliveryKey },
): Lease[] {
  const leases: Lease[] = [];
  for (const group of groupJoinable(takes.flatMap(splitForLeases))) {
    let rest = group;
    while (rest.length > 0) {
      const { joined, content } = joinFitting(rest, options);
      const receiveCount = (joined[0]?.seen.receiveCount ?? 0) + 1;
      leases.push({ delivery: newDelivery(options.nextKey(), receiveCount, content), takes: joined });
      rest = rest.slice(joined.length);
    }
  }
  return leases;
}

/** The lease that a delivery becomes where it lies. */
export interface LeaseInPlace {
  readonly untilMs: EpochMs;
  /** As before, with the time of the first receive. */
  readonly parts: readonly Part[];
}

/** An unmarked delivery as it is leased in place. Its edition continues from the end of the lease. */
export const leasedInPlace = (delivery: Delivery, { untilMs, parts }: LeaseInPlace): Delivery => ({
  ...delivery,
  receiveCount: delivery.receiveCount + 1,
  parts,
  edition: untilMs,
  leasedUntilMs: untilMs,
});

/**
 * The same lease where the delivery lies that it takes over; `undefined` unless it takes one delivery, whole, that was
 * never changed. A second lease must not lie there: the receipts of the first would name it.
 */
export function inPlace({ delivery, takes }: Lease): Lease | undefined {
  const [take, ...others] = takes;
  if (take === undefined || others.length > 0) return undefined;
  const { seen, indexes } = take;
  if (seen.receiveCount > 0 || !isUnmarked(seen) || indexes.length < messageCount(seen)) return undefined;
  return { takes, delivery: leasedInPlace(seen, { untilMs: visibleAtMs(delivery.key), parts: delivery.parts }) };
}

export const isInPlace = ({ delivery }: Lease): boolean => delivery.leasedUntilMs !== undefined;

/** What becomes of the original of a take: see "Leases" in docs/architecture.md. */
export function planTakeOver({ seen, indexes }: Pick<Take, 'seen' | 'indexes'>): TakeOver {
  const wasNeverTouched = seen.receiveCount === 0 && seen.acked.size === 0 && seen.moved.size === 0;
  if (!wasNeverTouched) return { kind: 'move' };
  if (indexes.length === outstandingCount(seen)) return { kind: 'remove' };
  // A claim takes an untouched delivery from its front; a redrive with a filter takes messages from anywhere.
  const isFront = indexes.at(-1) === seen.first + indexes.length - 1;
  return isFront ? { kind: 'advance', first: seen.first + indexes.length } : { kind: 'move' };
}

/** Parts and payload for some messages of a delivery, to put into another one; the payload must not be damaged. */
export function contentOf(delivery: Delivery, indexes: readonly number[], plainBytesMax: number): Content {
  const inline = inlineMessages(delivery, indexes);
  if (inline === undefined) return { parts: delivery.parts, ...payloadOf(delivery) };
  return joinContent([{ seen: delivery, indexes, inline }], plainBytesMax);
}

interface Content {
  readonly parts: readonly Part[];
  readonly payload?: Uint8Array;
}

/** The inline messages among `indexes`, in order; `undefined` when the payload is damaged. */
export function inlineMessages(delivery: Delivery, indexes: readonly number[]): readonly Message[] | undefined {
  if (delivery.payload === undefined) return [];
  try {
    const all = unpack(delivery.payload);
    const inlineCount = delivery.parts.reduce((sum, part) => sum + (part.kind === 'inline' ? part.count : 0), 0);
    // With another number of messages, some would get the ids of others.
    if (all.length !== inlineCount) return undefined;
    if (indexes.length === inlineCount && inlineCount === messageCount(delivery)) return all;
    return indexes.flatMap((index) => {
      const position = payloadPosition(delivery, index);
      const message = position === undefined ? undefined : all[position];
      return message === undefined ? [] : [message];
    });
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Bytes in an answer of a message of this delivery, on average over all that its blocks, slices and payload hold. */
function averageBytes(delivery: Delivery): number {
  let bytes = delivery.payload === undefined ? 0 : unpackedBytes(delivery.payload);
  let count = 0;
  for (const part of delivery.parts) {
    count += part.count;
    if (part.kind === 'block') bytes += (part.blockBytes * part.count) / part.blockCount;
    if (part.kind === 'archive') bytes += (part.slice.contentBytes * part.count) / part.slice.messageCount;
  }
  return MESSAGE_FRAME_BYTES + bytes / count;
}

/** A rewound delivery may hold more messages than a lease: conditions on a lease name each message, within 4 KB. */
function splitForLeases(take: Take): Take[] {
  const { seen, indexes } = take;
  if (indexes.length <= MESSAGES_PER_LEASE_MAX) return [take];
  const pieces: Take[] = [];
  for (let start = 0; start < indexes.length; start += MESSAGES_PER_LEASE_MAX) {
    pieces.push(new DueTake(seen, indexes.slice(start, start + MESSAGES_PER_LEASE_MAX)));
  }
  return pieces;
}

function groupJoinable(takes: readonly Take[]): Take[][] {
  if (takes.length === 1) return [[...takes]];
  const groups = new Map<number, Take[]>();
  const damaged: Take[][] = [];
  for (const take of takes) {
    const group = groups.get(take.seen.receiveCount);
    if (take.inline === undefined) damaged.push([take]);
    else if (group === undefined) groups.set(take.seen.receiveCount, [take]);
    else group.push(take);
  }
  return [...groups.values(), ...damaged];
}

/** The most takes from the front that fit one lease, and their content; one take always fits. */
function joinFitting(
  takes: readonly Take[],
  options: { readonly nowMs: EpochMs; readonly thresholds: Thresholds },
): { joined: readonly Take[]; content: Content } {
  let count = takesHolding(takes, MESSAGES_PER_LEASE_MAX);
  for (;;) {
    const joined = takes.slice(0, count);
    const messages = joined.reduce((sum, take) => sum + take.indexes.length, 0);
    const room = options.thresholds.leaseBytesMax - DELIVERY_BYTES - MARK_BYTES * messages;
    const content = firstReceived(joinContent(joined, room), options.nowMs);
    if (count === 1) return { joined, content };
    const bytes = encodeParts(content.parts).length + (content.payload?.length ?? 0);
    if (bytes <= room) return { joined, content };
    count = Math.max(1, Math.min(count - 1, Math.floor((count * room) / bytes)));
  }
}

function takesHolding(takes: readonly Take[], messagesMax: number): number {
  let messages = 0;
  const end = takes.findIndex((take) => (messages += take.indexes.length) > messagesMax);
  return end === -1 ? takes.length : Math.max(1, end);
}

function joinContent(takes: readonly Take[], plainBytesMax: number): Content {
  const [only, ...others] = takes;
  assert(only !== undefined, 'a lease joins at least one take');
  const parts = takes.flatMap((take) => slicedParts(take.seen, take.indexes));
  const isWhole = others.length === 0 && only.indexes.length === messageCount(only.seen);
  if (isWhole) return { parts, ...payloadOf(only.seen) };
  // A damaged payload of which messages were taken before cannot be cut: the lease gets none.
  const inline = takes.flatMap((take) => take.inline ?? []);
  return inline.length === 0 ? { parts } : { parts, payload: pack(inline, plainBytesMax) };
}

const payloadOf = (delivery: Delivery): { payload?: Uint8Array } =>
  delivery.payload === undefined ? {} : { payload: delivery.payload };

/** The first lease stores its time; later ones keep it. */
function firstReceived(content: Content, nowMs: EpochMs): Content {
  return { ...content, parts: content.parts.map((part) => ({ firstReceivedAtMs: nowMs, ...part })) };
}
