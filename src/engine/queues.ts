import { isDeepStrictEqual } from 'node:util';
import type { EpochMs } from '../model/brand.ts';
import { QueueError } from '../model/errors.ts';
import { type CellId, QUEUE_ID_LENGTH, type QueueId, shardId } from '../model/ids.ts';
import { formerWindows } from '../model/kept-since.ts';
import { NAME_REST_MS, PURGE_UNDO_MS, RECORDS_PER_LIST_MAX } from '../model/limits.ts';
import {
  DEFAULT_SETTINGS,
  type DeletedQueue,
  type Queue,
  type QueueSettings,
  takesDeadLettersOf,
} from '../model/queue.ts';
import type { RouteShard } from '../model/route.ts';
import { changeQueue, changeRecord, everyQueue, notChanged, tryChangeRecord } from './records/index.ts';
import type { NewQueues, Queues, Records, Using } from './service.ts';

export interface CreateQueueCommand {
  readonly name: string;
  readonly settings: Partial<QueueSettings>;
}

/**
 * Creates a queue, or finds that it exists with these settings.
 *
 * The name of a queue that was just deleted stays taken until no function can send by the old route. The call waits for
 * that: at most 13 s on AWS, and not at all on one machine.
 *
 * @throws QueueError `QueueExists` when a setting given here has another value there; `InvalidField`
 * @remarks Cost: one catalog read and two writes.
 */
export async function createQueue(
  service: NewQueues,
  command: CreateQueueCommand,
): Promise<{ queue: Queue; isNew: boolean }> {
  await checkDeadLetter(service, command.name, command.settings);
  let created: Queue | undefined;
  const { outcome, value: queue } = await tryChangeRecord(service, 'queue', command.name, async (there) => {
    if (there !== undefined && there.deletedAtMs === undefined) return there;
    await untilFree(service, there);
    const next = newQueue(service, command);
    created = next;
    // The name first: what is deleted in the queue is archived only where its id leads to its name.
    await changeRecord(service, 'queueName', next.id, () => ({ name: next.name }));
    return next;
  });
  if (outcome !== 'done') throw notChanged(command.name, outcome);
  refuseDifference(queue, command.settings);
  return { queue, isNew: queue.id === created?.id };
}

/**
 * Queues by name, after `after`; `next` is where the next page continues.
 * @remarks Cost: one catalog page, more where names of deleted queues are among them.
 */
export async function listQueues(
  service: Records,
  range: { readonly prefix?: string; readonly after?: string; readonly limit: number },
): Promise<{ queues: Queue[]; next?: string }> {
  const found: Queue[] = [];
  // One more than asked for tells whether there are more.
  const pageSize = Math.min(range.limit + 1, RECORDS_PER_LIST_MAX);
  for await (const { value } of everyQueue(service, { ...range, pageSize })) {
    found.push(value);
    if (found.length > range.limit) break;
  }
  const queues = found.slice(0, range.limit);
  const last = queues.at(-1);
  return found.length > range.limit && last !== undefined ? { queues, next: last.name } : { queues };
}

export interface UpdateQueueCommand {
  readonly name: string;
  /** The settings to change, or how all of them follow from what they are at that moment. */
  readonly settings: Partial<QueueSettings> | ((current: QueueSettings) => QueueSettings);
}

/** @throws QueueError `QueueNotFound`, `InvalidField` */
export async function updateQueue(service: Queues, { name, settings }: UpdateQueueCommand): Promise<Queue> {
  return await changeQueue(service, name, async (queue) => {
    const changed = typeof settings === 'function' ? settings(queue.settings) : { ...queue.settings, ...settings };
    if (changed.deadLetter !== queue.settings.deadLetter) await checkDeadLetter(service, name, changed);
    const changedAtMs = service.clock.nowMs();
    const windows = formerWindows(queue, changed.rewindMs, changedAtMs);
    return { ...queue, settings: changed, changedAtMs, ...(windows === undefined ? {} : { formerWindows: windows }) };
  });
}

/** When the last queue of that name was deleted, while the catalog remembers it and no new one has the name. */
export async function deletedAt(service: Using<'catalog'>, name: string): Promise<EpochMs | undefined> {
  return (await service.catalog.get('queue', name))?.value.deletedAtMs;
}

/**
 * Deletes a queue in constant time. For an hour it can be restored; then what it held is discarded in the background.
 *
 * @returns until when the deletion can be undone
 * @throws QueueError `QueueNotFound`
 */
export async function deleteQueue(service: Queues, name: string): Promise<{ undoUntilMs: EpochMs }> {
  const nowMs = service.clock.nowMs();
  try {
    await changeQueue(service, name, async (queue) => {
      const deleted = { ...queue, deletedAtMs: nowMs };
      // The note first: after a crash in between, the discarder finds that the queue still exists and drops the note.
      await noteDeletion(service, deleted);
      return deleted;
    });
  } catch (error) {
    // An earlier try whose answer was lost has deleted it.
    const isGone = error instanceof QueueError && error.code === 'QueueNotFound';
    if (!isGone || (await deletedAt(service, name)) !== nowMs) throw error;
  }
  return { undoUntilMs: (nowMs + PURGE_UNDO_MS) as EpochMs };
}

/** Without the note the messages of the queue would never be discarded. */
async function noteDeletion(service: Using<'catalog'>, queue: DeletedQueue): Promise<void> {
  const { outcome } = await tryChangeRecord(service, 'deletedQueue', queue.id, () => queue);
  if (outcome !== 'done') throw notChanged(queue.name, outcome);
}

/** Waits until no process can go by a route to the queue that was deleted under a name, so that the name is free. */
export async function untilFree(service: Using<'clock' | 'settings'>, deleted: Queue | undefined): Promise<void> {
  if (deleted?.deletedAtMs === undefined || service.settings.routeFreshMs === 0) return;
  const restMs = deleted.deletedAtMs + NAME_REST_MS - service.clock.nowMs();
  if (restMs > 0) await service.clock.sleep(restMs);
}

/** Shards for a queue, spread over the cells from a random one on. */
export function newShards(
  service: Using<'clock' | 'random' | 'settings'>,
  queue: { nextShardNumber: number },
  count: number,
): RouteShard[] {
  const { cells } = service.settings;
  const start = Math.floor(service.random.next() * cells.length);
  return Array.from({ length: count }, (_, index) => ({
    id: shardId(cells[(start + index) % cells.length] as CellId, queue.nextShardNumber + index),
    state: 'open',
    sinceMs: service.clock.nowMs(),
  }));
}

function newQueue(service: Using<'clock' | 'random' | 'settings'>, command: CreateQueueCommand): Queue {
  const settings = { ...DEFAULT_SETTINGS, ...command.settings };
  const { min = 1, max = Number.POSITIVE_INFINITY } = settings.shards ?? {};
  const count = Math.min(max, Math.max(min, service.settings.shardsPerQueue));
  const nowMs: EpochMs = service.clock.nowMs();
  return {
    name: command.name,
    id: service.random.text(QUEUE_ID_LENGTH) as QueueId,
    createdAtMs: nowMs,
    settings,
    route: { version: 1, shards: newShards(service, { nextShardNumber: 0 }, count) },
    nextShardNumber: count,
  };
}

async function checkDeadLetter(
  service: Using<'catalog'>,
  name: string,
  settings: Partial<QueueSettings>,
): Promise<void> {
  const target = settings.deadLetter?.queue;
  if (target === undefined) return;
  const field = 'deadLetter.queue';
  const stored = await service.catalog.get('queue', target);
  if (stored === undefined || stored.value.deletedAtMs !== undefined) {
    throw new QueueError('InvalidField', `dead-letter queue "${target}" does not exist; create it first`, { field });
  }
  if (!takesDeadLettersOf(stored.value.settings, name)) {
    const message = `queue "${target}" takes no dead letters of "${name}": its RedriveAllowPolicy does not name it`;
    throw new QueueError('InvalidField', message, { field });
  }
}

function refuseDifference(queue: Queue, wanted: Partial<QueueSettings>): void {
  for (const [name, value] of Object.entries(wanted)) {
    const current = queue.settings[name as keyof QueueSettings];
    if (!isDeepStrictEqual(current, value)) {
      const message = `queue "${queue.name}" exists with another ${name} (${JSON.stringify(current)})`;
      throw new QueueError('QueueExists', message, { field: name });
    }
  }
}
