import { type DeletedAgain, sliceNameOf } from '../../model/archive-object.ts';
import type { SliceMessage } from '../../model/archive-slice.ts';
import { assert } from '../../model/assert.ts';
import type { EpochMs } from '../../model/brand.ts';
import type { SliceName } from '../../model/delivery.ts';
import { groupBy } from '../../model/group-by.ts';
import type { QueueId } from '../../model/ids.ts';
import { NO_ATTRIBUTES } from '../../model/message.ts';
import { messageId } from '../../model/message-id.ts';
import { type ArchivedObject, type Hold, sliceText } from '../../model/rewind.ts';
import { hasIndex, indexesIn } from '../../model/runs.ts';
import { type OpenSlice, readArchiveIndex, unlessDamaged } from '../memory/index.ts';
import { holdsOnSlice } from '../records/index.ts';
import type { Archive, Records, Using } from '../service.ts';
import type { SeenMessage } from './peek.ts';

/** An open archive slice, with its messages that were deleted from a queue or wait there again. */
export interface ArchivedSlice {
  readonly name: SliceName;
  readonly open: OpenSlice;
  /** Holds of rewinds into the queue. */
  readonly holds: readonly Hold[];
  /** When the message at an index was deleted from the queue. In another queue's slice, some messages were not. */
  readonly deletedAtMs: (index: number) => EpochMs | undefined;
}

/**
 * Opens the slices that hold messages deleted from a queue, in order: the object's own slices, then slices of other
 * queues from which a rewind brought messages into it. Skips a slice that is missing or damaged.
 */
export async function openSlices(
  service: Archive,
  queueId: QueueId,
  { object }: ArchivedObject,
): Promise<ArchivedSlice[]> {
  const index = await unlessDamaged(readArchiveIndex(service, object));
  if (index === undefined) return [];
  const own = [...index.slices.entries()].filter(([, entry]) => entry.queueId === queueId);
  const ownSlices = own.map(async ([number, entry]) => {
    const name = sliceNameOf(object, number, entry);
    const open = await service.slices.read(name);
    const deletedAtMs = (at: number) => open.messages[at]?.deletedAtMs;
    return { name, open, holds: await holdsInto(service, queueId, name), deletedAtMs };
  });
  const broughtIn = index.deletedAgain.filter((entry) => entry.queueId === queueId && entry.slice.queueId !== queueId);
  const others = [...groupBy(broughtIn, ({ slice }) => sliceText(slice)).values()].map(async (entries) => {
    return await openBroughtIn(service, queueId, entries);
  });
  return (await Promise.all([...ownSlices, ...others].map(unlessDamaged))).filter((slice) => slice !== undefined);
}

/** @param entries - all of one slice: each single delete has its own */
async function openBroughtIn(
  service: Using<'catalog' | 'clock' | 'slices'>,
  queueId: QueueId,
  entries: readonly DeletedAgain[],
): Promise<ArchivedSlice> {
  const [first] = entries;
  assert(first !== undefined, 'a slice is named by at least one entry');
  const name = first.slice;
  const times = new Map<number, EpochMs>();
  for (const { messages, deletedAtMs } of entries) for (const at of indexesIn(messages)) times.set(at, deletedAtMs);
  return {
    name,
    open: await service.slices.read(name),
    holds: await holdsInto(service, queueId, name),
    deletedAtMs: (index) => times.get(index),
  };
}

async function holdsInto(service: Records, queueId: QueueId, name: SliceName): Promise<Hold[]> {
  const holds: Hold[] = [];
  for await (const { value } of holdsOnSlice(service, name)) if (value.targetId === queueId) holds.push(value);
  return holds;
}

/** The holds under which a message of a slice waits in the queue again. */
export const holdsOn = (slice: ArchivedSlice, index: number): Hold[] =>
  slice.holds.filter(
    ({ messages, done, purged }) => hasIndex(messages, index) && !hasIndex(done, index) && !hasIndex(purged, index),
  );

const withoutBody = ({ object, number }: SliceName) => ({
  body: '',
  attributes: NO_ATTRIBUTES,
  damage: `${object}, slice ${number} is damaged`,
});

/** Messages of a slice as a look shows them. An unreadable message is shown without a body. */
export function seenDeleted(
  slice: ArchivedSlice,
  indexes: readonly number[],
): { readonly index: number; readonly message: SeenMessage }[] {
  const first = indexes[0];
  if (first === undefined) return [];
  const contents = slice.open.contents(Math.min(...indexes), Math.max(...indexes));
  return indexes.flatMap((index) => {
    const message: SliceMessage | undefined = slice.open.messages[index];
    const content = contents.get(index) ?? withoutBody(slice.name);
    const deletedAtMs = slice.deletedAtMs(index);
    if (message === undefined || deletedAtMs === undefined) return [];
    const { origin } = message;
    const id = messageId(origin, message.index);
    const { sentAtMs } = origin;
    const times = { sentAtMs, deletedAtMs, visibleAtMs: sentAtMs };
    return [{ index, message: { ...content, id, ...times, state: 'deleted' as const, receiveCount: 1 } }];
  });
}
