import type { DeletedAgain } from '../model/archive-object.ts';
import { type Block, payloadObjectName } from '../model/block.ts';
import { DecodeError } from '../model/bytes.ts';
import { type Change, consumedBy } from '../model/change.ts';
import { type BlockPart, type Delivery, messageCount, type Part, slicedParts } from '../model/delivery.ts';
import { type BlockId, blockId, type QueueId, queueOfShard } from '../model/ids.ts';
import { inlineMessages } from '../model/lease.ts';
import { ARCHIVE_READ_BYTES } from '../model/limits.ts';
import type { Message } from '../model/message.ts';
import { isCompressed, isReadable, unpack } from '../model/packing.ts';
import { type RetentionClass, retentionClass } from '../model/retention.ts';
import { runsOf } from '../model/runs.ts';
import type { ArchiveUnit } from './archive-builder.ts';
import type { ArchiveEntry } from './archive-writer.ts';
import type { QueueService } from './service.ts';

/** The messages that a change consumed, on the delivery as it then was. */
interface Consumption {
  readonly change: Change;
  readonly delivery: Delivery;
  readonly indexes: readonly number[];
  readonly parts: readonly Part[];
}

type Retentions = ReadonlyMap<QueueId, RetentionClass | undefined>;

/**
 * What a batch of changes consumed, with its payloads, for the queues that keep what is deleted. Messages whose block
 * is gone were archived before and are left out.
 *
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read of each block; one ledger read for each block that is consumed in part.
 */
export async function readConsumed(service: QueueService, changes: readonly Change[]): Promise<ArchiveEntry[]> {
  const consumptions = changes.flatMap(consumptionOf);
  if (consumptions.length === 0) return [];
  const retentions = await readRetentions(service, consumptions);
  const blocks = await readBlocks(service, consumptions, retentions);
  const entries = await Promise.all(
    consumptions.map(async (consumption): Promise<ArchiveEntry[]> => {
      const { change } = consumption;
      const queueId = queueOfShard(change.shard);
      const retention = retentions.get(queueId);
      const units = retention === undefined ? [] : await unitsOf(service, consumption, blocks);
      // Even without units: a repeated batch then begins with the same change, and finds the object it wrote.
      const own = retention === undefined ? [] : [{ change, queueId, retention, units, deletedAgain: [] }];
      return [...own, ...againEntries(consumption, retentions)];
    }),
  );
  return entries.flat();
}

/** Cuts a batch so that the payloads of each part of it fit into memory; a change is never cut. */
export function splitBySize(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [[]];
  let bytes = 0;
  for (const change of changes) {
    bytes += sizeOf(change);
    if (bytes > ARCHIVE_READ_BYTES) {
      groups.push([]);
      bytes = sizeOf(change);
    }
    groups.at(-1)?.push(change);
  }
  return groups;
}

function sizeOf(change: Change): number {
  const parts = (change.after ?? change.before)?.parts ?? [];
  return parts.reduce((sum, part) => sum + (part.kind === 'block' ? part.blockBytes : 0), 0);
}

function consumptionOf(change: Change): Consumption[] {
  const indexes = consumedBy(change);
  const delivery = change.after ?? change.before;
  if (indexes.length === 0 || delivery === undefined) return [];
  return [{ change, delivery, indexes, parts: slicedParts(delivery, indexes) }];
}

/** How long each queue of the batch keeps what is deleted; nothing for those that are gone or have it off. */
async function readRetentions(service: QueueService, consumptions: readonly Consumption[]): Promise<Retentions> {
  const ids = new Set(
    consumptions.flatMap(({ change, parts }) => [
      queueOfShard(change.shard),
      ...parts.flatMap((part) => (part.kind === 'archive' ? [part.slice.queueId] : [])),
    ]),
  );
  return new Map(
    await Promise.all(
      [...ids].map(async (id) => {
        const queue = await service.routes.getById(id);
        return [id, queue === undefined ? undefined : retentionClass(queue.settings.rewindMs)] as const;
      }),
    ),
  );
}

async function readBlocks(
  service: QueueService,
  consumptions: readonly Consumption[],
  retentions: Retentions,
): Promise<ReadonlyMap<BlockId, Block>> {
  const kept = consumptions.filter(({ change }) => retentions.get(queueOfShard(change.shard)) !== undefined);
  const parts = kept.flatMap((consumption) => consumption.parts);
  const ids = new Set(parts.flatMap((part) => (part.kind === 'block' ? [blockId(part.origin)] : [])));
  return ids.size === 0 ? new Map() : await service.shards.getBlocks([...ids]);
}

async function unitsOf(
  service: QueueService,
  consumption: Consumption,
  blocks: ReadonlyMap<BlockId, Block>,
): Promise<ArchiveUnit[]> {
  const blockParts = consumption.parts.filter((part) => part.kind === 'block');
  if (blockParts.length === 0) return inlineUnit(consumption);
  const ofBlocks = await Promise.all(
    blockParts.map((part) => blockUnits(service, part, blocks.get(blockId(part.origin)))),
  );
  return [...inlineUnit(consumption), ...ofBlocks.flat()];
}

function inlineUnit({ delivery, indexes, parts }: Consumption): ArchiveUnit[] {
  const inline = parts.filter((part) => part.kind === 'inline');
  if (inline.length === 0 || delivery.payload === undefined) return [];
  const isWhole = inline.length === parts.length && indexes.length === messageCount(delivery);
  if (isWhole && isKept(delivery.payload, indexes.length)) {
    return [{ parts: inline, content: { kind: 'packed', packed: delivery.payload } }];
  }
  const messages = inlineMessages(delivery, indexes);
  return messages === undefined ? [] : [{ parts: inline, content: { kind: 'messages', messages } }];
}

/** Whether a payload goes into the archive as it is: a plain one shares its chunk with others, so it must be sound. */
const isKept = (payload: Uint8Array, count: number): boolean => isCompressed(payload) || isReadable(payload, count);

/** Messages of a block; those that block progress names were archived by an earlier removal of another delivery. */
async function blockUnits(service: QueueService, part: BlockPart, block: Block | undefined): Promise<ArchiveUnit[]> {
  if (block === undefined) return [];
  const isWhole = part.first === 0 && part.count === part.blockCount;
  if (isWhole && 'payload' in block && isKept(block.payload, part.count))
    return [{ parts: [part], content: { kind: 'packed', packed: block.payload } }];
  const archived = isWhole ? new Set<number>() : await service.ledger.progress(block.id);
  const wanted = runsOf(
    Array.from({ length: part.count }, (_, offset) => part.first + offset).filter((index) => !archived.has(index)),
  );
  const messages = await unpackWhole(service, block);
  if (messages === undefined) return [];
  return wanted.map(([first, count]) => ({
    parts: [{ ...part, first, count }],
    content: { kind: 'messages', messages: messages.slice(first, first + count) },
  }));
}

/** Nothing when the payload is gone or damaged: what no consumer can read no rewind could bring back. */
async function unpackWhole(service: QueueService, block: Block): Promise<Message[] | undefined> {
  const payload = 'payload' in block ? block.payload : await service.objects.get(payloadObjectName(block.id));
  if (payload === undefined) return undefined;
  const frames = 'payload' in block ? [{ bytes: payload.length }] : block.frames;
  let offset = 0;
  try {
    return frames.flatMap((frame) => unpack(payload.subarray(offset, (offset += frame.bytes))));
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** A rewound message that is deleted again writes no payload: it is noted beside the queue it was rewound from. */
function againEntries({ change, parts }: Consumption, retentions: Retentions): ArchiveEntry[] {
  return parts.flatMap((part) => {
    if (part.kind !== 'archive') return [];
    const retention = retentions.get(part.slice.queueId);
    if (retention === undefined) return [];
    const deletedAgain: DeletedAgain = {
      slice: part.slice,
      rewindId: part.rewoundBy,
      messages: [[part.first, part.count]],
      sequence: change.sequence,
      deletedAtMs: change.atMs,
    };
    return [{ change, queueId: part.slice.queueId, retention, units: [], deletedAgain: [deletedAgain] }];
  });
}
