import { crc32, deflateRawSync } from 'node:zlib';
import { readMany, type TimeRanges } from './archive-object.ts';
import { assert } from './assert.ts';
import type { EpochMs } from './brand.ts';
import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import type { Sequence } from './change.ts';
import type { StoredPart } from './delivery.ts';
import { type Origin, originText } from './ids.ts';
import { inflated } from './inflated.ts';
import { ARCHIVE_CHUNK_BYTES, MESSAGES_PER_SLICE_MAX, SLICE_BYTES_MAX, SLICE_CONTENT_BYTES_MAX } from './limits.ts';
import { type Message, messageBytes } from './message.ts';
import { type Compress, compress, isCompressed, isSound, joinPlain, packPlain, unpackedBytes } from './packing.ts';
import { decodeParts, encodeParts, readInstant } from './part-codec.ts';
import { instantText } from './sortable-text.ts';

/** The messages that one change of the feed consumed, as they go into the archive. */
export interface ArchiveFrame {
  readonly sequence: Sequence;
  readonly deletedAtMs: EpochMs;
  /** The identities of the messages, in order. */
  readonly parts: readonly StoredPart[];
}

/** A packed payload of some messages of a slice, in their order; without bytes where it was damaged before. */
export interface Chunk {
  readonly messageCount: number;
  readonly bytes: number;
}

/** What the head of a slice says. */
export interface SliceHead {
  readonly frames: readonly ArchiveFrame[];
  readonly chunks: readonly Chunk[];
  /** Bytes before the first chunk. */
  readonly headBytes: number;
}

/** A slice as bytes, and what the index says of it. */
interface FinishedSlice {
  readonly bytes: Uint8Array;
  readonly messageCount: number;
  readonly contentBytes: number;
  readonly ranges: TimeRanges;
}

/** One message of a slice: its identity, and when it was deleted. */
export interface SliceMessage {
  readonly origin: Origin;
  /** Its index in the origin. */
  readonly index: number;
  readonly deletedAtMs: EpochMs;
  readonly sequence: Sequence;
}

/** Tells messages of one change apart: a message that was rewound is archived again under another one. */
export const messageKey = ({ sequence, origin, index }: Omit<SliceMessage, 'deletedAtMs'>): string =>
  sequence + originText(origin, index);

/**
 * Gathers the consumed messages of one queue into a slice. Payloads that are packed already go in as they are; small
 * ones are packed together, which compresses them as well as large requests.
 */
export class SliceBuilder {
  readonly #frames: ArchiveFrame[] = [];
  readonly #chunks: { readonly messageCount: number; readonly payload: Uint8Array }[] = [];
  /** Plain payloads on their way into one chunk. */
  #loose: Uint8Array[] = [];
  #looseCount = 0;
  #looseBytes = 0;
  #messageCount = 0;
  #bytes = 0;
  #contentBytes = 0;

  get messageCount(): number {
    return this.#messageCount;
  }

  /** Whether this many more messages fit. An empty slice takes any number. */
  hasRoomFor(messageCount: number): boolean {
    if (this.#messageCount === 0) return true;
    const hasRoom = this.#bytes < SLICE_BYTES_MAX && this.#contentBytes < SLICE_CONTENT_BYTES_MAX;
    return hasRoom && this.#messageCount + messageCount <= MESSAGES_PER_SLICE_MAX;
  }

  /**
   * Adds messages that lie packed in one payload, all of it. A damaged one becomes a chunk without bytes: so a rewind
   * tells of its messages, instead of not knowing them.
   */
  addPacked(frame: ArchiveFrame, packed: Uint8Array): void {
    const messageCount = this.#addFrame(frame);
    const payload = isSound(packed, messageCount) ? packed : NO_BYTES;
    if (payload !== NO_BYTES && !isCompressed(packed)) this.#addLoose(messageCount, packed);
    else {
      this.#packLoose();
      this.#chunks.push({ messageCount, payload });
      this.#bytes += payload.length;
      this.#contentBytes += unpackedBytes(payload);
    }
  }

  addMessages(frame: ArchiveFrame, messages: readonly Message[]): void {
    assert(this.#addFrame(frame) === messages.length, 'a frame names each of its messages');
    let start = 0;
    let bytes = 0;
    for (const [index, message] of messages.entries()) {
      bytes += messageBytes(message);
      if (bytes < ARCHIVE_CHUNK_BYTES && index < messages.length - 1) continue;
      this.#addLoose(index + 1 - start, packPlain(messages.slice(start, index + 1)));
      start = index + 1;
      bytes = 0;
    }
  }

  /** The slice as bytes, and what the index says of it. */
  async finish(smaller: Compress = compress): Promise<FinishedSlice> {
    this.#packLoose();
    const chunks = await Promise.all(
      this.#chunks.map(async ({ messageCount, payload }) => ({
        messageCount,
        packed: payload === NO_BYTES || isCompressed(payload) ? payload : await smaller(payload),
      })),
    );
    const head = deflateRawSync(encodeHead(this.#frames, chunks));
    const length = new ByteWriter();
    length.varint(head.length);
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32BE(crc32(head));
    const bytes = Buffer.concat([length.finish(), checksum, head, ...chunks.map((chunk) => chunk.packed)]);
    const counts = { messageCount: this.#messageCount, contentBytes: this.#contentBytes };
    return { bytes, ...counts, ranges: rangesOf(this.#frames) };
  }

  #addFrame(frame: ArchiveFrame): number {
    const count = frame.parts.reduce((sum, part) => sum + part.count, 0);
    this.#frames.push(frame);
    this.#messageCount += count;
    return count;
  }

  #addLoose(messageCount: number, plain: Uint8Array): void {
    this.#loose.push(plain);
    this.#looseCount += messageCount;
    this.#looseBytes += plain.length;
    this.#contentBytes += plain.length;
    if (this.#looseBytes >= ARCHIVE_CHUNK_BYTES) this.#packLoose();
  }

  #packLoose(): void {
    if (this.#loose.length === 0) return;
    const payload = joinPlain(this.#loose);
    this.#chunks.push({ messageCount: this.#looseCount, payload });
    this.#bytes += payload.length;
    this.#loose = [];
    this.#looseCount = 0;
    this.#looseBytes = 0;
  }
}

const NO_BYTES = new Uint8Array();
/** A CRC-32. */
const CHECKSUM_BYTES = 4;

/** @throws DecodeError when the bytes are damaged; they may be cut after the head */
export function decodeSliceHead(bytes: Uint8Array): SliceHead {
  const outer = new ByteReader(bytes);
  const headLength = outer.varint();
  const checksum = Buffer.from(outer.raw(CHECKSUM_BYTES)).readUInt32BE();
  const packed = outer.raw(headLength);
  if (crc32(packed) !== checksum) throw new DecodeError('the head of the slice does not match its checksum');
  const reader = new ByteReader(inflated(packed));
  const frames = readMany(reader, () => ({
    sequence: reader.sizedUtf8() as Sequence,
    deletedAtMs: readInstant(reader),
    parts: storedParts(reader.sized()),
  }));
  const chunks = readMany(reader, () => ({ messageCount: reader.varint(), bytes: reader.varint() }));
  const messageCount = frames.flatMap(({ parts }) => parts).reduce((sum, { count }) => sum + count, 0);
  const inChunks = chunks.reduce((sum, chunk) => sum + chunk.messageCount, 0);
  if (messageCount !== inChunks || messageCount > MESSAGES_PER_SLICE_MAX) {
    throw new DecodeError(`a slice has ${messageCount} messages in its frames and ${inChunks} in its chunks`);
  }
  return { frames, chunks, headBytes: outer.position };
}

function storedParts(bytes: Uint8Array): StoredPart[] {
  return decodeParts(bytes).map((part) => {
    if (part.kind === 'archive') throw new DecodeError('a frame names messages of another slice');
    return part;
  });
}

/** The messages of a slice in order, by what its head says of them. */
export function sliceMessages(head: SliceHead): SliceMessage[] {
  return head.frames.flatMap(({ sequence, deletedAtMs, parts }) =>
    parts.flatMap((part) =>
      Array.from({ length: part.count }, (_, offset) => ({
        origin: part.origin,
        index: part.first + offset,
        deletedAtMs,
        sequence,
      })),
    ),
  );
}

/** The run of chunks that holds the messages `first` to `last`: bytes from the slice's start, and its first message. */
export function chunksHolding(
  head: SliceHead,
  first: number,
  last: number,
): { readonly offset: number; readonly length: number; readonly first: number; readonly chunks: readonly Chunk[] } {
  let start = 0;
  let offset = head.headBytes;
  let found: { offset: number; first: number } | undefined;
  const chunks: Chunk[] = [];
  for (const chunk of head.chunks) {
    const end = start + chunk.messageCount;
    if (end > first && start <= last) {
      found ??= { offset, first: start };
      chunks.push(chunk);
    }
    start = end;
    offset += chunk.bytes;
  }
  const length = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  return { offset: found?.offset ?? head.headBytes, first: found?.first ?? 0, length, chunks };
}

function encodeHead(
  frames: readonly ArchiveFrame[],
  chunks: readonly { readonly messageCount: number; readonly packed: Uint8Array }[],
): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(frames.length);
  for (const { sequence, deletedAtMs, parts } of frames) {
    writer.sizedUtf8(sequence);
    writer.utf8(instantText(deletedAtMs));
    writer.sized(encodeParts(parts));
  }
  writer.varint(chunks.length);
  for (const { messageCount, packed } of chunks) {
    writer.varint(messageCount);
    writer.varint(packed.length);
  }
  return writer.finish();
}

function rangesOf(frames: readonly ArchiveFrame[]): TimeRanges {
  const sent = frames.flatMap((frame) => frame.parts.map((part) => part.origin.sentAtMs));
  const deleted = frames.map((frame) => frame.deletedAtMs);
  return {
    sentFromMs: Math.min(...sent) as EpochMs,
    sentToMs: Math.max(...sent) as EpochMs,
    deletedFromMs: Math.min(...deleted) as EpochMs,
    deletedToMs: Math.max(...deleted) as EpochMs,
  };
}
