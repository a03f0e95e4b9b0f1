import type { DeletedAgain } from '../../model/archive-object.ts';
import { type Change, consumedBy } from '../../model/change.ts';
import { type BlockPart, type Delivery, messageCount, type Part, slicedParts } from '../../model/delivery.ts';
import { type BlockId, blockId, type QueueId, queueOfShard } from '../../model/ids.ts';
import { inlineMessages } from '../../model/lease.ts';
import { ARCHIVE_READ_BYTES } from '../../model/limits.ts';
import { sourceOf } from '../../model/reach.ts';
import { type RetentionClass, retentionClass } from '../../model/retention.ts';
import { runsOf } from '../../model/runs.ts';
import { fetchSources, type Sources } from '../deliveries/index.ts';
import { Breather } from '../memory/index.ts';
import { keptQueue } from '../records/index.ts';
import type { Archiving, Using } from '../service.ts';
import type { ArchiveUnit } from './archive-builder.ts';
import type { ArchiveEntry } from './archive-writer.ts';
import type { Noted } from './block-cleanup.ts';

/** The messages that a change consumed, on the delivery as it then was. */
export interface Consumption {
  readonly change: Change;
  readonly delivery: Delivery;
  readonly indexes: readonly number[];
  readonly parts: readonly Part[];
}

type Retentions = ReadonlyMap<QueueId, RetentionClass | undefined>;

/**
 * What a batch of changes consumed, with its payloads, for the queues that keep what is deleted. Messages that are
 * noted, or whose block is gone, were archived before and are left out. It gives way to calls.
 *
 * @param noted - what {@link readNoted} read for the batch
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read of each block.
 */
export async function readConsumed(
  service: Archiving,
  changes: readonly Change[],
  noted: Noted,
): Promise<ArchiveEntry[]> {
  const consumptions = changes.flatMap(consumptionOf);
  if (consumptions.length === 0) return [];
  const retentions = await readRetentions(service, consumptions);
  const kept = consumptions.filter(({ change }) => retentions.get(queueOfShard(change.shard)) !== undefined);
  const sources = await fetchSources(service, kept, ({ kind }) => kind === 'block');
  const breather = new Breather(service.clock);
  const entries: ArchiveEntry[] = [];
  for (const consumption of consumptions) {
    const { change } = consumption;
    const queueId = queueOfShard(change.shard);
    const retention = retentions.get(queueId);
    const units = retention === undefined ? [] : unitsOf(consumption, { sources, noted });
    // Even without units, so that a repeated batch begins with the same change and finds the object it wrote.
    if (retention !== undefined) entries.push({ change, queueId, retention, units, deletedAgain: [] });
    entries.push(...againEntries(consumption, retentions));
    await breather.pause();
  }
  return entries;
}

/**
 * Cuts a batch so that the payloads of each piece fit into memory. A change is never cut, and a block counts once,
 * however many changes consume messages of it.
 */
export function splitBySize(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [[]];
  let bytes = 0;
  let blocks = new Set<BlockId>();
  for (const change of changes) {
    const parts = consumptionOf(change).flatMap((consumption) => consumption.parts.filter(isOfBlock));
    if (bytes + bytesOf(parts, blocks) > ARCHIVE_READ_BYTES && bytes > 0) {
      groups.push([]);
      bytes = 0;
      blocks = new Set();
    }
    bytes += bytesOf(parts, blocks);
    for (const part of parts) blocks.add(blockId(part.origin));
    groups.at(-1)?.push(change);
  }
  return groups;
}

const isOfBlock = (part: Part): part is BlockPart => part.kind === 'block';

const bytesOf = (parts: readonly BlockPart[], counted: ReadonlySet<BlockId>): number =>
  parts.reduce((sum, part) => sum + (counted.has(blockId(part.origin)) ? 0 : part.blockBytes), 0);

/** None where it consumed nothing. */
export function consumptionOf(change: Change): Consumption[] {
  const indexes = consumedBy(change);
  const delivery = change.after ?? change.before;
  if (indexes.length === 0 || delivery === undefined) return [];
  return [{ change, delivery, indexes, parts: slicedParts(delivery, indexes) }];
}

/** How long each queue of the batch keeps what is deleted; nothing for those that are gone or have it off. */
async function readRetentions(
  service: Using<'catalog' | 'routes'>,
  consumptions: readonly Consumption[],
): Promise<Retentions> {
  const ids = new Set(
    consumptions.flatMap(({ change, parts }) => [
      queueOfShard(change.shard),
      ...parts.flatMap((part) => (part.kind === 'archive' ? [part.slice.queueId] : [])),
    ]),
  );
  return new Map(
    await Promise.all(
      [...ids].map(async (id) => {
        const queue = await keptQueue(service, id);
        return [id, queue === undefined ? undefined : retentionClass(queue.settings.rewindMs)] as const;
      }),
    ),
  );
}

/** What is needed of blocks: their messages, and which of those were archived before. */
interface Read {
  readonly sources: Sources;
  readonly noted: Noted;
}

/**
 * What is noted of the blocks that a batch consumes in part: the messages that earlier batches archived.
 *
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one ledger read for each such block.
 */
export async function readNoted(service: Using<'ledger'>, changes: readonly Change[]): Promise<Noted> {
  const parts = changes.flatMap(consumptionOf).flatMap((consumption) => consumption.parts.filter(isOfBlock));
  const ids = new Set(parts.filter((part) => !isWhole(part)).map((part) => blockId(part.origin)));
  return new Map(await Promise.all([...ids].map(async (id) => [id, await service.ledger.progress(id)] as const)));
}

const isWhole = (part: BlockPart): boolean => part.first === 0 && part.count === part.blockCount;

const unitsOf = (consumption: Consumption, read: Read): ArchiveUnit[] => [
  ...inlineUnit(consumption),
  ...consumption.parts.filter(isOfBlock).flatMap((part) => blockUnits(part, read)),
];

function inlineUnit({ delivery, indexes, parts }: Consumption): ArchiveUnit[] {
  const inline = parts.filter((part) => part.kind === 'inline');
  if (inline.length === 0 || delivery.payload === undefined) return [];
  const isAll = inline.length === parts.length && indexes.length === messageCount(delivery);
  if (isAll) return [{ parts: inline, content: { kind: 'packed', packed: delivery.payload } }];
  const messages = inlineMessages(delivery, indexes);
  return [{ parts: inline, content: messages === undefined ? UNREADABLE : { kind: 'messages', messages } }];
}

/** Stands for messages that cannot be read, so that a rewind can report them. */
const UNREADABLE: ArchiveUnit['content'] = { kind: 'packed', packed: new Uint8Array() };

function blockUnits(part: BlockPart, { sources, noted }: Read): ArchiveUnit[] {
  const source = sources.get(sourceOf(part));
  if (isWhole(part) && source?.packed !== undefined) {
    return [{ parts: [part], content: { kind: 'packed', packed: source.packed } }];
  }
  const found = source?.messages ?? 'gone';
  if (found === 'gone') return [];
  const before = noted.get(blockId(part.origin));
  const wanted = Array.from({ length: part.count }, (_, offset) => part.first + offset).filter(
    (index) => isWhole(part) || before?.has(index) !== true,
  );
  const messages = new Map(wanted.map((index) => [index, found === 'damaged' ? undefined : found(index)]));
  const unitOf = ([first, count]: readonly [number, number]): ArchiveUnit => {
    const some = Array.from({ length: count }, (_, offset) => messages.get(first + offset) ?? []).flat();
    return {
      parts: [{ ...part, first, count }],
      content: some.length === 0 ? UNREADABLE : { kind: 'messages', messages: some },
    };
  };
  const readable = wanted.filter((index) => messages.get(index) !== undefined);
  const damaged = wanted.filter((index) => messages.get(index) === undefined);
  return [...runsOf(readable), ...runsOf(damaged)].map(unitOf);
}

/**
 * A rewound message that is deleted again writes no payload. It is noted for the queue it was rewound from and for the
 * queue it was deleted from, if that queue keeps deleted messages.
 */
function againEntries({ change, parts }: Consumption, retentions: Retentions): ArchiveEntry[] {
  const queueId = queueOfShard(change.shard);
  return parts.flatMap((part) => {
    if (part.kind !== 'archive') return [];
    const kept = [retentions.get(part.slice.queueId), retentions.get(queueId)].filter((one) => one !== undefined);
    const deletedAgain: DeletedAgain = {
      queueId,
      slice: part.slice,
      rewindId: part.rewoundBy,
      messages: [[part.first, part.count]],
      sequence: change.sequence,
      deletedAtMs: change.atMs,
    };
    return [...new Set(kept)].map((retention) => ({
      change,
      queueId: part.slice.queueId,
      retention,
      units: [],
      deletedAgain: [deletedAgain],
    }));
  });
}
