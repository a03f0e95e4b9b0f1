import { type Block, type Frame, undecodableBlock } from '../../model/block.ts';
import { ByteReader, ByteWriter, DecodeError } from '../../model/bytes.ts';
import type { BlockId } from '../../model/ids.ts';

/**
 * A block as bytes, without its id:
 *
 *     format: 1 packed, 2 offloaded · messages
 *     packed: the payload with its length before it
 *     offloaded: number of frames, then messages and bytes of each
 */
// The format of a block, as above.
const PACKED = 1;
const OFFLOADED = 2;
/** Expected bytes before a payload. */
const HEAD_BYTES = 16;

export function encodeBlock(block: Block): Uint8Array {
  const writer = new ByteWriter('payload' in block ? block.payload.length + HEAD_BYTES : undefined);
  writer.byte('payload' in block ? PACKED : OFFLOADED);
  writer.varint(block.messageCount);
  if ('payload' in block) writer.sized(block.payload);
  else {
    writer.varint(block.frames.length);
    for (const frame of block.frames) {
      writer.varint(frame.messageCount);
      writer.varint(frame.bytes);
    }
  }
  return writer.finish();
}

/** Reads the output of {@link encodeBlock}; keeps no reference to `bytes`. A damaged block does not stop the others. */
export function decodeBlock(id: BlockId, bytes: Uint8Array): Block {
  try {
    return readBlock(id, bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undecodableBlock(id);
    throw error;
  }
}

function readBlock(id: BlockId, bytes: Uint8Array): Block {
  const reader = new ByteReader(bytes);
  const format = reader.byte();
  const messageCount = reader.varint();
  if (format === PACKED) return { id, messageCount, payload: new Uint8Array(reader.sized()) };
  if (format !== OFFLOADED) throw new DecodeError(`block format ${format} is unknown`);
  const frames: Frame[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    frames.push({ messageCount: reader.varint(), bytes: reader.varint() });
  }
  return { id, messageCount, frames };
}
