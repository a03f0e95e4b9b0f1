import { QueueError } from '../../model/errors.ts';
import { type QueueId, type RewindId, rewindStart } from '../../model/ids.ts';
import { RECORDS_PER_LIST_MAX, REQUEST_MS_MAX, REWIND_KEEP_MS } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import { type RewindJob, rewindName } from '../../model/rewind.ts';
import type { Jobs, Records, Using } from '../service.ts';
import { changeRecord } from './change-record.ts';
import { everyQueue, everyRecord } from './every-record.ts';
import { changeQueue, getQueue } from './queue-records.ts';
import { walkRecords } from './walk-records.ts';

type JobName = Pick<RewindJob, 'queueId' | 'id'>;

/** Writes a job down and has it carried out. @throws QueueError `Conflict` while another one of the queue runs */
export async function recordRewind(service: Jobs, name: string, job: RewindJob): Promise<RewindJob> {
  // The queue names it first: of two starts at once, one is refused before it writes anything.
  await changeQueue(service, name, async (queue) => {
    await refuseWhileRunning(service, queue, job.id);
    return { ...queue, rewindId: job.id };
  });
  await noteUnfinished(service, job);
  const written = await service.catalog.tryPut('rewind', rewindName(job.queueId, job.id), job, 0);
  if (written !== 'done') throw new QueueError('Unavailable', 'the job could not be written down; start it again');
  await service.runner.start(job.queueId, job.id);
  return job;
}

/** Notes, under a version of its own, that a job has work left: {@link unfinishedRewinds} finds it. */
export async function noteUnfinished(service: Using<'catalog'>, { queueId, id }: JobName): Promise<void> {
  await changeRecord(service, 'unfinishedRewind', rewindName(queueId, id), () => ({ queueId, id }));
}

/** @throws QueueError `QueueNotFound`, `NotFound` */
export async function getRewind(service: Using<'catalog' | 'routes'>, name: string, id: string): Promise<RewindJob> {
  const queue = await getQueue(service, name);
  const stored = await service.catalog.get('rewind', rewindName(queue.id, id));
  if (stored === undefined) throw new QueueError('NotFound', `queue "${name}" has no rewind "${id}"`, { field: 'id' });
  return stored.value;
}

/**
 * Rewinds and redrives of a queue, newest first: at most `limit` (1 to 1,000) that are older than the job `after`.
 * `next` is the job after which the next page continues; absent at the end.
 * @throws QueueError `QueueNotFound`
 */
export async function listRewinds(
  service: Using<'catalog' | 'routes'>,
  name: string,
  range: { readonly limit: number; readonly after?: string },
): Promise<{ readonly rewinds: readonly RewindJob[]; readonly next?: RewindId }> {
  const queue = await getQueue(service, name);
  const after = range.after === undefined ? {} : { after: rewindName(queue.id, range.after) };
  const stored = await service.catalog.list('rewind', {
    prefix: rewindName(queue.id, ''),
    limit: range.limit,
    ...after,
  });
  const rewinds = stored.map(({ value }) => value);
  const last = rewinds.at(-1);
  return rewinds.length === range.limit && last !== undefined ? { rewinds, next: last.id } : { rewinds };
}

/**
 * The newest rewinds and redrives of all queues that exist, at most `limit`.
 * @remarks Cost: the records of all jobs, which leave 30 days after their end, and of all queues.
 */
export async function listAllRewinds(
  service: Records,
  limit: number,
): Promise<{ readonly queue: string; readonly rewind: RewindJob }[]> {
  const names = new Map<QueueId, string>();
  for await (const { value } of everyQueue(service)) names.set(value.id, value.name);
  const found: { readonly queue: string; readonly rewind: RewindJob }[] = [];
  for await (const { value } of everyRecord(service, 'rewind', { pageSize: RECORDS_PER_LIST_MAX })) {
    const queue = names.get(value.queueId);
    if (queue !== undefined) found.push({ queue, rewind: value });
  }
  return found.toSorted((one, other) => other.rewind.startedAtMs - one.rewind.startedAtMs).slice(0, limit);
}

/**
 * Rewinds of all queues whose runner has work left.
 * @remarks Cost: a list of the notes about them, and a read of each job.
 */
export async function unfinishedRewinds(service: Records): Promise<RewindJob[]> {
  const unfinished: RewindJob[] = [];
  for await (const { name, version, value } of everyRecord(service, 'unfinishedRewind')) {
    const job = (await service.catalog.get('rewind', name))?.value;
    const isOver = job === undefined ? isAbandoned(service, value.id) : job.finishedAtMs !== undefined;
    // The job was read after the note: one that was cancelled meanwhile has a note of another version.
    if (isOver) await service.catalog.tryRemove('unfinishedRewind', name, version);
    else if (job !== undefined) unfinished.push(job);
  }
  return unfinished;
}

/** Changes the record of a rewind, if there is one; its end takes the note of {@link noteUnfinished} away. */
export async function changeRewind(
  service: Using<'catalog'>,
  job: JobName,
  change: (job: RewindJob) => RewindJob,
): Promise<RewindJob | undefined> {
  const name = rewindName(job.queueId, job.id);
  let noted: number | undefined;
  const changed = await changeRecord(service, 'rewind', name, async (current) => {
    const next = current && change(current);
    const isEnd = next?.finishedAtMs !== undefined && current?.finishedAtMs === undefined;
    // Read before the end is written: the note of a cancel that follows has another version, and stays.
    noted = isEnd ? (await service.catalog.get('unfinishedRewind', name))?.version : undefined;
    return next;
  });
  if (noted !== undefined) await service.catalog.tryRemove('unfinishedRewind', name, noted);
  return changed;
}

/** Whether the last rewind or redrive of a queue is still at work. */
export async function isRewinding(service: Records, { id, rewindId }: Queue): Promise<boolean> {
  if (rewindId === undefined) return false;
  const last = await service.catalog.get('rewind', rewindName(id, rewindId));
  return last === undefined ? !isAbandoned(service, rewindId) : last.value.finishedAtMs === undefined;
}

/**
 * Removes the records of jobs that ended a month ago.
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: a walk over all jobs every six hours; one unit for each that goes.
 */
export async function removeOldRewinds(service: Records): Promise<void> {
  await walkRecords(service, 'rewind', async ({ name, value, version }) => {
    const endedAtMs = value.finishedAtMs ?? Number.POSITIVE_INFINITY;
    if (endedAtMs + REWIND_KEEP_MS <= service.clock.nowMs()) await service.catalog.tryRemove('rewind', name, version);
  });
}

async function refuseWhileRunning(service: Records, queue: Queue, own: RewindId): Promise<void> {
  // The queue names this job: the answer of an earlier try was lost.
  if (queue.rewindId === own || !(await isRewinding(service, queue))) return;
  throw new QueueError('Conflict', `rewind ${queue.rewindId} of queue "${queue.name}" is still at work; one at a time`);
}

/** The queue names the job, but there is no record: the request that starts it is still at work, or has died. */
const isAbandoned = (service: Using<'clock'>, id: RewindId): boolean =>
  service.clock.nowMs() - rewindStart(id) > REQUEST_MS_MAX;
