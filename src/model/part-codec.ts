import type { EpochMs } from './brand.ts';
import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import type { Part } from './delivery.ts';
import type { DeliveryId, Origin, RewindId, ShardId } from './ids.ts';
import { fromSortableText, toSortableText } from './sortable-text.ts';

/**
 * Parts as bytes. What a part shares with the part before it is left out, so that ten single messages merged into
 * one lease cost about twelve bytes each.
 *
 *     flags: kind (2 bits), delayed, entered, received, rewound, other shard, other slice than (0, 1)
 *     other shard: 4 bytes of shard id · sentAt: signed milliseconds after the part before · id: 6 bytes
 *     delayed: delay · other slice: first, count · entered, received: signed milliseconds after sentAt
 *     rewound: rewind id · kind block: message count and bytes of the block
 */
const INLINE = 0;
const BLOCK = 1;
const OFFLOADED_BLOCK = 2;
const DELAYED = 4;
const ENTERED = 8;
const RECEIVED = 16;
const REWOUND = 32;
const OTHER_SHARD = 64;
const OTHER_SLICE = 128;

const NO_ORIGIN: Pick<Origin, 'shardId' | 'sentAtMs'> = { shardId: '' as ShardId, sentAtMs: 0 as EpochMs };

export function encodeParts(parts: readonly Part[]): Uint8Array {
  const writer = new ByteWriter();
  let before = NO_ORIGIN;
  for (const part of parts) {
    writePart(writer, part, before);
    before = part.origin;
  }
  return writer.finish();
}

/** @throws DecodeError when the bytes are damaged. */
export function decodeParts(bytes: Uint8Array): Part[] {
  const reader = new ByteReader(bytes);
  const parts: Part[] = [];
  let before = NO_ORIGIN;
  while (!reader.isAtEnd) {
    const part = readPart(reader, before);
    parts.push(part);
    before = part.origin;
  }
  return parts;
}

function writePart(writer: ByteWriter, part: Part, before: Pick<Origin, 'shardId' | 'sentAtMs'>): void {
  const { origin } = part;
  const delayMs = origin.visibleAtMs - origin.sentAtMs;
  const isOtherShard = origin.shardId !== before.shardId;
  const isOtherSlice = part.first !== 0 || part.count !== 1;
  writer.byte(
    kindOf(part) +
      (delayMs === 0 ? 0 : DELAYED) +
      (part.enteredAtMs === undefined ? 0 : ENTERED) +
      (part.firstReceivedAtMs === undefined ? 0 : RECEIVED) +
      (part.rewoundBy === undefined ? 0 : REWOUND) +
      (isOtherShard ? OTHER_SHARD : 0) +
      (isOtherSlice ? OTHER_SLICE : 0),
  );
  if (isOtherShard) writeText(writer, origin.shardId, 4);
  writer.signedVarint(origin.sentAtMs - before.sentAtMs);
  writeText(writer, origin.id, 6);
  if (delayMs !== 0) writer.varint(delayMs);
  if (isOtherSlice) {
    writer.varint(part.first);
    writer.varint(part.count);
  }
  if (part.enteredAtMs !== undefined) writer.signedVarint(part.enteredAtMs - origin.sentAtMs);
  if (part.firstReceivedAtMs !== undefined) writer.signedVarint(part.firstReceivedAtMs - origin.sentAtMs);
  if (part.rewoundBy !== undefined) writer.sizedUtf8(part.rewoundBy);
  if (part.kind === 'block') {
    writer.varint(part.blockCount);
    writer.varint(part.blockBytes);
  }
}

function readPart(reader: ByteReader, before: Pick<Origin, 'shardId' | 'sentAtMs'>): Part {
  const flags = reader.byte();
  const kind = flags & 3;
  if (kind > OFFLOADED_BLOCK) throw new DecodeError(`part kind ${kind} is unknown`);
  const shardId = flags & OTHER_SHARD ? (readText(reader, 4, 5) as ShardId) : before.shardId;
  const sentAtMs = (before.sentAtMs + reader.signedVarint()) as EpochMs;
  const id = readText(reader, 6, 8) as DeliveryId;
  const visibleAtMs = (flags & DELAYED ? sentAtMs + reader.varint() : sentAtMs) as EpochMs;
  const [first, count] = flags & OTHER_SLICE ? [reader.varint(), reader.varint()] : [0, 1];
  const entered = flags & ENTERED ? { enteredAtMs: (sentAtMs + reader.signedVarint()) as EpochMs } : {};
  const received = flags & RECEIVED ? { firstReceivedAtMs: (sentAtMs + reader.signedVarint()) as EpochMs } : {};
  const rewound = flags & REWOUND ? { rewoundBy: reader.sizedUtf8() as RewindId } : {};
  const common = { origin: { shardId, id, sentAtMs, visibleAtMs }, first, count, ...entered, ...received, ...rewound };
  if (kind === INLINE) return { kind: 'inline', ...common };
  const block = { blockCount: reader.varint(), blockBytes: reader.varint() };
  return { kind: 'block', ...common, ...block, ...(kind === OFFLOADED_BLOCK ? { isOffloaded: true } : {}) };
}

function kindOf(part: Part): number {
  if (part.kind === 'inline') return INLINE;
  return part.isOffloaded === true ? OFFLOADED_BLOCK : BLOCK;
}

/** Sortable text carries 6 bits a character; as bytes it is a quarter shorter. */
function writeText(writer: ByteWriter, text: string, bytes: number): void {
  let value = fromSortableText(text) ?? 0;
  const written: number[] = [];
  for (let count = 0; count < bytes; count++) {
    written.push(value % 256);
    value = Math.floor(value / 256);
  }
  for (const byte of written) writer.byte(byte);
}

function readText(reader: ByteReader, bytes: number, length: number): string {
  let value = 0;
  for (let count = 0, factor = 1; count < bytes; count++, factor *= 256) value += reader.byte() * factor;
  if (value >= 64 ** length) throw new DecodeError(`${value} is no id of ${length} characters`);
  return toSortableText(value, length);
}
