import type { BlockId } from './ids.ts';

/** Packed messages of one send request; immutable. */
export type Block = PackedBlock | OffloadedBlock;

export interface PackedBlock {
  readonly id: BlockId;
  readonly messageCount: number;
  readonly payload: Uint8Array;
}

/** Too large for an item: the payload is an object of several frames, so that a part of it can be read alone. */
export interface OffloadedBlock {
  readonly id: BlockId;
  readonly messageCount: number;
  /** In order, without gaps: the first frame starts at byte 0 with message 0. */
  readonly frames: readonly Frame[];
}

export interface Frame {
  readonly messageCount: number;
  readonly bytes: number;
}

/** Stands for a stored block that cannot be decoded. If it were left out, its messages would count as consumed. */
export const undecodableBlock = (id: BlockId): PackedBlock => ({ id, messageCount: 0, payload: new Uint8Array() });

/** Prefix of the names of payload objects. The block id follows, so they sort by time of sending. */
export const PAYLOADS = 'payloads/';
/** Name of the object that holds the frames of a block. */
export const payloadObjectName = (id: BlockId): string => PAYLOADS + id;
export const blockOfPayload = (object: string): BlockId => object.slice(PAYLOADS.length) as BlockId;

export interface FrameRange {
  /** Index, in the block, of the first message of the range. */
  readonly first: number;
  readonly offset: number;
  readonly frames: readonly Frame[];
}

/** The fewest frames that hold the messages `first` to `first + count - 1`. */
export function framesHolding(block: OffloadedBlock, first: number, count: number): FrameRange {
  let messagesBefore = 0;
  let offset = 0;
  let start: { first: number; offset: number } | undefined;
  const frames: Frame[] = [];
  for (const frame of block.frames) {
    const end = messagesBefore + frame.messageCount;
    if (end > first && messagesBefore < first + count) {
      start ??= { first: messagesBefore, offset };
      frames.push(frame);
    }
    messagesBefore = end;
    offset += frame.bytes;
  }
  return { first: start?.first ?? 0, offset: start?.offset ?? 0, frames };
}
