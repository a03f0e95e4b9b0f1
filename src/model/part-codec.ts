import type { EpochMs } from './brand.ts';
import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import type { ArchivePart, Part, SliceName, StoredPart } from './delivery.ts';
import { type DeliveryId, INDEX_MAX, type Origin, type QueueId, type RewindId, type ShardId } from './ids.ts';
import { INSTANT_MS_LAST, MESSAGES_PER_BLOCK_MAX } from './limits.ts';
import { fromSortableText, INSTANT_LENGTH, instantText, toSortableText } from './sortable-text.ts';

/**
 * Parts as bytes. What a part shares with the part before it is left out, so that ten single messages merged into
 * one lease cost about twelve bytes each.
 *
 *     flags: kind (2 bits), delayed, entered, received, rewound, other place, other run than (0, 1)
 *     inline, block: other place: 4 bytes of shard id · sentAt: signed milliseconds after the part before
 *         id: 6 bytes
 *         delayed: delay · other run: first, count · entered, received: signed milliseconds after sentAt
 *         entered: receives before
 *         rewound: rewind id, or "<" and the id of the queue they were dead letters of
 *         kind block: message count and bytes of the block
 *     archive: other place: queue id, object, number, offset, length, messages and
 *         bytes of the slice, rewind id, entered
 *         other run: first, count · received: milliseconds after entered · moved: receives before
 *         rewound: the id of the queue they were dead letters of
 */
// The kind of a part is in the two lowest bits of its flags; each other bit announces a field.
const INLINE = 0;
const BLOCK = 1;
const OFFLOADED_BLOCK = 2;
const ARCHIVE = 3;
const DELAYED = 4;
const ENTERED = 8;
const RECEIVED = 16;
const REWOUND = 32;
/** Of an archive part, which knows no delay. */
const MOVED = DELAYED;
const OTHER_PLACE = 64;
const OTHER_RUN = 128;
/** No rewind id begins like this. */
const DEAD_LETTERED = '<';

/** What the next part may share. */
interface Before {
  readonly shardId: ShardId;
  readonly sentAtMs: EpochMs;
  readonly archive?: ArchivePart;
}

const NOTHING: Before = { shardId: '' as ShardId, sentAtMs: 0 as EpochMs };

export function encodeParts(parts: readonly Part[]): Uint8Array {
  const writer = new ByteWriter();
  let before = NOTHING;
  for (const part of parts) {
    if (part.kind === 'archive') writeArchivePart(writer, part, before);
    else writeStoredPart(writer, part, before);
    before = after(part, before);
  }
  return writer.finish();
}

/** @throws DecodeError when the bytes are damaged. */
export function decodeParts(bytes: Uint8Array): Part[] {
  const reader = new ByteReader(bytes);
  const parts: Part[] = [];
  let before = NOTHING;
  while (!reader.isAtEnd) {
    const flags = reader.byte();
    const part =
      (flags & 3) === ARCHIVE ? readArchivePart(reader, flags, before) : readStoredPart(reader, flags, before);
    parts.push(part);
    before = after(part, before);
  }
  return parts;
}

/** Copies nothing without an archive part: this runs for every part of every delivery that is read or written. */
const after = (part: Part, before: Before): Before => {
  if (part.kind === 'archive') return { ...before, archive: part };
  return before.archive === undefined ? part.origin : { ...before, ...part.origin };
};

const isOtherRun = (part: Part): boolean => part.first !== 0 || part.count !== 1;

function writeRun(writer: ByteWriter, part: Part): void {
  if (!isOtherRun(part)) return;
  writer.varint(part.first);
  writer.varint(part.count);
}

function readRun(reader: ByteReader, flags: number, endMax: number): { first: number; count: number } {
  if (!(flags & OTHER_RUN)) return { first: 0, count: 1 };
  const first = reader.varint();
  const count = reader.varint();
  if (count === 0 || first + count > endMax) throw new DecodeError(`${count} messages from ${first} are no part`);
  return { first, count };
}

function writeArchivePart(writer: ByteWriter, part: ArchivePart, { archive }: Before): void {
  const isSamePlace =
    archive !== undefined &&
    archive.slice.object === part.slice.object &&
    archive.slice.number === part.slice.number &&
    archive.rewoundBy === part.rewoundBy &&
    archive.enteredAtMs === part.enteredAtMs;
  writer.byte(
    ARCHIVE +
      (isSamePlace ? 0 : OTHER_PLACE) +
      (part.firstReceivedAtMs === undefined ? 0 : RECEIVED) +
      (part.receivedBefore === undefined ? 0 : MOVED) +
      (part.deadLetteredFrom === undefined ? 0 : REWOUND) +
      (isOtherRun(part) ? OTHER_RUN : 0),
  );
  if (!isSamePlace) {
    writeSliceName(writer, part.slice);
    writer.sizedUtf8(part.rewoundBy);
    writer.utf8(instantText(part.enteredAtMs));
  }
  writeRun(writer, part);
  if (part.firstReceivedAtMs !== undefined) writer.signedVarint(part.firstReceivedAtMs - part.enteredAtMs);
  if (part.receivedBefore !== undefined) writer.varint(part.receivedBefore);
  if (part.deadLetteredFrom !== undefined) writer.sizedUtf8(part.deadLetteredFrom);
}

function readArchivePart(reader: ByteReader, flags: number, { archive }: Before): ArchivePart {
  const place = flags & OTHER_PLACE ? readPlace(reader) : archive;
  if (place === undefined) throw new DecodeError('an archive part names no slice');
  const { slice, rewoundBy, enteredAtMs } = place;
  const run = readRun(reader, flags, INDEX_MAX + 1);
  const received = flags & RECEIVED ? { firstReceivedAtMs: momentOf(enteredAtMs + reader.signedVarint()) } : {};
  const before = flags & MOVED ? receivedBefore(reader) : {};
  const from = flags & REWOUND ? { deadLetteredFrom: reader.sizedUtf8() as QueueId } : {};
  return { kind: 'archive', slice, rewoundBy, enteredAtMs, ...run, ...received, ...before, ...from };
}

function readPlace(reader: ByteReader): Pick<ArchivePart, 'slice' | 'rewoundBy' | 'enteredAtMs'> {
  const slice = readSliceName(reader);
  return { slice, rewoundBy: reader.sizedUtf8() as RewindId, enteredAtMs: readInstant(reader) };
}

/** Queue id and object with their lengths before them, then number, offset, length, messages and their bytes. */
export function writeSliceName(writer: ByteWriter, slice: SliceName): void {
  writer.sizedUtf8(slice.queueId);
  writer.sizedUtf8(slice.object);
  const { number, offset, length, messageCount, contentBytes } = slice;
  for (const one of [number, offset, length, messageCount, contentBytes]) writer.varint(one);
}

/** Reads what {@link writeSliceName} wrote. @throws DecodeError also where no object can have such a name or slice */
export function readSliceName(reader: ByteReader): SliceName {
  const queueId = reader.sizedUtf8() as QueueId;
  const object = reader.sizedUtf8();
  if (!OBJECT_NAME_PATTERN.test(object)) throw new DecodeError('a slice lies in no object');
  const [number, offset, length] = [reader.varint(), reader.varint(), reader.varint()];
  const [messageCount, contentBytes] = [reader.varint(), reader.varint()];
  if (length === 0 || messageCount === 0) throw new DecodeError('a slice has neither bytes nor messages');
  return { queueId, object, number, offset, length, messageCount, contentBytes };
}

const OBJECT_NAME_PATTERN = /^[\w-]+(\/[\w-]+)*$/;

function writeStoredPart(writer: ByteWriter, part: StoredPart, before: Before): void {
  const { origin } = part;
  const delayMs = origin.visibleAtMs - origin.sentAtMs;
  const isOtherShard = origin.shardId !== before.shardId;
  const broughtBy = broughtByText(part);
  writer.byte(
    kindOf(part) +
      (delayMs === 0 ? 0 : DELAYED) +
      (part.enteredAtMs === undefined ? 0 : ENTERED) +
      (part.firstReceivedAtMs === undefined ? 0 : RECEIVED) +
      (broughtBy === undefined ? 0 : REWOUND) +
      (isOtherShard ? OTHER_PLACE : 0) +
      (isOtherRun(part) ? OTHER_RUN : 0),
  );
  if (isOtherShard) writeText(writer, origin.shardId, 4);
  writer.signedVarint(origin.sentAtMs - before.sentAtMs);
  writeText(writer, origin.id, 6);
  if (delayMs !== 0) writer.varint(delayMs);
  writeRun(writer, part);
  if (part.enteredAtMs !== undefined) {
    writer.signedVarint(part.enteredAtMs - origin.sentAtMs);
    writer.varint(part.receivedBefore ?? 0);
  }
  if (part.firstReceivedAtMs !== undefined) writer.signedVarint(part.firstReceivedAtMs - origin.sentAtMs);
  if (broughtBy !== undefined) writer.sizedUtf8(broughtBy);
  if (part.kind === 'block') {
    writer.varint(part.blockCount);
    writer.varint(part.blockBytes);
  }
}

function readStoredPart(reader: ByteReader, flags: number, before: Before): StoredPart {
  const kind = flags & 3;
  const shardId = flags & OTHER_PLACE ? (readText(reader, 4, 5) as ShardId) : before.shardId;
  const sentAtMs = momentOf(before.sentAtMs + reader.signedVarint());
  const id = readText(reader, 6, 8) as DeliveryId;
  const visibleAtMs = flags & DELAYED ? momentOf(sentAtMs + reader.varint()) : sentAtMs;
  if (shardId === '') throw new DecodeError('the first part names no shard');
  const origin: Origin = { shardId, id, sentAtMs, visibleAtMs };
  const run = readRun(reader, flags, MESSAGES_PER_BLOCK_MAX);
  const entered =
    flags & ENTERED ? { enteredAtMs: momentOf(sentAtMs + reader.signedVarint()), ...receivedBefore(reader) } : {};
  const received = flags & RECEIVED ? { firstReceivedAtMs: momentOf(sentAtMs + reader.signedVarint()) } : {};
  const carried = { origin, ...run, ...entered, ...received, ...(flags & REWOUND ? readBroughtBy(reader) : {}) };
  if (kind === INLINE) return { kind: 'inline', ...carried };
  const block = { blockCount: reader.varint(), blockBytes: reader.varint() };
  if (run.first + run.count > block.blockCount) throw new DecodeError('a part names messages beyond its block');
  return { kind: 'block', ...carried, ...block, ...(kind === OFFLOADED_BLOCK ? { isOffloaded: true } : {}) };
}

function receivedBefore(reader: ByteReader): Pick<Part, 'receivedBefore'> {
  const count = reader.varint();
  return count === 0 ? {} : { receivedBefore: count };
}

function broughtByText({ rewoundBy, deadLetteredFrom }: StoredPart): string | undefined {
  return deadLetteredFrom === undefined ? rewoundBy : DEAD_LETTERED + deadLetteredFrom;
}

function readBroughtBy(reader: ByteReader): Pick<StoredPart, 'rewoundBy' | 'deadLetteredFrom'> {
  const text = reader.sizedUtf8();
  if (text.startsWith(DEAD_LETTERED)) return { deadLetteredFrom: text.slice(DEAD_LETTERED.length) as QueueId };
  return { rewoundBy: text as RewindId };
}

function kindOf(part: StoredPart): number {
  if (part.kind === 'inline') return INLINE;
  return part.isOffloaded === true ? OFFLOADED_BLOCK : BLOCK;
}

/** An instant as sortable text. @throws DecodeError */
export function readInstant(reader: ByteReader): EpochMs {
  const ms = fromSortableText(reader.utf8(INSTANT_LENGTH));
  if (ms === undefined) throw new DecodeError('an instant has other characters');
  return momentOf(ms);
}

/** Damaged bytes may hold an impossible instant, on which later code would fail. */
function momentOf(ms: number): EpochMs {
  if (ms < 0 || ms > INSTANT_MS_LAST) throw new DecodeError(`${ms} is no moment`);
  return ms as EpochMs;
}

/** Sortable text carries 6 bits a character; as bytes it is a quarter shorter. */
function writeText(writer: ByteWriter, text: string, bytes: number): void {
  let value = fromSortableText(text) ?? 0;
  for (let count = 0; count < bytes; count++) {
    writer.byte(value % 256);
    value = Math.floor(value / 256);
  }
}

function readText(reader: ByteReader, bytes: number, length: number): string {
  let value = 0;
  for (let count = 0, factor = 1; count < bytes; count++, factor *= 256) value += reader.byte() * factor;
  if (value >= 64 ** length) throw new DecodeError(`${value} is no id of ${length} characters`);
  return toSortableText(value, length);
}
