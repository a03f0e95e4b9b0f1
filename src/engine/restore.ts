import type { EpochMs } from '../model/brand.ts';
import { QueueError } from '../model/errors.ts';
import { PURGE_UNDO_MS } from '../model/limits.ts';
import type { DeletedQueue, Queue } from '../model/queue.ts';
import type { RewindJob } from '../model/rewind.ts';
import { untilFree } from './queues.ts';
import {
  changeRecord,
  changeRewind,
  everyRecord,
  notChanged,
  noteUnfinished,
  tryChangeRecord,
} from './records/index.ts';
import type { Jobs, Records, Using } from './service.ts';

export interface RestoreCommand {
  /** The name that the queue was deleted under; of several the last one is restored. */
  readonly name: string;
  /** The name that it gets. @default the one it had */
  readonly as?: string;
}

/**
 * Undoes the deletion of a queue within its hour: messages, leases, settings, tags and counts are as they were. A
 * rewind or redrive that was running comes back cancelled.
 *
 * @throws QueueError `NotFound`: nothing to restore; `QueueExists`: the name was taken
 * @remarks Cost: the records of all queues deleted within an hour, five reads and four writes; on AWS it waits up to
 * 13 s where another queue of the new name was deleted just before.
 * @see docs/decisions/0032-deletion-can-be-undone.md
 */
export async function restoreQueue(service: Jobs, { name, as = name }: RestoreCommand): Promise<Queue> {
  const deleted = await lastDeleted(service, { name, as });
  if (deleted === undefined) throw nothingToRestore(name);
  await refuseTaken(service, as, deleted);
  // From here on the queue is being restored: the discarder finishes a restore that dies before its end.
  const { outcome, value: claimed } = await tryChangeRecord(service, 'deletedQueue', deleted.id, (noted) => {
    const isFree = noted?.isDiscarding !== true && (noted?.restoredAs ?? as) === as;
    if (noted === undefined || !isFree) throw nothingToRestore(name);
    return { ...noted, restoredAs: as };
  });
  if (outcome !== 'done') throw notChanged(name, outcome);
  return await finishRestore(service, claimed);
}

/**
 * Carries a restore out, or continues it after a crash; repeating it changes nothing.
 * @throws QueueError `QueueExists`: another queue took the name meanwhile, so the deletion stands
 */
export async function finishRestore(service: Jobs, deleted: DeletedQueue): Promise<Queue> {
  const { deletedAtMs, restoredAs: name = deleted.name, ...queue } = deleted;
  const { outcome, value: restored } = await tryChangeRecord(service, 'queue', name, async (there) => {
    if (there !== undefined && isTakenByOther(there, queue)) {
      await settle(service, deleted.id, 'refused');
      throw nameTaken(name);
    }
    // An earlier try whose answer was lost, or that died behind this step; the queue may have been deleted again since.
    if (there?.id === queue.id && there.deletedAtMs !== deletedAtMs) return there;
    // The name first: what is deleted in the queue is archived only where its id leads to its name.
    await changeRecord(service, 'queueName', queue.id, (known) => (known?.name === name ? known : { name }));
    const route = { ...queue.route, version: queue.route.version + 1 };
    return { ...queue, name, route };
  });
  if (outcome !== 'done') throw notChanged(name, outcome);
  service.routes.forget(name);
  await service.pushRunner?.start(restored);
  await cancelInterrupted(service, queue, deletedAtMs);
  if (name !== deleted.name) await freeOldName(service, deleted);
  await settle(service, deleted.id, 'restored');
  return restored;
}

/** The queue that was deleted last under a name, while it can be restored; an earlier try may have begun with that. */
async function lastDeleted(
  service: Records,
  { name, as }: Required<RestoreCommand>,
): Promise<DeletedQueue | undefined> {
  const nowMs = service.clock.nowMs();
  let last: DeletedQueue | undefined;
  for await (const { value } of everyRecord(service, 'deletedQueue')) {
    if (value.name !== name || value.isDiscarding === true || (value.restoredAs ?? as) !== as) continue;
    if (value.deletedAtMs + PURGE_UNDO_MS <= nowMs) continue;
    if (last === undefined || value.deletedAtMs > last.deletedAtMs) last = value;
  }
  if (last === undefined || last.restoredAs !== undefined) return last;
  // The queue is noted as deleted and still exists: its deletion died in between.
  const there = await service.catalog.get('queue', name);
  const isAlive = there?.value.id === last.id && there.value.deletedAtMs === undefined;
  return isAlive ? undefined : last;
}

async function refuseTaken(
  service: Using<'catalog' | 'clock' | 'settings'>,
  name: string,
  queue: Queue,
): Promise<void> {
  const there = (await service.catalog.get('queue', name))?.value;
  if (there === undefined) return;
  if (isTakenByOther(there, queue)) throw nameTaken(name);
  if (there.id !== queue.id) await untilFree(service, there);
}

const isTakenByOther = (there: Queue, queue: Pick<Queue, 'id'>): boolean =>
  there.deletedAtMs === undefined && there.id !== queue.id;

/** A job that was running at the deletion takes its messages back, even if the deletion has ended it since. */
async function cancelInterrupted(
  service: Using<'catalog' | 'runner'>,
  { id, rewindId }: Pick<Queue, 'id' | 'rewindId'>,
  deletedAtMs: EpochMs,
): Promise<void> {
  if (rewindId === undefined) return;
  const cancelled = await changeRewind(service, { queueId: id, id: rewindId }, (job) => {
    const { finishedAtMs, error: _, ...rest } = job;
    const wasRunning = finishedAtMs === undefined || finishedAtMs >= deletedAtMs;
    return wasRunning ? ({ ...rest, state: 'cancelled' } satisfies RewindJob) : job;
  });
  if (cancelled === undefined || cancelled.finishedAtMs !== undefined) return;
  await noteUnfinished(service, cancelled);
  await service.runner.start(id, rewindId);
}

/** Frees the old name once no process can send to the queue by it. */
async function freeOldName(
  service: Using<'catalog' | 'clock' | 'settings'>,
  { id, name }: DeletedQueue,
): Promise<void> {
  const old = await service.catalog.get('queue', name);
  if (old?.value.id !== id || old.value.deletedAtMs === undefined) return;
  await untilFree(service, old.value);
  await service.catalog.tryRemove('queue', name, old.version);
}

/** Ends a restore in the note of the deletion: it goes, or stands as before where the name was taken. */
async function settle(service: Using<'catalog'>, id: Queue['id'], ending: 'restored' | 'refused'): Promise<void> {
  await tryChangeRecord(service, 'deletedQueue', id, (noted) => {
    // Deleted once more, or settled by another process.
    if (noted?.restoredAs === undefined) return noted;
    const { restoredAs: _, ...standing } = noted;
    return ending === 'restored' ? undefined : standing;
  });
}

const nothingToRestore = (name: string): QueueError =>
  new QueueError('NotFound', `no queue "${name}" can be restored: none was deleted under this name within an hour`);
const nameTaken = (name: string): QueueError =>
  new QueueError('QueueExists', `the name "${name}" was taken by another queue; restore it under another name`);
