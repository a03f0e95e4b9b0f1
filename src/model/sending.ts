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
  /** Of the payload, unpacked. */
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
  const groups = new Map<EpochMs, Group>();
  let group: Group | undefined;
  for (const [position, message] of messages.entries()) {
    const visibleAtMs = visibleAtOf(message, delayMs, options.nowMs);
    // Neighbours mostly share their time, and a comparison costs less than a lookup.
    if (group?.visibleAtMs !== visibleAtMs) {
      group = groups.get(visibleAtMs) ?? { visibleAtMs, positions: [], messages: [] };
      groups.set(visibleAtMs, group);
    }
    group.positions.push(position);
    group.messages.push(message);
  }
  return [...groups.values()].flatMap((one) => batchesOf(one, options.thresholds));
}

/** Messages of a request that become visible at one time. */
interface Group {
  readonly visibleAtMs: EpochMs;
  readonly positions: number[];
  readonly messages: Message[];
}

function batchesOf({ visibleAtMs, positions, messages }: Group, thresholds: Thresholds): Batch[] {
  const batches: Batch[] = [];
  for (let start = 0; start < positions.length; start += MESSAGES_PER_BLOCK_MAX) {
    const end = start + MESSAGES_PER_BLOCK_MAX;
    const planned = planPayload(messages.slice(start, end), thresholds);
    batches.push({ visibleAtMs, positions: positions.slice(start, end), ...planned });
  }
  return batches;
}

/** A moment in the past becomes now; one behind the last instant becomes the last instant. */
function visibleAtOf(message: NewMessage, delayMs: number, nowMs: EpochMs): EpochMs {
  const wished = message.deliverAtMs ?? nowMs + (message.delayMs ?? delayMs);
  return Math.min(Math.max(wished, nowMs), INSTANT_MS_LAST) as EpochMs;
}

/** Compression where it saves a unit: what fits a delivery as it is stays as it is. */
function planPayload(messages: readonly Message[], thresholds: Thresholds): Pick<Batch, 'payload' | 'bytes'> {
  const plain = packPlain(messages);
  return { payload: placed(messages, plain, thresholds), bytes: plain.length };
}

function placed(messages: readonly Message[], plain: Uint8Array, thresholds: Thresholds): Payload {
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
