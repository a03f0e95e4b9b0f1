import type { EpochMs } from '../../model/brand.ts';
import { ByteReader, ByteWriter, DecodeError } from '../../model/bytes.ts';
import { type Change, type Sequence, sequence } from '../../model/change.ts';
import type { Delivery } from '../../model/delivery.ts';
import {
  DELIVERY_KEY_LENGTH,
  type DeliveryKey,
  QUEUE_ID_LENGTH,
  SHARD_ID_LENGTH,
  type ShardKey,
} from '../../model/ids.ts';
import { decodeDelivery } from './delivery-codec.ts';

/** A delivery and its bytes, which a change keeps as they are. */
export interface Image {
  readonly delivery: Delivery;
  readonly bytes: Uint8Array;
}

/** The changes of one commit; entries are numbered in the order of commits, with gaps. */
export interface LogEntry {
  readonly number: number;
  readonly changes: readonly Change[];
}

/**
 * An entry as bytes:
 *
 *     format, 1 · instant of the commit
 *     for each change: shard · delivery key · which images there are · each image with its length before it
 */
const FORMAT = 1;
const BEFORE = 1;
const AFTER = 2;
const SHARD_KEY_LENGTH = QUEUE_ID_LENGTH + SHARD_ID_LENGTH;
/** An entry of a busy moment has some hundred changes. */
const ROOM = 32_768;
/** Digits of a change's position within its entry. */
const POSITION_DIGITS = 6;

/** Collects the changes of one commit, as what its feed hands over and as the bytes of its log entry. */
export class EntryWriter {
  readonly number: number;
  readonly changes: Change[] = [];
  readonly #atMs: EpochMs;
  readonly #writer = new ByteWriter(ROOM);

  constructor(number: number, atMs: EpochMs) {
    this.number = number;
    this.#atMs = atMs;
    this.#writer.byte(FORMAT);
    this.#writer.varint(atMs);
  }

  add(shard: ShardKey, key: DeliveryKey, images: { readonly before?: Image; readonly after?: Image }): void {
    const { before, after } = images;
    this.#writer.ascii(shard);
    this.#writer.ascii(key);
    this.#writer.byte((before === undefined ? 0 : BEFORE) + (after === undefined ? 0 : AFTER));
    if (before !== undefined) this.#writer.sized(before.bytes);
    if (after !== undefined) this.#writer.sized(after.bytes);
    // Field by field: to spread them costs a microsecond for each change.
    const sequence = sequenceOf(this.number, this.changes.length);
    const change: { -readonly [Field in keyof Change]: Change[Field] } = { shard, sequence, atMs: this.#atMs };
    if (before !== undefined) change.before = before.delivery;
    if (after !== undefined) change.after = after.delivery;
    this.changes.push(change);
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }
}

/** Reads what {@link EntryWriter} wrote. @throws DecodeError when the bytes are damaged. */
export function decodeEntry(number: number, bytes: Uint8Array): LogEntry {
  const reader = new ByteReader(bytes);
  const format = reader.byte();
  if (format !== FORMAT) throw new DecodeError(`log format ${format} is unknown`);
  const atMs = reader.varint() as EpochMs;
  const changes: Change[] = [];
  while (!reader.isAtEnd) {
    const shard = reader.utf8(SHARD_KEY_LENGTH) as ShardKey;
    const key = reader.utf8(DELIVERY_KEY_LENGTH) as DeliveryKey;
    const images = reader.byte();
    const before = images & BEFORE ? { before: decodeDelivery(key, reader.sized()) } : {};
    const after = images & AFTER ? { after: decodeDelivery(key, reader.sized()) } : {};
    changes.push({ shard, sequence: sequenceOf(number, changes.length), atMs, ...before, ...after });
  }
  return { number, changes };
}

const sequenceOf = (number: number, position: number): Sequence =>
  sequence(`${number}${String(position).padStart(POSITION_DIGITS, '0')}`);
