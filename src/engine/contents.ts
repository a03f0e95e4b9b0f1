import { type Block, framesHolding, type OffloadedBlock, payloadObjectName } from '../model/block.ts';
import { DecodeError } from '../model/bytes.ts';
import { type Delivery, locate, payloadPosition } from '../model/delivery.ts';
import { type BlockId, blockId } from '../model/ids.ts';
import type { Message } from '../model/message.ts';
import { unpack } from '../model/packing.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { ShardStore } from '../ports/shard-store.ts';

/** Some messages of a delivery. */
export interface Selection {
  readonly delivery: Delivery;
  readonly indexes: readonly number[];
}

/** A message as read; `gone`: its block is not there; `damaged`: it is there and cannot be decoded. */
export type Content = Message | 'gone' | 'damaged';

interface ContentPorts {
  readonly shards: ShardStore;
  readonly objects: ObjectStore;
}

/** Blocks unpacked by index; a message that is missing from the map is gone. */
type UnpackedBlock = ReadonlyMap<number, Message> | 'gone' | 'damaged';

/**
 * Reads the messages of several deliveries, each block once. Answers run parallel to the selections.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read unit for each 4 KB of the blocks; one object read for each block that is an object.
 */
export async function readContents(ports: ContentPorts, selections: readonly Selection[]): Promise<Content[][]> {
  const needed = neededOfBlocks(selections);
  const blocks = needed.size === 0 ? new Map<BlockId, Block>() : await ports.shards.getBlocks([...needed.keys()]);
  const unpacked = new Map<BlockId, UnpackedBlock>();
  await Promise.all(
    [...needed].map(async ([id, indexes]) => {
      const block = blocks.get(id);
      unpacked.set(id, block === undefined ? 'gone' : await unpackBlock(ports, block, indexes));
    }),
  );
  return selections.map((selection) => contentsOf(selection, unpacked));
}

function neededOfBlocks(selections: readonly Selection[]): Map<BlockId, number[]> {
  const needed = new Map<BlockId, number[]>();
  for (const { delivery, indexes } of selections) {
    if (delivery.parts.every((part) => part.kind === 'inline')) continue;
    for (const index of indexes) {
      const { part, offset } = locate(delivery, index);
      if (part.kind !== 'block') continue;
      const id = blockId(part.origin);
      const known = needed.get(id);
      if (known === undefined) needed.set(id, [part.first + offset]);
      else known.push(part.first + offset);
    }
  }
  return needed;
}

async function unpackBlock(ports: ContentPorts, block: Block, indexes: readonly number[]): Promise<UnpackedBlock> {
  try {
    if ('payload' in block) return new Map(unpack(block.payload).entries());
    return await unpackFrames(ports, block, indexes);
  } catch (error) {
    if (error instanceof DecodeError) return 'damaged';
    throw error;
  }
}

async function unpackFrames(
  ports: ContentPorts,
  block: OffloadedBlock,
  indexes: readonly number[],
): Promise<UnpackedBlock> {
  const first = Math.min(...indexes);
  const range = framesHolding(block, first, Math.max(...indexes) - first + 1);
  const length = range.frames.reduce((sum, frame) => sum + frame.bytes, 0);
  const bytes = await ports.objects.get(payloadObjectName(block.id), { offset: range.offset, length });
  if (bytes === undefined) return 'gone';
  const messages = new Map<number, Message>();
  let index = range.first;
  let offset = 0;
  for (const frame of range.frames) {
    for (const message of unpack(bytes.subarray(offset, offset + frame.bytes))) messages.set(index++, message);
    offset += frame.bytes;
  }
  return messages;
}

function contentsOf({ delivery, indexes }: Selection, blocks: ReadonlyMap<BlockId, UnpackedBlock>): Content[] {
  const inline = unpackInline(delivery);
  return indexes.map((index) => {
    const position = payloadPosition(delivery, index);
    if (position !== undefined) return inline === 'damaged' ? inline : (inline[position] ?? 'damaged');
    const { part, offset } = locate(delivery, index);
    const block = blocks.get(blockId(part.origin)) ?? 'gone';
    return typeof block === 'string' ? block : (block.get(part.first + offset) ?? 'damaged');
  });
}

function unpackInline(delivery: Delivery): readonly Message[] | 'damaged' {
  if (delivery.payload === undefined) return [];
  try {
    return unpack(delivery.payload);
  } catch (error) {
    if (error instanceof DecodeError) return 'damaged';
    throw error;
  }
}
