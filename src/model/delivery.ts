import { assert } from './assert.ts';
import type { EpochMs } from './brand.ts';
import { type DeliveryKey, type MessageId, type Origin, type QueueId, type RewindId, visibleAtMs } from './ids.ts';
import { messageId } from './message-id.ts';

/** Some messages, in order: where they are stored, and what moves along with them. */
export type Part = StoredPart | ArchivePart;

/** Messages that are stored with the deliveries, and named by where they were sent. */
export type StoredPart = InlinePart | BlockPart;

interface AnyPart {
  /** Index of the first message, within the origin or within the archive slice. */
  readonly first: number;
  readonly count: number;
  /** When a consumer first received them; absent until then. */
  readonly firstReceivedAtMs?: EpochMs;
  /** The rewind or redrive that brought them back. */
  readonly rewoundBy?: RewindId;
  /** The queue they were dead letters of, before they entered this one; a stored part has this or `rewoundBy`. */
  readonly deadLetteredFrom?: QueueId;
  /** When the messages entered this queue, if not by being sent: dead-lettered, redriven or rewound. */
  readonly enteredAtMs?: EpochMs;
  /** Receives in the queues that the messages were moved through before; absent for none. */
  readonly receivedBefore?: number;
}

interface PartOfOrigin extends AnyPart {
  readonly origin: Origin;
}

/** The messages are packed in the delivery's own payload, in the order of its inline parts. */
export interface InlinePart extends PartOfOrigin {
  readonly kind: 'inline';
}

/** The messages are in the block that the origin names. */
export interface BlockPart extends PartOfOrigin {
  readonly kind: 'block';
  /** Messages of the whole block, 1 to 100. The archiver learns from it when a block is finished. */
  readonly blockCount: number;
  /** Bytes of the bodies and attributes of the whole block, so that a claim can keep its answer within the limit. */
  readonly blockBytes: number;
  /** Its payload is an object, which leaves with it. */
  readonly isOffloaded?: true;
}

/** The messages are in a slice of an archive object, which holds their identities. A rewind made them available. */
export interface ArchivePart extends AnyPart {
  readonly kind: 'archive';
  readonly slice: SliceName;
  readonly rewoundBy: RewindId;
  readonly enteredAtMs: EpochMs;
}

/** Where a slice lies, and whose messages it holds. */
export interface SliceName {
  /** The queue that was rewound; a rewind into another queue keeps it. */
  readonly queueId: QueueId;
  /** Name of the archive object. */
  readonly object: string;
  /** Number of the slice in the object. */
  readonly number: number;
  /** Byte range of the slice in the object. */
  readonly offset: number;
  readonly length: number;
  /** Messages of the whole slice. */
  readonly messageCount: number;
  /** Unpacked bytes of all its messages, so that a claim can keep its answer within the limit. */
  readonly contentBytes: number;
}

/** Where one message of a delivery went by a change of its visibility. */
export interface Forward {
  readonly key: DeliveryKey;
  readonly index: number;
}

/** The marks that may change in place; each number is the index of a message within the delivery. */
export interface Marks {
  /** Consumed. */
  readonly acked: ReadonlySet<number>;
  /** Lives on in another delivery, or was discarded. */
  readonly moved: ReadonlySet<number>;
  /** Those of `moved` that went to the dead-letter queue. The count of dead-lettered messages comes from them. */
  readonly deadLettered: ReadonlySet<number>;
  /** Those of `moved` that a purge discarded. */
  readonly purged: ReadonlySet<number>;
  /** Those of `moved` that a cancelled rewind took back. */
  readonly withdrawn: ReadonlySet<number>;
  /** Those of `moved` that a redrive took to another queue. */
  readonly redriven: ReadonlySet<number>;
  readonly forward: ReadonlyMap<number, Forward>;
}

/** An entry of a shard: these messages become visible at this time. */
export interface Delivery extends Marks {
  readonly key: DeliveryKey;
  /** How often its messages were received in this queue; 0 until a first lease. */
  readonly receiveCount: number;
  /** Messages before this index were taken over by leases; only in deliveries that were never leased. */
  readonly first: number;
  readonly parts: readonly Part[];
  /** Packed messages of the inline parts; absent when there are none. */
  readonly payload?: Uint8Array;
  /** Grows with each change in place. */
  readonly edition: number;
  /** The end of a lease in place: until then no claim takes its messages. Absent for all other deliveries. */
  readonly leasedUntilMs?: EpochMs;
}

export const NO_MARKS: Marks = {
  acked: new Set(),
  moved: new Set(),
  deadLettered: new Set(),
  purged: new Set(),
  withdrawn: new Set(),
  redriven: new Set(),
  forward: new Map(),
};

/** A delivery without marks, as it is first put. */
export function newDelivery(
  key: DeliveryKey,
  receiveCount: number,
  { parts, payload }: { readonly parts: readonly Part[]; readonly payload?: Uint8Array },
): Delivery {
  // All fields, in the order of the decoders: new and decoded deliveries then share one V8 hidden class.
  const { acked, moved, deadLettered, purged, forward, withdrawn, redriven } = NO_MARKS;
  const delivery: { -readonly [Field in keyof Delivery]: Delivery[Field] } = {
    key,
    receiveCount,
    first: 0,
    parts,
    edition: 0,
    acked,
    moved,
    deadLettered,
    purged,
    forward,
    withdrawn,
    redriven,
  };
  if (payload !== undefined) delivery.payload = payload;
  return delivery;
}

export const messageCount = (delivery: Delivery): number => delivery.parts.reduce((sum, part) => sum + part.count, 0);

export function allIndexes(delivery: Delivery): number[] {
  const indexes: number[] = [];
  const count = messageCount(delivery);
  for (let index = 0; index < count; index++) indexes.push(index);
  return indexes;
}

export const isOutstanding = (delivery: Delivery, index: number): boolean =>
  index >= delivery.first && !delivery.acked.has(index) && !delivery.moved.has(index);

/** Indexes of the messages that are neither acked nor moved. */
export function outstandingIndexes(delivery: Delivery): number[] {
  const indexes: number[] = [];
  const count = messageCount(delivery);
  for (let index = delivery.first; index < count; index++) if (isOutstanding(delivery, index)) indexes.push(index);
  return indexes;
}

export function outstandingCount(delivery: Delivery): number {
  const hasMarks = delivery.acked.size > 0 || delivery.moved.size > 0;
  return hasMarks ? outstandingIndexes(delivery).length : messageCount(delivery) - delivery.first;
}

/** No message of it is outstanding. A barrier never holds a message, so it is finished from the start. */
export const isFinished = (delivery: Delivery): boolean => outstandingCount(delivery) === 0;

/** When the messages become visible: by the key, or when the lease in place ends. */
export const dueAtMs = ({ key, leasedUntilMs }: Pick<Delivery, 'key' | 'leasedUntilMs'>): EpochMs =>
  leasedUntilMs ?? visibleAtMs(key);

/** No change was ever made in place. */
export const isUnmarked = (delivery: Delivery): boolean => delivery.edition === 0;

/** Receives of the messages of a part, in this queue and in those that they were moved through before. */
export const totalReceives = (delivery: Delivery, part: Part): number =>
  delivery.receiveCount + (part.receivedBefore ?? 0);

/** When the retention of a message began: when it first became visible, after its delay, or was brought back. */
export const retainedSinceMs = (part: Part): EpochMs =>
  part.kind === 'archive' || part.rewoundBy !== undefined ? enteredAtMs(part) : part.origin.visibleAtMs;

/** When the messages entered their queue. A purge compares this with its own time. */
export const enteredAtMs = (part: Part): EpochMs =>
  part.kind === 'archive' ? part.enteredAtMs : (part.enteredAtMs ?? part.origin.sentAtMs);

export interface Located {
  readonly part: Part;
  /** Position within the part. */
  readonly offset: number;
}

/** The part that holds the message at `index`. */
export function locate(delivery: Delivery, index: number): Located {
  let start = 0;
  for (const part of delivery.parts) {
    if (index < start + part.count) return { part, offset: index - start };
    start += part.count;
  }
  throw new RangeError(`delivery ${delivery.key} has no message ${index}`);
}

/** Goes through messages of a delivery, in order, with the part that holds each and its position there. */
export function visitLocated(
  delivery: Delivery,
  ascending: readonly number[],
  visit: (index: number, part: Part, offset: number) => void,
): void {
  let at = 0;
  let start = 0;
  for (const part of delivery.parts) {
    const end = start + part.count;
    for (let index = ascending[at]; index !== undefined && index < end; index = ascending[++at]) {
      visit(index, part, index - start);
    }
    start = end;
  }
  if (at < ascending.length) throw new RangeError(`delivery ${delivery.key} has no message ${ascending[at]}`);
}

/** The id of the message at `index`; of an archived one only its slice knows it. */
export function messageIdAt(delivery: Delivery, index: number): MessageId | undefined {
  const { part, offset } = locate(delivery, index);
  return part.kind === 'archive' ? undefined : messageId(part.origin, part.first + offset);
}

/**
 * Indexes that a claim may take: outstanding, not leased in place, and, in a shard that a purge left draining, only
 * what entered the queue at `fromMs` or later.
 */
export function claimableIndexes(delivery: Delivery, nowMs: EpochMs, fromMs?: EpochMs): number[] {
  assert(visibleAtMs(delivery.key) <= nowMs, 'only a due delivery is claimed');
  if (dueAtMs(delivery) > nowMs) return [];
  return outstandingIndexes(delivery).filter(
    (index) => fromMs === undefined || enteredAtMs(locate(delivery, index).part) >= fromMs,
  );
}

/** The parts that hold just these messages, distinct and in order; neighbours of one part stay one part. */
export function slicedParts(delivery: Delivery, indexes: readonly number[]): Part[] {
  if (indexes.length === messageCount(delivery)) return [...delivery.parts];
  const parts: Part[] = [];
  let position = 0;
  let start = 0;
  for (const part of delivery.parts) {
    const end = start + part.count;
    while (position < indexes.length && (indexes[position] ?? end) < end) {
      const index = indexes[position] ?? end;
      let count = 1;
      while (index + count < end && indexes[position + count] === index + count) count++;
      parts.push({ ...part, first: part.first + index - start, count });
      position += count;
    }
    start = end;
  }
  if (position < indexes.length) throw new RangeError(`delivery ${delivery.key} has no message ${indexes[position]}`);
  return parts;
}

/** Positions, within the payload, of the inline messages; `undefined` for those of a block. */
export function payloadPosition(delivery: Delivery, index: number): number | undefined {
  let start = 0;
  let inlineBefore = 0;
  for (const part of delivery.parts) {
    if (index < start + part.count) return part.kind === 'inline' ? inlineBefore + index - start : undefined;
    start += part.count;
    if (part.kind === 'inline') inlineBefore += part.count;
  }
  throw new RangeError(`delivery ${delivery.key} has no message ${index}`);
}
