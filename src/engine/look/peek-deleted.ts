import type { EpochMs } from '../../model/brand.ts';
import { ANSWER_BYTES_MAX } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import { listArchived } from '../archive/index.ts';
import { AnswerRoom } from '../deliveries/index.ts';
import type { Archive } from '../service.ts';
import { type ArchivedSlice, holdsOn, openSlices, seenDeleted } from './archived-messages.ts';
import { foreignCursor } from './cursor.ts';
import type { PeekCommand, SeenMessage } from './peek.ts';

/** Where a look at the archive continues: at a message of a slice of an object. */
interface DeletedCursor {
  readonly object: string;
  readonly slice: number;
  readonly index: number;
}

/** Objects that one look opens. After them it returns a cursor, even if it found little. */
const OBJECTS_PER_LOOK = 16;
/** Messages of a slice to unpack before their sizes are checked; a page of small messages takes several such groups. */
const UNPACKED_AT_ONCE = 32;

/**
 * Looks at deleted messages, in the order of their archive objects, which is roughly the order of deletion. Skips a
 * message that a rewind brought back, unless it was deleted again.
 *
 * @throws QueueError `InvalidField` for a foreign cursor, `Throttled`, `Unavailable`
 * @remarks Cost: the index and the slices of at most 16 objects. After 4 MiB of slices it opens no more.
 */
export async function peekDeleted(
  service: Archive,
  queue: Queue,
  command: PeekCommand,
): Promise<{ messages: SeenMessage[]; cursor?: string }> {
  const cursor = command.cursor === undefined ? undefined : parseDeletedCursor(command.cursor);
  const messages: SeenMessage[] = [];
  const room = new AnswerRoom();
  let opened = 0;
  let openedBytes = 0;
  const fromMs = command.fromMs ?? (0 as EpochMs);
  for await (const { name, value } of listArchived(service, queue.id, fromMs, cursor?.object)) {
    if (cursor !== undefined && name < cursor.object) continue;
    if (opened++ >= OBJECTS_PER_LOOK || openedBytes > ANSWER_BYTES_MAX)
      return { messages, cursor: encodeDeletedCursor({ object: name, slice: 0, index: 0 }) };
    const start = cursor?.object === name ? cursor : { object: name, slice: 0, index: 0 };
    const slices = await openSlices(service, queue.id, value);
    openedBytes += slices.reduce((sum, slice) => sum + slice.name.length, 0);
    const next = collect({ messages, room }, slices, { command, start });
    if (next !== undefined) return { messages, cursor: encodeDeletedCursor(next) };
  }
  return { messages };
}

interface Page {
  readonly messages: SeenMessage[];
  readonly room: AnswerRoom;
}

/** Adds messages of an object until the page is full. Returns where to continue then. */
function collect(
  { messages, room }: Page,
  slices: readonly ArchivedSlice[],
  at: { readonly command: PeekCommand; readonly start: DeletedCursor },
): DeletedCursor | undefined {
  const { command, start } = at;
  for (const [number, slice] of slices.entries()) {
    if (number < start.slice) continue;
    const first = number === start.slice ? start.index : 0;
    const wanted = slice.open.messages.flatMap((_, index) => {
      const deletedAtMs = slice.deletedAtMs(index);
      const isIn = index >= first && deletedAtMs !== undefined && deletedAtMs >= (command.fromMs ?? 0);
      return isIn && holdsOn(slice, index).length === 0 ? [index] : [];
    });
    for (let begin = 0; begin < wanted.length; begin += UNPACKED_AT_ONCE) {
      for (const { index, message } of seenDeleted(slice, wanted.slice(begin, begin + UNPACKED_AT_ONCE))) {
        if (messages.length >= command.limit || !room.tryAdd(message))
          return { object: start.object, slice: number, index };
        messages.push(message);
      }
    }
  }
  return undefined;
}

/** The store takes no longer names. */
const RECORD_NAME = /^[\w/-]{1,200}$/;

const encodeDeletedCursor = (cursor: DeletedCursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

function parseDeletedCursor(text: string): DeletedCursor {
  try {
    const { object, slice, index } = JSON.parse(Buffer.from(text, 'base64url').toString()) as DeletedCursor;
    const isWhole = Number.isInteger(slice) && Number.isInteger(index);
    if (typeof object === 'string' && RECORD_NAME.test(object) && isWhole) return { object, slice, index };
  } catch {
    // Refused below, like any other cursor that no page returned.
  }
  throw foreignCursor(text);
}
