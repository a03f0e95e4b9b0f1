import type { EpochMs } from '../model/brand.ts';
import { QueueError } from '../model/errors.ts';
import type { QueueId, RewindId } from '../model/ids.ts';
import { CATALOG_TRIES_MAX, REQUEST_MS_MAX } from '../model/limits.ts';
import type { Queue } from '../model/queue.ts';
import type { RewindFilter, RewindJob, RewindRange } from '../model/rewind.ts';
import { INSTANT_LENGTH, instantText, textInstant } from '../model/sortable-text.ts';
import { passBarriers } from './barrier.ts';
import { changeQueue, getQueue, listQueues } from './queues.ts';
import { planRewind } from './rewind-plan.ts';
import { countSlice } from './rewind-slice.ts';
import type { QueueService } from './service.ts';

export interface RewindCommand {
  readonly queue: string;
  readonly fromMs: EpochMs;
  /** Absent: up to now. */
  readonly toMs?: EpochMs;
  readonly by: 'sentAt' | 'deletedAt';
  readonly filter?: RewindFilter;
  /** The queue the messages come into; absent: the one they were deleted from. */
  readonly into?: string;
}

/** Ids of rewinds sort by their time. */
const RANDOM_LENGTH = 4;

/**
 * Starts to make deleted messages available again: what was deleted before this moment, lies in the range, passes the
 * filter and waits in no queue already. Step 5 of the road.
 *
 * - reads: archive indexes of a time window
 * - puts, then removes or marks: puts deliveries that refer to byte ranges of the archive
 * - when it goes wrong: slice done twice: same ids, changes nothing
 *
 * @throws QueueError `QueueNotFound`, `InvalidField`, `Conflict` while another rewind of the queue runs
 * @remarks Cost: a catalog update to start; see `rewindSlice` for what it then does.
 */
export async function startRewind(service: QueueService, command: RewindCommand): Promise<RewindJob> {
  return await recordRewind(service, command.queue, await prepareRewind(service, command));
}

/** Writes a job down and has it carried out. @throws QueueError `Conflict` while another one of the queue runs */
export async function recordRewind(service: QueueService, name: string, job: RewindJob): Promise<RewindJob> {
  // The queue names it first: of two at once one is refused before it leaves a trace.
  await changeQueue(service, name, async (queue) => {
    await refuseWhileRunning(service, queue, job.id);
    return { ...queue, rewindId: job.id };
  });
  const written = await service.catalog.tryPut('rewind', `${job.queueId}/${job.id}`, job, 0);
  if (written !== 'done') throw new QueueError('Unavailable', 'the job could not be written down; start it again');
  await service.runner.start(job.queueId, job.id);
  return job;
}

/** Counts exactly what a rewind would make available at this moment, and changes nothing. */
export async function countRewind(service: QueueService, command: RewindCommand): Promise<number> {
  const job = await prepareRewind(service, command);
  const names = new Set([command.queue, command.into ?? command.queue]);
  await Promise.all([...names].map(async (name) => await passBarriers(service, await getQueue(service, name))));
  // Again where small objects became one meanwhile.
  for (;;) {
    const { compaction } = await getQueue(service, command.queue);
    let matched = 0;
    for await (const some of (await planRewind(service, job)).groups()) {
      for (const slice of some.flatMap(({ slices }) => slices)) matched += await countSlice(service, job, slice);
    }
    const now = await getQueue(service, command.queue);
    if (now.compaction?.object === compaction?.object) return matched;
  }
}

/** @throws QueueError `QueueNotFound`, `NotFound` */
export async function getRewind(service: QueueService, name: string, id: string): Promise<RewindJob> {
  const queue = await getQueue(service, name);
  const stored = await service.catalog.get('rewind', `${queue.id}/${id}`);
  if (stored === undefined) throw new QueueError('NotFound', `queue "${name}" has no rewind "${id}"`, { field: 'id' });
  return stored.value;
}

const REWINDS_MAX = 1_000;

/** Rewinds of a queue, newest first. */
export async function listRewinds(service: QueueService, name: string): Promise<RewindJob[]> {
  const queue = await getQueue(service, name);
  const stored = await service.catalog.list('rewind', { prefix: `${queue.id}/`, limit: REWINDS_MAX });
  return stored.map((one) => one.value).toReversed();
}

/** Rewinds of all queues whose runner has work left. */
export async function unfinishedRewinds(service: QueueService): Promise<RewindJob[]> {
  const unfinished: RewindJob[] = [];
  let after: string | undefined;
  for (;;) {
    const range = after === undefined ? { limit: REWINDS_MAX } : { after, limit: REWINDS_MAX };
    const page = await service.catalog.list('rewind', range);
    unfinished.push(...page.map((one) => one.value).filter((job) => job.finishedAtMs === undefined));
    after = page.at(-1)?.name;
    if (page.length < REWINDS_MAX || after === undefined) return unfinished;
  }
}

/**
 * Cancels a running rewind: its runner stops, and takes back what nobody has received yet.
 * @throws QueueError `QueueNotFound`, `NotFound`
 */
export async function cancelRewind(service: QueueService, name: string, id: string): Promise<RewindJob> {
  const job = await getRewind(service, name, id);
  if (job.state !== 'running') return job;
  const cancelled = await changeRewind(service, job, (current) =>
    current.state === 'running' ? { ...current, state: 'cancelled' } : current,
  );
  await service.runner.start(job.queueId, job.id);
  return cancelled ?? job;
}

/** Changes the record of a rewind, again with what it then is when somebody else was first. */
export async function changeRewind(
  service: QueueService,
  job: { readonly queueId: QueueId; readonly id: RewindId },
  change: (job: RewindJob) => RewindJob,
): Promise<RewindJob | undefined> {
  const name = `${job.queueId}/${job.id}`;
  for (let tries = 0; tries < CATALOG_TRIES_MAX; tries++) {
    const stored = await service.catalog.get('rewind', name);
    if (stored === undefined) return undefined;
    const changed = change(stored.value);
    if (changed === stored.value) return changed;
    if ((await service.catalog.tryPut('rewind', name, changed, stored.version)) === 'done') return changed;
  }
  throw new QueueError('Unavailable', `rewind ${job.id} is being changed by others; the step must be repeated`);
}

async function prepareRewind(service: QueueService, command: RewindCommand): Promise<RewindJob> {
  const queue = await getQueue(service, command.queue);
  const startedAtMs = service.clock.nowMs();
  const target = await findTarget(service, queue, command.into);
  const toMs = command.toMs ?? startedAtMs;
  if (queue.settings.rewindMs === 0) throw refusal('rewindSeconds', `queue "${queue.name}" keeps nothing: it is 0`);
  if (command.fromMs > startedAtMs) throw refusal('from', `${isoText(command.fromMs)} has not come yet`);
  if (command.fromMs >= toMs) throw refusal('from', `${isoText(command.fromMs)} is not before "to", ${isoText(toMs)}`);
  const keptMs = firstKept(queue, command.by, startedAtMs);
  const fromMs = Math.max(command.fromMs, keptMs) as EpochMs;
  const range: RewindRange = { by: command.by, fromMs, toMs: Math.min(toMs, startedAtMs) as EpochMs };
  if (range.toMs <= keptMs) throw nothingKept(keptMs);
  const cut = command.fromMs < keptMs ? { cutToMs: keptMs } : {};
  return {
    id: (instantText(startedAtMs) + service.random.text(RANDOM_LENGTH)) as RewindId,
    queueId: queue.id,
    targetId: target.id,
    targetName: target.name,
    ...range,
    ...(command.filter === undefined ? {} : { filter: command.filter }),
    ...cut,
    state: 'running',
    startedAtMs,
    objectsTotal: 0,
    objectsDone: 0,
    messagesMatched: 0,
    messagesRewound: 0,
  };
}

/** Queues whose dead letters go to the queue of that name. @remarks Cost: the list of all queues. */
export async function sourcesOf(service: QueueService, name: string): Promise<Queue[]> {
  const sources: Queue[] = [];
  for (let after: string | undefined; ; ) {
    const page = await listQueues(service, { limit: QUEUES_PER_PAGE, ...(after === undefined ? {} : { after }) });
    sources.push(...page.queues.filter((queue) => queue.settings.deadLetter?.queue === name));
    if (page.next === undefined) return sources;
    after = page.next;
  }
}

/**
 * @throws QueueError `QueueNotFound`; `QueueInUse` when a queue sends its dead letters to the one of that name
 * @remarks Cost: the list of all queues.
 */
export async function refuseWhileNamed(service: QueueService, name: string): Promise<void> {
  await getQueue(service, name);
  const names = (await sourcesOf(service, name)).map((source) => `"${source.name}"`);
  if (names.length === 0) return;
  const more = names.length > NAMES_SHOWN_MAX ? ` and ${names.length - NAMES_SHOWN_MAX} more` : '';
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(', ') + more;
  throw new QueueError('QueueInUse', `queue "${name}" is the dead-letter queue of ${shown}`);
}

const NAMES_SHOWN_MAX = 20;
const QUEUES_PER_PAGE = 500;

async function findTarget(service: QueueService, queue: Queue, into: string | undefined): Promise<Queue> {
  if (into === undefined || into === queue.name) return queue;
  try {
    return await getQueue(service, into);
  } catch (error) {
    if (!(error instanceof QueueError && error.code === 'QueueNotFound')) throw error;
    throw refusal('into', `queue "${into}" does not exist; create it first`);
  }
}

/** Nothing was sent before the queue was made, and nothing that was deleted before the rewind window is kept. */
function firstKept(queue: Queue, by: 'sentAt' | 'deletedAt', nowMs: EpochMs): EpochMs {
  const { rewindMs } = queue.settings;
  if (by === 'sentAt' || rewindMs === 'forever') return queue.createdAtMs;
  return Math.max(queue.createdAtMs, nowMs - rewindMs) as EpochMs;
}

async function refuseWhileRunning(service: QueueService, queue: Queue, own: RewindId): Promise<void> {
  // Its own id: an earlier try whose answer was lost.
  if (queue.rewindId === own || !(await isRewinding(service, queue))) return;
  throw new QueueError('Conflict', `rewind ${queue.rewindId} of queue "${queue.name}" is still at work; one at a time`);
}

/** Whether the last rewind or redrive of a queue is still at work. */
export async function isRewinding(service: QueueService, { id, rewindId }: Queue): Promise<boolean> {
  if (rewindId === undefined) return false;
  const last = await service.catalog.get('rewind', `${id}/${rewindId}`);
  return last === undefined ? !isAbandoned(service, rewindId) : last.value.finishedAtMs === undefined;
}

/** Named by its queue and not written down: it is about to be, unless the request that started it died. */
const isAbandoned = (service: QueueService, id: RewindId): boolean =>
  service.clock.nowMs() - textInstant(id.slice(0, INSTANT_LENGTH)) > REQUEST_MS_MAX;

export const refusal = (field: string, message: string): QueueError =>
  new QueueError('InvalidField', message, { field });

const nothingKept = (keptMs: EpochMs): QueueError =>
  refusal('to', `nothing is kept from before ${isoText(keptMs)}: the range ends too early`);

const isoText = (at: EpochMs): string => new Date(at).toISOString();
