import { crc32, deflateRawSync } from 'node:zlib';
import type { EpochMs } from './brand.ts';
import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import type { Sequence } from './change.ts';
import type { SliceName } from './delivery.ts';
import { refuseOtherFormat, STORED_FORMAT } from './format.ts';
import type { QueueId, RewindId } from './ids.ts';
import { inflated } from './inflated.ts';
import { MESSAGES_PER_SLICE_MAX } from './limits.ts';
import { readInstant, readSliceName, writeSliceName } from './part-codec.ts';
import type { Runs } from './runs.ts';
import { instantText } from './sortable-text.ts';

/**
 * The format of archive objects; `docs/archive-format.md` describes it for readers without this software.
 *
 *     "RMQA" · format · bytes of the index (4, big endian) · checksum of the index (4, big endian)
 *         · index, raw deflate · slices, one after the other
 *
 * A slice holds at most 1,000 messages of one queue: its head says which, its chunks are packed payloads. Index, heads
 * and chunks have a checksum each, so that what is damaged takes nothing else with it.
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
  /** Of all its messages, unpacked. */
  readonly contentBytes: number;
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
  /** The queue they were deleted from; the slice may be of another one, from which they were rewound into it. */
  readonly queueId: QueueId;
  readonly slice: SliceName;
  readonly rewindId: RewindId;
  /** Indexes within the slice. */
  readonly messages: Runs;
  readonly sequence: Sequence;
  readonly deletedAtMs: EpochMs;
}

/** The slice of an index as everything else names it. */
export const sliceNameOf = (
  object: string,
  number: number,
  { queueId, messageCount, contentBytes, offset, length }: SliceEntry,
): SliceName => ({ queueId, object, number, offset, length, messageCount, contentBytes });

/** Magic, format, length of the index and its checksum. */
export const ARCHIVE_HEAD_BYTES = 13;
const MAGIC = Buffer.from('RMQA');
// Where the fields of the head begin, behind the magic.
const FORMAT_AT = 4;
const INDEX_BYTES_AT = 5;
const CHECKSUM_AT = 9;

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
  head[FORMAT_AT] = STORED_FORMAT;
  head.writeUInt32BE(packed.length, INDEX_BYTES_AT);
  head.writeUInt32BE(crc32(packed), CHECKSUM_AT);
  return Buffer.concat([head, packed, ...slices]);
}

/**
 * Bytes from the start of the object up to the end of its index.
 * @throws DecodeError when it is no archive object; `FormatError` when another release wrote it
 */
export function archiveIndexEnd(head: Uint8Array): number {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (bytes.length < ARCHIVE_HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DecodeError('this is no archive object');
  }
  refuseOtherFormat('the archive object', bytes[FORMAT_AT] ?? 0);
  return ARCHIVE_HEAD_BYTES + bytes.readUInt32BE(INDEX_BYTES_AT);
}

/** Reads the index from the start of an object. @throws DecodeError when it is damaged */
export function decodeArchiveIndex(start: Uint8Array): ArchiveIndex {
  const end = archiveIndexEnd(start);
  const packed = start.subarray(ARCHIVE_HEAD_BYTES, end);
  const checksum = Buffer.from(start.buffer, start.byteOffset, start.length).readUInt32BE(CHECKSUM_AT);
  if (crc32(packed) !== checksum) throw new DecodeError('the index does not match its checksum');
  const reader = new ByteReader(inflated(packed));
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

export function readMany<Item>(reader: ByteReader, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let count = reader.varint(); count > 0; count--) items.push(read());
  return items;
}

function writeSliceEntry(writer: ByteWriter, slice: Omit<SliceEntry, 'offset' | 'length'>, length: number): void {
  writer.sizedUtf8(slice.queueId);
  writer.varint(slice.messageCount);
  writer.varint(slice.contentBytes);
  writer.varint(length);
  const { sentFromMs, sentToMs, deletedFromMs, deletedToMs } = slice;
  for (const instant of [sentFromMs, sentToMs, deletedFromMs, deletedToMs]) writer.utf8(instantText(instant));
}

function readSliceEntry(reader: ByteReader, offset: number): SliceEntry {
  const queueId = reader.sizedUtf8() as QueueId;
  const messageCount = reader.varint();
  const contentBytes = reader.varint();
  const length = reader.varint();
  const isSlice = messageCount > 0 && messageCount <= MESSAGES_PER_SLICE_MAX && length > 0;
  if (!isSlice) throw new DecodeError(`${messageCount} messages in ${length} bytes are no slice`);
  const [sentFromMs, sentToMs] = [readInstant(reader), readInstant(reader)];
  const [deletedFromMs, deletedToMs] = [readInstant(reader), readInstant(reader)];
  return { queueId, messageCount, contentBytes, offset, length, sentFromMs, sentToMs, deletedFromMs, deletedToMs };
}

function writeDeletedAgain(writer: ByteWriter, { slice, rewindId, ...entry }: DeletedAgain): void {
  writer.sizedUtf8(entry.queueId);
  writeSliceName(writer, slice);
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
  const slice = readSliceName(reader);
  const rewindId = reader.sizedUtf8() as RewindId;
  const sequence = reader.sizedUtf8() as Sequence;
  const deletedAtMs = readInstant(reader);
  const messages = readMany(reader, () => readRun(reader));
  return { queueId, slice, rewindId, messages, sequence, deletedAtMs };
}

/** A run within a slice: later code goes through all of it. */
function readRun(reader: ByteReader): readonly [first: number, count: number] {
  const first = reader.varint();
  const count = reader.varint();
  if (first + count > MESSAGES_PER_SLICE_MAX) throw new DecodeError(`a slice has no ${count} messages from ${first}`);
  return [first, count];
}
