import { ByteReader, ByteWriter, DecodeError } from '../../model/bytes.ts';
import { type Delivery, type Forward, NO_MARKS } from '../../model/delivery.ts';
import { DELIVERY_KEY_LENGTH, type DeliveryKey } from '../../model/ids.ts';
import { decodeParts, encodeParts } from '../../model/part-codec.ts';

/**
 * A delivery as bytes, without its key. Numbers are of variable length.
 *
 *     format, 1, plus 128 when there is a payload · one bit for each of those marks that are there, as a number
 *     receive count · edition
 *     marks: first · acked · moved · dead-lettered · purged · forward · withdrawn · redriven
 *     parts and payload, each with its length before it
 */
// The first byte.
const FORMAT = 1;
const WITH_PAYLOAD = 128;

// A bit for each kind of marks that is there, in the order in which they follow.
const FIRST = 1;
const ACKED = 2;
const MOVED = 4;
const DEAD_LETTERED = 8;
const PURGED = 16;
const FORWARD = 32;
const WITHDRAWN = 64;
const REDRIVEN = 128;
/** Expected bytes beside a payload. */
const HEAD_BYTES = 96;

export function encodeDelivery(delivery: Delivery): Uint8Array {
  const writer = new ByteWriter(HEAD_BYTES + (delivery.payload?.length ?? 0));
  writer.byte(delivery.payload === undefined ? FORMAT : FORMAT + WITH_PAYLOAD);
  const marks = marksThere(delivery);
  writer.varint(marks);
  writer.varint(delivery.receiveCount);
  writer.varint(delivery.edition);
  if (marks !== 0) writeMarks(writer, delivery, marks);
  writer.sized(encodeParts(delivery.parts));
  if (delivery.payload !== undefined) writer.sized(delivery.payload);
  return writer.finish();
}

/** The delivery with its payload as a view of its own bytes, whatever becomes of the encoded one. */
export const heldIn = (bytes: Uint8Array, delivery: Delivery): Delivery =>
  delivery.payload === undefined
    ? delivery
    : { ...delivery, payload: bytes.subarray(bytes.length - delivery.payload.length) };

/** Reads the output of {@link encodeDelivery}; keeps no reference to `bytes`. @throws DecodeError for damaged bytes */
export function decodeDelivery(key: DeliveryKey, bytes: Uint8Array): Delivery {
  const reader = new ByteReader(bytes);
  const format = reader.byte();
  if ((format & ~WITH_PAYLOAD) !== FORMAT) throw new DecodeError(`delivery format ${format} is unknown`);
  const marks = reader.varint();
  const receiveCount = reader.varint();
  const edition = reader.varint();
  const delivery: Writable<Delivery> = {
    key,
    receiveCount,
    first: marks & FIRST ? reader.varint() : 0,
    parts: [],
    edition,
    acked: marks & ACKED ? readIndexes(reader) : NO_MARKS.acked,
    moved: marks & MOVED ? readIndexes(reader) : NO_MARKS.moved,
    deadLettered: marks & DEAD_LETTERED ? readIndexes(reader) : NO_MARKS.deadLettered,
    purged: marks & PURGED ? readIndexes(reader) : NO_MARKS.purged,
    forward: marks & FORWARD ? readForwards(reader) : NO_MARKS.forward,
    withdrawn: NO_MARKS.withdrawn,
    redriven: NO_MARKS.redriven,
  };
  if (marks & WITHDRAWN) delivery.withdrawn = readIndexes(reader);
  if (marks & REDRIVEN) delivery.redriven = readIndexes(reader);
  delivery.parts = decodeParts(reader.sized());
  if (format & WITH_PAYLOAD) delivery.payload = copyOf(reader.sized());
  return delivery;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const marksThere = (delivery: Delivery): number =>
  (delivery.first === 0 ? 0 : FIRST) +
  (delivery.acked.size === 0 ? 0 : ACKED) +
  (delivery.moved.size === 0 ? 0 : MOVED) +
  (delivery.deadLettered.size === 0 ? 0 : DEAD_LETTERED) +
  (delivery.purged.size === 0 ? 0 : PURGED) +
  (delivery.forward.size === 0 ? 0 : FORWARD) +
  (delivery.withdrawn.size === 0 ? 0 : WITHDRAWN) +
  (delivery.redriven.size === 0 ? 0 : REDRIVEN);

function writeMarks(writer: ByteWriter, delivery: Delivery, marks: number): void {
  if (marks & FIRST) writer.varint(delivery.first);
  for (const indexes of [delivery.acked, delivery.moved, delivery.deadLettered, delivery.purged]) {
    if (indexes.size > 0) writeIndexes(writer, indexes);
  }
  if (marks & FORWARD) writeForwards(writer, delivery.forward);
  for (const indexes of [delivery.withdrawn, delivery.redriven]) if (indexes.size > 0) writeIndexes(writer, indexes);
}

function writeIndexes(writer: ByteWriter, indexes: ReadonlySet<number>): void {
  writer.varint(indexes.size);
  for (const index of indexes) writer.varint(index);
}

function readIndexes(reader: ByteReader): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (let left = reader.varint(); left > 0; left--) indexes.add(reader.varint());
  return indexes;
}

export function writeForwards(writer: ByteWriter, forwards: ReadonlyMap<number, Forward>): void {
  writer.varint(forwards.size);
  for (const [index, to] of forwards) {
    writer.varint(index);
    writer.utf8(to.key, DELIVERY_KEY_LENGTH);
    writer.varint(to.index);
  }
}

export function readForwards(reader: ByteReader): ReadonlyMap<number, Forward> {
  const forwards = new Map<number, Forward>();
  for (let left = reader.varint(); left > 0; left--) {
    const index = reader.varint();
    forwards.set(index, { key: reader.utf8(DELIVERY_KEY_LENGTH) as DeliveryKey, index: reader.varint() });
  }
  return forwards;
}

/** From the pool of small buffers: a new `Uint8Array` would cost more than the rest of decoding. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  return new Uint8Array(copy.buffer, copy.byteOffset, copy.length);
}
