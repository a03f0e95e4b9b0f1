import { type Block, framesHolding, type OffloadedBlock, payloadObjectName } from '../model/block.ts';
import type { EpochMs } from '../model/brand.ts';
import { DecodeError } from '../model/bytes.ts';
import {
  type ArchivePart,
  type Delivery,
  locate,
  type Part,
  payloadPosition,
  type StoredPart,
} from '../model/delivery.ts';
import { type BlockId, blockId, type MessageId, messageId } from '../model/ids.ts';
import type { Message } from '../model/message.ts';
import { unpack } from '../model/packing.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { ShardStore } from '../ports/shard-store.ts';
import type { SliceReader } from './slice-reader.ts';

/** Some messages of a delivery. */
export interface Selection {
  readonly delivery: Delivery;
  readonly indexes: readonly number[];
}

/** A message and who it is. */
export interface IdentifiedMessage extends Message {
  readonly id: MessageId;
  readonly sentAtMs: EpochMs;
}

/** A message as read; `gone`: its block is not there; `damaged`: it is there, or was archived, and cannot be read. */
export type Content = IdentifiedMessage | 'gone' | 'damaged';

interface ContentPorts {
  readonly shards: ShardStore;
  readonly objects: ObjectStore;
  readonly slices: SliceReader;
}

/** Messages of a block or a slice by their index there. */
type Unpacked = ReadonlyMap<number, Message | IdentifiedMessage> | 'gone' | 'damaged';

/** What is needed of one block or slice. */
interface Need {
  readonly part: Exclude<Part, { kind: 'inline' }>;
  first: number;
  last: number;
}

/**
 * Reads the messages of several deliveries, each block and each slice once. Answers run parallel to the selections.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read unit for each 4 KB of the blocks; one object read for each slice and each block that is an
 * object.
 */
export async function readContents(ports: ContentPorts, selections: readonly Selection[]): Promise<Content[][]> {
  const needs = findNeeds(selections);
  const ids = [...needs.values()].flatMap(({ part }) => (part.kind === 'block' ? [blockId(part.origin)] : []));
  const blocks = ids.length === 0 ? new Map<BlockId, Block>() : await ports.shards.getBlocks(ids);
  const unpacked = new Map<string, Unpacked>();
  await Promise.all(
    [...needs].map(async ([source, need]) => unpacked.set(source, await unpackNeed(ports, need, blocks))),
  );
  return selections.map((selection) => contentsOf(selection, unpacked));
}

/** Names the block or the slice that holds a part. */
const sourceOf = (part: Exclude<Part, { kind: 'inline' }>): string =>
  part.kind === 'block' ? blockId(part.origin) : `${part.slice.object}#${part.slice.number}`;

function findNeeds(selections: readonly Selection[]): Map<string, Need> {
  const needs = new Map<string, Need>();
  for (const { delivery, indexes } of selections) {
    if (delivery.parts.every((part) => part.kind === 'inline')) continue;
    for (const index of indexes) {
      const { part, offset } = locate(delivery, index);
      if (part.kind === 'inline') continue;
      const wanted = part.first + offset;
      const known = needs.get(sourceOf(part));
      if (known === undefined) needs.set(sourceOf(part), { part, first: wanted, last: wanted });
      else {
        known.first = Math.min(known.first, wanted);
        known.last = Math.max(known.last, wanted);
      }
    }
  }
  return needs;
}

async function unpackNeed(ports: ContentPorts, need: Need, blocks: ReadonlyMap<BlockId, Block>): Promise<Unpacked> {
  try {
    if (need.part.kind === 'archive') return await unpackSlice(ports.slices, need.part, need);
    const block = blocks.get(blockId(need.part.origin));
    if (block === undefined) return 'gone';
    return 'payload' in block ? new Map(unpack(block.payload).entries()) : await unpackFrames(ports, block, need);
  } catch (error) {
    if (error instanceof DecodeError) return 'damaged';
    throw error;
  }
}

async function unpackSlice(slices: SliceReader, { slice }: ArchivePart, { first, last }: Need): Promise<Unpacked> {
  const open = await slices.read(slice);
  const contents = open.contents(first, last);
  return new Map(
    open.messages.flatMap(({ id, sentAtMs }, index) => {
      const message = contents.get(index);
      return message === undefined ? [] : [[index, { ...message, id, sentAtMs }]];
    }),
  );
}

async function unpackFrames(ports: ContentPorts, block: OffloadedBlock, { first, last }: Need): Promise<Unpacked> {
  const range = framesHolding(block, first, last - first + 1);
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

function contentsOf({ delivery, indexes }: Selection, sources: ReadonlyMap<string, Unpacked>): Content[] {
  const inline = unpackInline(delivery);
  return indexes.map((index) => {
    const { part, offset } = locate(delivery, index);
    if (part.kind === 'inline') {
      const message = inline === 'damaged' ? undefined : inline[payloadPosition(delivery, index) ?? -1];
      return message === undefined ? 'damaged' : identified(part, offset, message);
    }
    const unpacked = sources.get(sourceOf(part)) ?? 'gone';
    if (typeof unpacked === 'string') return unpacked;
    const message = unpacked.get(part.first + offset);
    if (message === undefined) return 'damaged';
    return 'id' in message ? message : part.kind === 'block' ? identified(part, offset, message) : 'damaged';
  });
}

const identified = (part: StoredPart, offset: number, message: Message): IdentifiedMessage => ({
  body: message.body,
  attributes: message.attributes,
  id: messageId(part.origin, part.first + offset),
  sentAtMs: part.origin.sentAtMs,
});

function unpackInline(delivery: Delivery): readonly Message[] | 'damaged' {
  if (delivery.payload === undefined) return [];
  try {
    return unpack(delivery.payload);
  } catch (error) {
    if (error instanceof DecodeError) return 'damaged';
    throw error;
  }
}
