import type { SliceMessage } from '../model/archive-slice.ts';
import { DecodeError } from '../model/bytes.ts';
import type { SliceName } from '../model/delivery.ts';
import type { QueueId } from '../model/ids.ts';
import { type ArchivedObject, type Hold, sliceText } from '../model/rewind.ts';
import { indexesOf } from '../model/runs.ts';
import { readArchiveIndex } from './archive-writer.ts';
import type { SeenMessage } from './peek.ts';
import type { QueueService } from './service.ts';
import type { OpenSlice } from './slice-reader.ts';

/** A slice of an archive object, opened, and what of it waits in a queue again. */
export interface ArchivedSlice {
  readonly name: SliceName;
  readonly open: OpenSlice;
  readonly holds: readonly Hold[];
}

const HOLDS_MAX = 1_000;

/** The slices of a queue in an archive object, in order; none when the object is missing or damaged. */
export async function openSlices(
  service: QueueService,
  queueId: QueueId,
  object: ArchivedObject,
): Promise<ArchivedSlice[]> {
  try {
    const { slices } = await readArchiveIndex(service, object.object);
    const own = [...slices.entries()].filter(([, entry]) => entry.queueId === queueId);
    return await Promise.all(
      own.map(async ([number, { offset, length }]) => {
        const name: SliceName = { queueId, object: object.object, number, offset, length };
        const prefix = `${sliceText(name)}/`;
        const holds = await service.catalog.list('hold', { prefix, limit: HOLDS_MAX });
        return { name, open: await service.slices.read(name), holds: holds.map((stored) => stored.value) };
      }),
    );
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

/** The holds by which a message of a slice waits in its queue again. */
export const holdsOn = (slice: ArchivedSlice, index: number): Hold[] =>
  slice.holds.filter(
    (hold) =>
      hold.targetId === slice.name.queueId &&
      indexesOf(hold.messages).includes(index) &&
      !indexesOf(hold.done).includes(index) &&
      !indexesOf(hold.purged).includes(index),
  );

/** Messages of a slice as a look shows them; those with a body that cannot be read are left out. */
export function seenDeleted(
  slice: ArchivedSlice,
  indexes: readonly number[],
): { readonly index: number; readonly message: SeenMessage }[] {
  const first = indexes[0];
  if (first === undefined) return [];
  const contents = slice.open.contents(Math.min(...indexes), Math.max(...indexes));
  return indexes.flatMap((index) => {
    const message: SliceMessage | undefined = slice.open.messages[index];
    const content = contents.get(index);
    if (message === undefined || content === undefined) return [];
    const { id, sentAtMs, deletedAtMs } = message;
    const times = { sentAtMs, deletedAtMs, visibleAtMs: sentAtMs };
    return [{ index, message: { ...content, id, ...times, state: 'deleted' as const, receiveCount: 1 } }];
  });
}
