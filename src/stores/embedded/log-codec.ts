import { crc32 } from 'node:zlib';
import type { EpochMs } from '../../model/brand.ts';
import { ByteReader, ByteWriter, DecodeError } from '../../model/bytes.ts';

/** One change of one table. */
export interface Write {
  readonly table: number;
  readonly key: string;
  /** The previous value, for tables whose changes the feed reports. */
  readonly before?: Uint8Array;
  /** Absent when the value is removed. */
  readonly after?: Uint8Array;
}

/** The writes of one commit. Entries are numbered from 1, without gaps. */
export interface LogEntry {
  readonly number: number;
  readonly body: Uint8Array;
  /** Offset of its end in the bytes it was read from. */
  readonly end: number;
}

/**
 * A segment of the log as bytes, numbers little-endian:
 *
 *     head: `RWMQLOG` · format, 1 · number of its first entry, 8 · checksum of those, 4 · zeros up to 32
 *     each entry: its whole length, 4 · checksum, 4 · number, 8 · body
 *     zeros, or entries of an earlier use of the file
 *
 * The checksum is a CRC-32 of number and body that begins with the length. A body is the instant of the commit, then
 * the writes: table · which images there are · key, before and after, each with its length before it.
 */
// Sizes in bytes, the format, and the bits that tell which images a write has, as above.
export const SEGMENT_HEAD_BYTES = 32;
export const LOG_FORMAT = 1;
const MAGIC = Buffer.from('RWMQLOG');
const ENTRY_HEAD_BYTES = 16;
const BEFORE = 1;
const AFTER = 2;
/** An entry of a busy moment has a few hundred changes. */
const ROOM = 32_768;

export function encodeSegmentHead(first: number): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
  MAGIC.copy(head);
  head.writeUInt8(LOG_FORMAT, MAGIC.length);
  head.writeDoubleLE(first, 8);
  head.writeUInt32LE(crc32(head.subarray(0, 16)), 16);
  return head;
}

/** The number of a segment's first entry; `undefined` when the head is unfinished or damaged. */
export function decodeSegmentHead(bytes: Buffer): { readonly format: number; readonly first: number } | undefined {
  if (bytes.length < SEGMENT_HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16))) return undefined;
  return { format: bytes.readUInt8(MAGIC.length), first: bytes.readDoubleLE(8) };
}

/** Collects the writes of one commit as the bytes of its entry. */
export class EntryWriter {
  readonly #writer = new ByteWriter(ROOM);

  constructor(atMs: EpochMs) {
    this.#writer.raw(new Uint8Array(ENTRY_HEAD_BYTES));
    this.#writer.varint(atMs);
  }

  add({ table, key, before, after }: Write): void {
    this.#writer.byte(table);
    this.#writer.byte((before === undefined ? 0 : BEFORE) + (after === undefined ? 0 : AFTER));
    this.#writer.sizedUtf8(key);
    if (before !== undefined) this.#writer.sized(before);
    if (after !== undefined) this.#writer.sized(after);
  }

  finish(number: number): Buffer {
    const { buffer, byteOffset, length } = this.#writer.finish();
    const bytes = Buffer.from(buffer, byteOffset, length);
    bytes.writeUInt32LE(length, 0);
    bytes.writeDoubleLE(number, 8);
    bytes.writeUInt32LE(checksum(bytes, 0, length), 4);
    return bytes;
  }
}

/** The entry at an offset, if it has that number and is whole. */
function entryAt(bytes: Buffer, offset: number, number: number): LogEntry | undefined {
  if (offset + ENTRY_HEAD_BYTES > bytes.length || bytes.readDoubleLE(offset + 8) !== number) return undefined;
  const end = offset + bytes.readUInt32LE(offset);
  if (end <= offset + ENTRY_HEAD_BYTES || end > bytes.length) return undefined;
  if (bytes.readUInt32LE(offset + 4) !== checksum(bytes, offset, end)) return undefined;
  return { number, body: bytes.subarray(offset + ENTRY_HEAD_BYTES, end), end };
}

/** Entries from the start of the bytes, as long as they are whole and consecutive. */
export function scanEntries(bytes: Buffer, first: number): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  let next = entryAt(bytes, 0, first);
  while (next !== undefined) {
    entries.push(next);
    next = entryAt(bytes, next.end, first + entries.length);
  }
  return entries;
}

export const entryBytes = ({ body }: LogEntry): number => ENTRY_HEAD_BYTES + body.length;

/** Length in an entry's head; the bytes may be no entry. */
export const claimedLength = (bytes: Buffer): number => (bytes.length < ENTRY_HEAD_BYTES ? 0 : bytes.readUInt32LE(0));

/**
 * Whether the bytes hold a whole entry after `number` anywhere. The log writes one entry at a time, so only the last
 * one can be torn. A later entry after an unreadable one proves later damage.
 */
export function holdsLaterEntry(bytes: Buffer, number: number): boolean {
  for (let offset = 0; offset + ENTRY_HEAD_BYTES < bytes.length; offset++) {
    const length = bytes.readUInt32LE(offset);
    if (length <= ENTRY_HEAD_BYTES || offset + length > bytes.length) continue;
    const found = bytes.readDoubleLE(offset + 8);
    if (found > number && Number.isSafeInteger(found) && entryAt(bytes, offset, found) !== undefined) return true;
  }
  return false;
}

/** @throws DecodeError when the body is not what an {@link EntryWriter} wrote */
export function decodeBody(body: Uint8Array): { readonly atMs: EpochMs; readonly writes: Iterable<Write> } {
  const reader = new ByteReader(body);
  return { atMs: reader.varint() as EpochMs, writes: readWrites(reader) };
}

function* readWrites(reader: ByteReader): Iterable<Write> {
  while (!reader.isAtEnd) {
    const table = reader.byte();
    const images = reader.byte();
    if (images > BEFORE + AFTER) throw new DecodeError(`a write of the log has unknown images: ${images}`);
    const key = reader.sizedUtf8();
    const before = images & BEFORE ? { before: reader.sized() } : {};
    const after = images & AFTER ? { after: reader.sized() } : {};
    yield { table, key, ...before, ...after };
  }
}

const checksum = (bytes: Buffer, offset: number, end: number): number =>
  crc32(bytes.subarray(offset + 8, end), end - offset);
