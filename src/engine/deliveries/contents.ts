import { type Block, type Frame, framesHolding, type OffloadedBlock, payloadObjectName } from '../../model/block.ts';
import type { EpochMs } from '../../model/brand.ts';
import { DecodeError } from '../../model/bytes.ts';
import { type ArchivePart, type Delivery, type Part, slicedParts, visitLocated } from '../../model/delivery.ts';
import { type BlockId, blockId, type MessageId } from '../../model/ids.ts';
import { inlineMessages } from '../../model/lease.ts';
import type { Message } from '../../model/message.ts';
import { messageId } from '../../model/message-id.ts';
import { unpack } from '../../model/packing.ts';
import { sourceOf } from '../../model/reach.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { ShardStore } from '../../ports/shard-store.ts';
import type { SliceReader } from '../memory/index.ts';

/** Some messages of a delivery. */
export interface Selection {
  readonly delivery: Delivery;
  readonly indexes: readonly number[];
}

/** The identity of a message. */
export interface Identity {
  readonly id: MessageId;
  readonly sentAtMs: EpochMs;
}

export type IdentifiedMessage = Message & Identity;

/** A message as read. An archived message holds its identity; the identity of others follows from their origin. */
export type ReadMessage = Message & Partial<Identity>;

/** `gone`: its block is not there; `damaged`: it is there, or was archived, and cannot be read. */
export type Content = ReadMessage | 'gone' | 'damaged';

interface ContentPorts {
  readonly shards: ShardStore;
  readonly objects: ObjectStore;
  readonly slices: SliceReader;
}

/** The blocks and slices that messages lie in, still packed. */
export type Sources = ReadonlyMap<string, Source>;

type Unpacked = ((index: number) => ReadMessage | undefined) | 'gone' | 'damaged';

/** A block or a slice as fetched. It is unpacked on first access, and takes no heap until then. */
class Source {
  readonly #open: () => Unpacked;
  /** All messages of a block that is one payload, still packed. */
  readonly packed: Uint8Array | undefined;
  #unpacked: Unpacked | undefined;

  constructor(open: () => Unpacked, packed?: Uint8Array) {
    this.#open = open;
    this.packed = packed;
  }

  /** The messages by their index in the block or slice. */
  get messages(): Unpacked {
    this.#unpacked ??= unpackedOr(this.#open);
    return this.#unpacked;
  }
}

/** What is needed of one block or slice. */
interface Need {
  readonly part: Exclude<Part, { kind: 'inline' }>;
  readonly first: number;
  readonly last: number;
}

/**
 * Reads the messages of several deliveries, each block and each slice once. Answers run parallel to the selections.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: see {@link fetchSources}.
 */
export async function readContents(ports: ContentPorts, selections: readonly Selection[]): Promise<Content[][]> {
  const sources = await fetchSources(ports, selections);
  return selections.map((selection) => contentsOf(selection, sources));
}

/**
 * Fetches what the messages lie in, each block and each slice once.
 * @param isWanted - parts that are to be read; the others have no source. @default all
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read unit for each 4 KB of the blocks; one object read for each slice and each block that is an
 * object.
 */
export async function fetchSources(
  ports: ContentPorts,
  selections: readonly Selection[],
  isWanted: (part: Part) => boolean = () => true,
): Promise<Sources> {
  const needs = findNeeds(selections, isWanted);
  if (needs.size === 0) return NO_SOURCES;
  const ids = [...needs.values()].flatMap(({ part }) => (part.kind === 'block' ? [blockId(part.origin)] : []));
  const blocks = ids.length === 0 ? new Map<BlockId, Block>() : await ports.shards.getBlocks(ids);
  return new Map(
    await Promise.all([...needs].map(async ([name, need]) => [name, await fetchSource(ports, need, blocks)] as const)),
  );
}

/** Of messages that lie in their deliveries. */
export const NO_SOURCES: Sources = new Map();

/** The selected messages, in order, from what was fetched for them. */
export function contentsOf({ delivery, indexes }: Selection, sources: Sources): Content[] {
  const contents: Content[] = [];
  const inline = inlineMessages(delivery, indexes);
  let inlineCount = 0;
  // Looked up once for each part: neighbours lie in one block.
  let messages: Unpacked = 'gone';
  let open: Part | undefined;
  visitLocated(delivery, indexes, (_, part, offset) => {
    if (part.kind === 'inline') {
      contents.push(inline?.[inlineCount++] ?? 'damaged');
      return;
    }
    if (part !== open) messages = sources.get(sourceOf(part))?.messages ?? 'gone';
    open = part;
    contents.push(typeof messages === 'string' ? messages : (messages(part.first + offset) ?? 'damaged'));
  });
  return contents;
}

/** The identity of the message that was read at `offset` of a part. */
export function identityOf(part: Part, offset: number, message: ReadMessage): Identity {
  const { id, sentAtMs } = message;
  if (id !== undefined && sentAtMs !== undefined) return { id, sentAtMs };
  if (part.kind === 'archive') throw new RangeError('the id of a message of an archive slice stands in the slice');
  return { id: messageId(part.origin, part.first + offset), sentAtMs: part.origin.sentAtMs };
}

function findNeeds(selections: readonly Selection[], isWanted: (part: Part) => boolean): Map<string, Need> {
  const needs = new Map<string, Need>();
  for (const { delivery, indexes } of selections) {
    if (delivery.parts.every((part) => part.kind === 'inline')) continue;
    for (const part of slicedParts(delivery, indexes)) {
      if (part.kind === 'inline' || !isWanted(part)) continue;
      const name = sourceOf(part);
      const known = needs.get(name);
      const first = Math.min(part.first, known?.first ?? part.first);
      const last = Math.max(part.first + part.count - 1, known?.last ?? 0);
      needs.set(name, { part, first, last });
    }
  }
  return needs;
}

async function fetchSource(ports: ContentPorts, need: Need, blocks: ReadonlyMap<BlockId, Block>): Promise<Source> {
  try {
    if (need.part.kind === 'archive') return new Source(await fetchSlice(ports.slices, need.part, need));
    const block = blocks.get(blockId(need.part.origin));
    if (block === undefined) return new Source(() => 'gone');
    if (!('payload' in block)) return new Source(await fetchFrames(ports, block, need));
    const { messageCount, payload } = block;
    const open = () => {
      const messages = unpackAll(payload, messageCount);
      return (index: number) => messages[index];
    };
    return new Source(open, payload);
  } catch (error) {
    if (error instanceof DecodeError) return new Source(() => 'damaged');
    throw error;
  }
}

async function fetchSlice(slices: SliceReader, { slice }: ArchivePart, { first, last }: Need): Promise<() => Unpacked> {
  const open = await slices.read(slice);
  return () => {
    const contents = open.contents(first, last);
    return (index) => {
      const message = contents.get(index);
      const known = open.messages[index];
      if (message === undefined || known === undefined) return undefined;
      const { origin } = known;
      const identity = { id: messageId(origin, known.index), sentAtMs: origin.sentAtMs };
      return { body: message.body, attributes: message.attributes, ...identity };
    };
  };
}

async function fetchFrames(ports: ContentPorts, block: OffloadedBlock, { first, last }: Need): Promise<() => Unpacked> {
  const { offset, frames, ...range } = framesHolding(block, first, last - first + 1);
  const length = frames.reduce((sum, frame) => sum + frame.bytes, 0);
  const payload = await ports.objects.get(payloadObjectName(block.id), { offset, length });
  if (payload !== undefined) return () => unpackFrames(payload, frames, range.first);
  // A block is removed before its payload. If the block is still there, its payload is lost.
  const isConsumed = !(await ports.shards.getBlocks([block.id])).has(block.id);
  return () => (isConsumed ? 'gone' : 'damaged');
}

/** Unpacks a frame when one of its messages is first read. A damaged frame does not affect the others. */
function unpackFrames(payload: Uint8Array, frames: readonly Frame[], first: number): Unpacked {
  let offset = 0;
  let firstOfFrame = first;
  const opened = frames.map(({ messageCount, bytes }) => {
    const [packed, start] = [payload.subarray(offset, offset + bytes), firstOfFrame];
    offset += bytes;
    firstOfFrame += messageCount;
    const source = new Source(() => {
      const messages = unpackAll(packed, messageCount);
      return (index) => messages[index - start];
    });
    return { end: firstOfFrame, source };
  });
  return (index) => {
    const messages = opened.find(({ end }) => index < end)?.source.messages;
    return typeof messages === 'function' ? messages(index) : undefined;
  };
}

/** @throws DecodeError also for another number of messages: some would get the ids of others */
function unpackAll(packed: Uint8Array, messageCount: number): Message[] {
  const messages = unpack(packed);
  if (messages.length === messageCount) return messages;
  throw new DecodeError(`the payload has ${messages.length} messages; its block has ${messageCount}`);
}

function unpackedOr(open: () => Unpacked): Unpacked {
  try {
    return open();
  } catch (error) {
    if (error instanceof DecodeError) return 'damaged';
    throw error;
  }
}
