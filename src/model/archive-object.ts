import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { EpochMs } from './brand.ts';
import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import type { Sequence } from './change.ts';
import type { SliceName } from './delivery.ts';
import type { QueueId, RewindId } from './ids.ts';
import type { Runs } from './runs.ts';
import { instantText, textInstant } from './sortable-text.ts';

/**
 * The format of archive objects, version 1; `docs/archive-format.md` describes it for readers without this software.
 *
 *     "RMQA" · version · bytes of the index (4, big endian) · index, raw deflate · slices, one after the other
 *
 * A slice holds at most 1,000 messages of one queue: its head says which, its chunks are packed payloads.
 */
export interface ArchiveIndex {
  /** Position in the feed of the first and the last change the object covers. */
  readonly first: Sequence;
  readonly last: Sequence;
  readonly slices: readonly SliceEntry[];
  /** Messages that a rewind had made available and that were deleted again; their payload stays where it is. */
  readonly deletedAgain: readonly DeletedAgain[];
}

export interface SliceEntry extends TimeRanges {
  readonly queueId: QueueId;
  readonly messageCount: number;
  /** Byte range in the object. */
  readonly offset: number;
  readonly length: number;
}

export interface TimeRanges {
  readonly sentFromMs: EpochMs;
  readonly sentToMs: EpochMs;
  readonly deletedFromMs: EpochMs;
  readonly deletedToMs: EpochMs;
}

/** Messages of a slice that a rewind had made available, and that were consumed. */
export interface DeletedAgain {
  readonly slice: SliceName;
  readonly rewindId: RewindId;
  /** Indexes within the slice. */
  readonly messages: Runs;
  readonly sequence: Sequence;
  readonly deletedAtMs: EpochMs;
}

export const ARCHIVE_HEAD_BYTES = 9;
const MAGIC = Buffer.from('RMQA');
const VERSION = 1;

/** An object of these slices; their offsets are found here. */
export function encodeArchiveObject(
  index: Omit<ArchiveIndex, 'slices'> & { readonly slices: readonly Omit<SliceEntry, 'offset' | 'length'>[] },
  slices: readonly Uint8Array[],
): Uint8Array {
  const writer = new ByteWriter();
  writer.sizedUtf8(index.first);
  writer.sizedUtf8(index.last);
  writer.varint(index.slices.length);
  for (const [number, slice] of index.slices.entries()) writeSliceEntry(writer, slice, slices[number]?.length ?? 0);
  writer.varint(index.deletedAgain.length);
  for (const entry of index.deletedAgain) writeDeletedAgain(writer, entry);
  const packed = deflateRawSync(writer.finish());
  const head = Buffer.alloc(ARCHIVE_HEAD_BYTES);
  MAGIC.copy(head);
  head[4] = VERSION;
  head.writeUInt32BE(packed.length, 5);
  return Buffer.concat([head, packed, ...slices]);
}

/** Bytes from the start of the object up to the end of its index. @throws DecodeError when it is no archive object */
export function archiveIndexEnd(head: Uint8Array): number {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes.length < ARCHIVE_HEAD_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) {
    throw new DecodeError('this is no archive object');
  }
  if (bytes[4] !== VERSION) throw new DecodeError(`archive format ${bytes[4]} is unknown`);
  return ARCHIVE_HEAD_BYTES + bytes.readUInt32BE(5);
}

/** Reads the index from the start of an object. @throws DecodeError when it is damaged */
export function decodeArchiveIndex(start: Uint8Array): ArchiveIndex {
  const end = archiveIndexEnd(start);
  const reader = new ByteReader(inflated(start.subarray(ARCHIVE_HEAD_BYTES, end)));
  const first = reader.sizedUtf8() as Sequence;
  const last = reader.sizedUtf8() as Sequence;
  let offset = end;
  const slices = readMany(reader, () => {
    const entry = readSliceEntry(reader, offset);
    offset += entry.length;
    return entry;
  });
  return { first, last, slices, deletedAgain: readMany(reader, () => readDeletedAgain(reader)) };
}

/** Inflates what this software deflated. @throws DecodeError when it is damaged */
export function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes);
  } catch (error) {
    throw new DecodeError('the bytes cannot be decompressed', { cause: error });
  }
}

export function readMany<Item>(reader: ByteReader, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let count = reader.varint(); count > 0; count--) items.push(read());
  return items;
}

function writeSliceEntry(writer: ByteWriter, slice: Omit<SliceEntry, 'offset' | 'length'>, length: number): void {
  writer.sizedUtf8(slice.queueId);
  writer.varint(slice.messageCount);
  writer.varint(length);
  const { sentFromMs, sentToMs, deletedFromMs, deletedToMs } = slice;
  for (const instant of [sentFromMs, sentToMs, deletedFromMs, deletedToMs]) writer.utf8(instantText(instant));
}

function readSliceEntry(reader: ByteReader, offset: number): SliceEntry {
  const queueId = reader.sizedUtf8() as QueueId;
  const messageCount = reader.varint();
  const length = reader.varint();
  const [sentFromMs, sentToMs, deletedFromMs, deletedToMs] = [
    instant(reader),
    instant(reader),
    instant(reader),
    instant(reader),
  ];
  return { queueId, messageCount, offset, length, sentFromMs, sentToMs, deletedFromMs, deletedToMs };
}

function writeDeletedAgain(writer: ByteWriter, { slice, rewindId, ...entry }: DeletedAgain): void {
  writer.sizedUtf8(slice.queueId);
  writer.sizedUtf8(slice.object);
  for (const number of [slice.number, slice.offset, slice.length]) writer.varint(number);
  writer.sizedUtf8(rewindId);
  writer.sizedUtf8(entry.sequence);
  writer.utf8(instantText(entry.deletedAtMs));
  writer.varint(entry.messages.length);
  for (const [first, count] of entry.messages) {
    writer.varint(first);
    writer.varint(count);
  }
}

function readDeletedAgain(reader: ByteReader): DeletedAgain {
  const queueId = reader.sizedUtf8() as QueueId;
  const object = reader.sizedUtf8();
  const slice = { queueId, object, number: reader.varint(), offset: reader.varint(), length: reader.varint() };
  const rewindId = reader.sizedUtf8() as RewindId;
  const sequence = reader.sizedUtf8() as Sequence;
  const deletedAtMs = instant(reader);
  const messages = readMany(reader, () => [reader.varint(), reader.varint()] as const);
  return { slice, rewindId, messages, sequence, deletedAtMs };
}

const instant = (reader: ByteReader): EpochMs => textInstant(reader.utf8(8));
