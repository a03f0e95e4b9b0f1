import { type Block, type Frame, undecodableBlock } from '../../model/block.ts';
import { ByteReader, ByteWriter, DecodeError } from '../../model/bytes.ts';
import type { BlockId } from '../../model/ids.ts';
import { bytesAt, type Item, numberAt, present, textAt } from './items.ts';
import { BLOCK, BLOCK_SORT_KEY, PARTITION_KEY, SORT_KEY } from './keys.ts';

export const blockItemKey = (id: BlockId): Item => ({ [PARTITION_KEY]: id, [SORT_KEY]: BLOCK_SORT_KEY });

/** Costs about 25 bytes and the payload, or a few bytes for each frame. */
export function encodeBlock(block: Block): Item {
  const key = blockItemKey(block.id);
  return 'frames' in block
    ? { ...key, [BLOCK.frames]: encodeFrames(block.frames) }
    : { ...key, [BLOCK.messageCount]: block.messageCount, [BLOCK.payload]: block.payload };
}

/** Turns a damaged item into an undecodable block: an error would stop the other blocks of the read. */
export function decodeBlock(item: Item): Block {
  const id = present(textAt(item, PARTITION_KEY), PARTITION_KEY) as BlockId;
  try {
    const frames = bytesAt(item, BLOCK.frames);
    if (frames !== undefined) return { id, ...decodeFrames(frames) };
    const messageCount = present(numberAt(item, BLOCK.messageCount), BLOCK.messageCount);
    return { id, messageCount, payload: present(bytesAt(item, BLOCK.payload), BLOCK.payload) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undecodableBlock(id);
  }
}

function encodeFrames(frames: readonly Frame[]): Uint8Array {
  const writer = new ByteWriter();
  for (const frame of frames) {
    writer.varint(frame.messageCount);
    writer.varint(frame.bytes);
  }
  return writer.finish();
}

function decodeFrames(bytes: Uint8Array): { messageCount: number; frames: Frame[] } {
  const reader = new ByteReader(bytes);
  const frames: Frame[] = [];
  while (!reader.isAtEnd) frames.push({ messageCount: reader.varint(), bytes: reader.varint() });
  return { messageCount: frames.reduce((sum, frame) => sum + frame.messageCount, 0), frames };
}
