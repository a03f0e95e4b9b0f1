import { assert } from '../../model/assert.ts';
import {
  claimedLength,
  decodeSegmentHead,
  encodeSegmentHead,
  entryBytes,
  holdsLaterEntry,
  LOG_FORMAT,
  type LogEntry,
  SEGMENT_HEAD_BYTES,
  scanEntries,
} from './log-codec.ts';
import type { LogDisk, LogFile } from './log-disk.ts';
import { damaged, unknownFormat } from './store-fault.ts';

export interface LogOptions {
  readonly disk: LogDisk;
  /** For error messages. */
  readonly directory: string;
  /** `none` neither preallocates nor syncs. */
  readonly durability: 'synced' | 'none';
  /** @default 16 MiB */
  readonly segmentBytes?: number;
  /** A segment with less room is full: an entry of a busy moment takes a few hundred kilobytes. @default 1 MiB */
  readonly turnBytes?: number;
}

interface Segment {
  readonly name: string;
  /** Number of its first entry; its last one precedes the next segment's first. */
  readonly first: number;
  readonly file: LogFile;
}

/** A reader's position: the number of the next entry and its place. */
interface Cursor {
  readonly segment: Segment;
  readonly offset: number;
  readonly number: number;
}

/** Bytes of a segment, which is filled with zeros before its use. */
const SEGMENT_BYTES = 16 * 1024 * 1024;
/** Bytes read at once; a longer entry is read by itself. */
const CHUNK_BYTES = 1024 * 1024;
/** Used segments kept for reuse, which saves writing their zeros again. */
const SPARES_MAX = 2;
/** A segment with less room than this is full: an entry of a busy moment takes a few hundred kilobytes. */
const TURN_BYTES = 1024 * 1024;
/** Digits of any safe integer, so that names sort. */
const NUMBER_DIGITS = 16;
const SEGMENT_NAME = /^log-\d{16}$/;
const SPARE_NAME = /^spare-log-\d{16}$/;

/**
 * An append-only log in segments: entry by entry, each synced before the next is written.
 *
 * Segments are preallocated, so that a sync writes no metadata and a full disk does not stop the log within one. Each
 * opening begins a new segment: an entry that a crash tore at the end of the previous one is never overwritten.
 */
export class SegmentedLog {
  readonly #options: LogOptions;
  readonly #segments: Segment[] = [];
  readonly #spares: string[] = [];
  readonly #segmentBytes: number;
  readonly #turnBytes: number;
  #offset = 0;
  #lastNumber = 0;
  #cursor: Cursor | undefined;
  /** The position after the last recovered entry. */
  #unconfirmed: (Cursor & { readonly bytes: number }) | undefined;

  /** @throws QueueError `Unavailable` when a segment is damaged or missing */
  constructor(options: LogOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.#turnBytes = options.turnBytes ?? TURN_BYTES;
    const names = options.disk.names();
    this.#spares.push(...names.filter((name) => SPARE_NAME.test(name)));
    for (const name of names.filter((each) => SEGMENT_NAME.test(each)).toSorted()) this.#openSegment(name);
  }

  /** Number of the newest entry; 0 before the first. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** Number of the oldest entry that is kept. */
  get firstNumber(): number {
    return this.#segments[0]?.first ?? 1;
  }

  /** Number of the first entry of the newest segments; `segments` is their count. */
  firstOfNewest(segments: number): number {
    return this.#segments.at(-segments)?.first ?? this.firstNumber;
  }

  /**
   * At the opening, before any append: yields the entries after a number.
   * @throws QueueError `Unavailable` when an entry that was once whole cannot be read
   */
  *recover(after: number): Iterable<LogEntry> {
    const { directory } = this.#options;
    if (this.firstNumber > after + 1) throw damaged(directory, `its log begins only at entry ${this.firstNumber}`);
    this.#lastNumber = after;
    let bytes = 0;
    for (const entry of this.entriesAfter(after)) {
      this.#lastNumber = entry.number;
      bytes = entryBytes(entry);
      yield entry;
    }
    this.#checkTail();
    if (this.#cursor !== undefined && bytes > 0) this.#unconfirmed = { ...this.#cursor, bytes };
  }

  /**
   * After recovering, before anything builds on it: writes the last entry again and syncs it. The system may have read
   * it from memory: after a failed sync, which ended the previous process, the system considers its pages written.
   */
  async confirm(): Promise<void> {
    if (this.#unconfirmed === undefined || !this.#isSynced) return;
    const { segment, offset, bytes } = this.#unconfirmed;
    await segment.file.write(segment.file.read(offset - bytes, bytes), offset - bytes);
    await segment.file.sync();
    this.#unconfirmed = undefined;
  }

  /** Yields the consecutive entries on disk after a number. A body is valid until the next entry is taken. */
  *entriesAfter(after: number): Iterable<LogEntry> {
    let cursor = this.#cursor?.number === after + 1 ? this.#cursor : this.#seek(after + 1);
    while (cursor !== undefined) {
      const { segment, offset } = cursor;
      const entries = scanEntries(readChunk(segment.file, offset), cursor.number);
      const following = this.#segments[this.#segments.indexOf(segment) + 1];
      if (entries.length === 0 && following?.first !== cursor.number) return this.#checkFollows(following);
      if (entries.length === 0) cursor = this.#seek(cursor.number);
      for (const entry of entries) {
        cursor = { segment, offset: offset + entry.end, number: entry.number + 1 };
        if (entry.number < after) continue;
        this.#cursor = cursor;
        if (entry.number > after) yield entry;
      }
    }
  }

  /** Appends an entry made for the next number; resolves when it is durable. */
  async append(bytes: Buffer): Promise<void> {
    const segment = this.#segments.at(-1);
    assert(segment !== undefined && this.#offset > 0, 'the log has a segment to write to');
    await segment.file.write(bytes, this.#offset);
    if (this.#isSynced) await segment.file.sync();
    this.#offset += bytes.length;
    this.#lastNumber++;
  }

  /** The next segment should begin: an entry of a busy moment might not fit this one. */
  get isFull(): boolean {
    return this.#offset === 0 || this.#offset > this.#segmentBytes - this.#turnBytes;
  }

  /** Prepares a spare for {@link beginSegment}, so that it need not wait for megabytes of zeros. */
  async prepareSpare(): Promise<void> {
    if (this.#spares.length > 0 || !this.#isSynced) return;
    const name = `spare-${nameOf(this.#lastNumber + 1)}`;
    const file = this.#options.disk.open(name);
    try {
      await this.#allocate(file);
      await file.sync();
      this.#spares.push(name);
    } finally {
      file.close();
    }
  }

  /** Begins the segment of the next entry. */
  async beginSegment(): Promise<void> {
    await this.prepareSpare();
    const { disk } = this.#options;
    const first = this.#lastNumber + 1;
    // Restarts an empty segment of the same number, from an opening that wrote nothing.
    if (this.#segments.at(-1)?.first === first) this.#segments.pop()?.file.close();
    const name = nameOf(first);
    // A power cut before the new name is durable restores a used segment's old name, so its content must be whole.
    if (this.#isSynced) await disk.syncNames();
    const spare = this.#spares.pop() ?? `spare-${name}`;
    const file = disk.open(spare);
    await file.write(encodeSegmentHead(first), 0);
    if (this.#isSynced) await file.sync();
    disk.rename(spare, name);
    if (this.#isSynced) await disk.syncNames();
    this.#segments.push({ name, first, file });
    this.#offset = SEGMENT_HEAD_BYTES;
  }

  /** Releases segments whose entries all have at most that number. */
  retire(upTo: number): void {
    const { disk } = this.#options;
    for (let next = this.#segments[1]; next !== undefined && next.first <= upTo + 1; next = this.#segments[1]) {
      const [segment] = this.#segments.splice(0, 1);
      if (segment === undefined) return;
      segment.file.close();
      if (this.#isSynced && this.#spares.length < SPARES_MAX) {
        disk.rename(segment.name, `spare-${segment.name}`);
        this.#spares.push(`spare-${segment.name}`);
      } else disk.remove(segment.name);
    }
  }

  close(): void {
    for (const { file } of this.#segments) file.close();
  }

  get #isSynced(): boolean {
    return this.#options.durability === 'synced';
  }

  #openSegment(name: string): void {
    const { disk, directory } = this.#options;
    const file = disk.open(name);
    const head = decodeSegmentHead(file.read(0, SEGMENT_HEAD_BYTES));
    if (head === undefined) throw damaged(directory, `the head of ${name} cannot be read`);
    if (head.format !== LOG_FORMAT) throw unknownFormat(directory, head.format, LOG_FORMAT);
    if (name !== nameOf(head.first)) {
      throw damaged(directory, `${name} holds the entries of another segment`);
    }
    this.#segments.push({ name, first: head.first, file });
  }

  /** Preallocates the missing part of a segment with real blocks: a hole would be filled only when it is written. */
  async #allocate(file: LogFile): Promise<void> {
    if (!this.#isSynced) return;
    const zeros = Buffer.alloc(CHUNK_BYTES);
    for (let offset = file.bytes; offset < this.#segmentBytes; offset += CHUNK_BYTES) {
      await file.write(zeros.subarray(0, Math.min(CHUNK_BYTES, this.#segmentBytes - offset)), offset);
    }
  }

  #seek(number: number): Cursor | undefined {
    const segment = this.#segments.findLast(({ first }) => first <= number);
    return segment === undefined ? undefined : { segment, offset: SEGMENT_HEAD_BYTES, number: segment.first };
  }

  /** Checks, where no more entry can be read, that a following segment begins there. */
  #checkFollows(following: Segment | undefined): void {
    if (following === undefined) return;
    throw damaged(this.#options.directory, `entries of its log before ${following.name} cannot be read`);
  }

  #checkTail(): void {
    const { directory } = this.#options;
    const next = this.#lastNumber + 1;
    const cursor = this.#cursor ?? this.#seek(next);
    if (cursor?.number !== next) throw damaged(directory, `its log ends before entry ${next}`);
    const { segment, offset } = cursor;
    if (holdsLaterEntry(segment.file.read(offset, segment.file.bytes), next)) {
      throw damaged(directory, `entry ${next} of its log cannot be read, later ones can`);
    }
  }
}

const nameOf = (first: number): string => `log-${String(first).padStart(NUMBER_DIGITS, '0')}`;

/** Reads a chunk, or the whole entry there if it is longer. */
function readChunk(file: LogFile, offset: number): Buffer {
  const chunk = file.read(offset, CHUNK_BYTES);
  const length = claimedLength(chunk);
  return length > chunk.length && offset + length <= file.bytes ? file.read(offset, length) : chunk;
}
