import type { Frame } from './block.ts';
import type { EpochMs } from './brand.ts';
import { FRAME_BYTES, INSTANT_MS_LAST, MESSAGES_PER_BLOCK_MAX, type Thresholds } from './limits.ts';
import { type Message, messageBytes, type NewMessage } from './message.ts';
import { compress, packPlain } from './packing.ts';

/** Messages that become one delivery: visible at one time, at most a block of them. */
export interface Batch {
  readonly visibleAtMs: EpochMs;
  /** Their positions in the request. */
  readonly positions: readonly number[];
  readonly payload: Payload;
  /** Bodies and attributes, unpacked. */
  readonly bytes: number;
}

/** Where the messages live, by packed size: in the delivery, in a block item, or in an object of several frames. */
export type Payload =
  | { readonly kind: 'inline' | 'block'; readonly packed: Uint8Array }
  | { readonly kind: 'object'; readonly packed: Uint8Array; readonly frames: readonly Frame[] };

/** Splits a request into the deliveries it becomes, in order. */
export function planBatches(
  messages: readonly NewMessage[],
  delayMs: number,
  options: { readonly nowMs: EpochMs; readonly thresholds: Thresholds },
): Batch[] {
  const byTime = new Map<EpochMs, number[]>();
  for (const [position, message] of messages.entries()) {
    const visibleAtMs = visibleAtOf(message, delayMs, options.nowMs);
    const positions = byTime.get(visibleAtMs);
    if (positions === undefined) byTime.set(visibleAtMs, [position]);
    else positions.push(position);
  }
  const batches: Batch[] = [];
  for (const [visibleAtMs, positions] of byTime) {
    for (let start = 0; start < positions.length; start += MESSAGES_PER_BLOCK_MAX) {
      const chosen = positions.slice(start, start + MESSAGES_PER_BLOCK_MAX);
      const content = chosen.flatMap((position) => messages[position] ?? []);
      const bytes = content.reduce((sum, message) => sum + messageBytes(message), 0);
      batches.push({ visibleAtMs, positions: chosen, payload: planPayload(content, options.thresholds), bytes });
    }
  }
  return batches;
}

/** A moment that has passed is now; what lies past the last instant is the last instant. */
function visibleAtOf(message: NewMessage, delayMs: number, nowMs: EpochMs): EpochMs {
  const wished = message.deliverAtMs ?? nowMs + (message.delayMs ?? delayMs);
  return Math.min(Math.max(wished, nowMs), INSTANT_MS_LAST) as EpochMs;
}

/** Compression where it saves a unit: what fits a delivery as it is stays as it is. */
function planPayload(messages: readonly Message[], thresholds: Thresholds): Payload {
  const plain = packPlain(messages);
  if (plain.length <= thresholds.inlineBytesMax) return { kind: 'inline', packed: plain };
  if (plain.length <= (thresholds.plainBytesMax ?? 0)) return { kind: 'block', packed: plain };
  const packed = compress(plain);
  if (packed.length <= thresholds.inlineBytesMax) return { kind: 'inline', packed };
  if (packed.length <= thresholds.blockBytesMax) return { kind: 'block', packed };
  const packedFrames = frameMessages(messages).map((frame) => ({
    count: frame.length,
    packed: compress(packPlain(frame)),
  }));
  return {
    kind: 'object',
    packed: Buffer.concat(packedFrames.map((frame) => frame.packed)),
    frames: packedFrames.map(({ count, packed: { length } }) => ({ messageCount: count, bytes: length })),
  };
}

function frameMessages(messages: readonly Message[]): Message[][] {
  const frames: Message[][] = [];
  let frame: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const more = messageBytes(message);
    if (frame.length > 0 && bytes + more > FRAME_BYTES) {
      frames.push(frame);
      frame = [];
      bytes = 0;
    }
    frame.push(message);
    bytes += more;
  }
  return [...frames, frame];
}
