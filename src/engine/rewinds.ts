import { type EpochMs, isoText } from '../model/brand.ts';
import { invalidField, QueueError } from '../model/errors.ts';
import { newRewindId } from '../model/ids.ts';
import { keptSince } from '../model/kept-since.ts';
import { REWIND_CANCEL_MS } from '../model/limits.ts';
import type { Queue } from '../model/queue.ts';
import { JUST_STARTED, type RewindFilter, type RewindJob, type RewindRange } from '../model/rewind.ts';
import {
  changeRewind,
  getQueue,
  getRewind,
  getTarget,
  noteUnfinished,
  passBarriers,
  recordRewind,
} from './records/index.ts';
import { countSlice, planRewind } from './rewind/index.ts';
import type { Jobs, Redriving, Rewinding, Using } from './service.ts';

export interface RewindCommand {
  readonly queue: string;
  readonly fromMs: EpochMs;
  /** Absent: up to now. */
  readonly toMs?: EpochMs;
  readonly by: 'sentAt' | 'deletedAt';
  readonly filter?: RewindFilter;
  /** The queue the messages come into; absent: the one they were deleted from. */
  readonly into?: string;
  /** Messages a second, on average since the start; 1 and up. @default as fast as it goes */
  readonly perSecond?: number;
}

/**
 * Starts to make deleted messages available again: what was deleted before this moment, lies in the range, passes the
 * filter and waits in no queue already. Step 5 of the road.
 *
 * - reads: archive indexes of a time window
 * - puts, then removes or marks: puts deliveries that refer to byte ranges of the archive
 * - when it goes wrong: slice done twice: same ids, changes nothing
 *
 * The cut is the job's `startedAtMs`. On AWS the call waits for the next whole second.
 *
 * @throws QueueError `QueueNotFound`, `InvalidField`, `Conflict` while another rewind of the queue runs
 * @remarks Cost: a few catalog updates to start; see `rewindSlice` for what it then does.
 * @see docs/decisions/0035-times-of-deletion.md
 */
export async function startRewind(service: Redriving, command: RewindCommand): Promise<RewindJob> {
  return await recordRewind(service, command.queue, await prepareRewind(service, command));
}

/** What a rewind would do at this moment. */
export interface RewindCount extends Pick<RewindJob, 'cutToMs' | 'cutReason'> {
  readonly matched: number;
  /** Messages that may be meant and cannot be read, at most. */
  readonly damaged: number;
  /** Attributes of the filter that no message of the range has. */
  readonly unknownAttributes: readonly string[];
}

/** Counts exactly what a rewind would make available at this moment, and changes nothing. */
export async function countRewind(service: Rewinding, command: RewindCommand): Promise<RewindCount> {
  const job = await prepareRewind(service, command);
  const names = new Set([command.queue, command.into ?? command.queue]);
  await Promise.all([...names].map(async (name) => await passBarriers(service, await getQueue(service, name))));
  const { cutToMs, cutReason } = job;
  const cut = cutToMs === undefined || cutReason === undefined ? {} : { cutToMs, cutReason };
  // Again where small objects became one meanwhile.
  for (;;) {
    const { compaction } = await getQueue(service, command.queue);
    let [matched, damaged] = [0, 0];
    const unknown = new Set(Object.keys(job.filter?.attributes ?? {}));
    for await (const some of (await planRewind(service, job)).groups()) {
      for (const { missed } of some) damaged += missed?.messageCount ?? 0;
      for (const slice of some.flatMap(({ slices }) => slices)) {
        const count = await countSlice(service, job, slice, unknown);
        matched += count.matched;
        damaged += count.damaged;
      }
    }
    const now = await getQueue(service, command.queue);
    if (now.compaction?.object === compaction?.object)
      return { matched, damaged, unknownAttributes: [...unknown], ...cut };
  }
}

/**
 * Cancels a rewind: its runner stops, and takes back the messages that are not received yet. A finished rewind can
 * be cancelled for a day. Messages that a redrive moved stay where they are.
 * @throws QueueError `QueueNotFound`, `NotFound`; `NotRunning` for a redrive that has ended, or a rewind a day later
 */
export async function cancelRewind(service: Jobs, name: string, id: string): Promise<RewindJob> {
  const job = await getRewind(service, name, id);
  const { finishedAtMs, redrive, state } = job;
  if (state === 'cancelled' && finishedAtMs !== undefined) return job;
  if (finishedAtMs !== undefined) {
    if (redrive !== undefined) throw notRunning(`redrive "${id}" has ended, and what it moved stays where it is`);
    if (service.clock.nowMs() > finishedAtMs + REWIND_CANCEL_MS) {
      throw notRunning(`rewind "${id}" ended at ${isoText(finishedAtMs)}; it can be cancelled for a day`);
    }
  }
  await noteUnfinished(service, job);
  const cancelled = await changeRewind(service, job, asCancelled);
  // Again: a run that ended the job at that moment may have taken the note away.
  await noteUnfinished(service, job);
  await service.runner.start(job.queueId, job.id);
  return cancelled ?? job;
}

function asCancelled(job: RewindJob): RewindJob {
  if (job.state === 'cancelled' || (job.redrive !== undefined && job.finishedAtMs !== undefined)) return job;
  const { finishedAtMs: _, error: _why, ...rest } = job;
  return { ...rest, state: 'cancelled' };
}

const notRunning = (message: string): QueueError => new QueueError('NotRunning', message, { field: 'id' });

async function prepareRewind(
  service: Using<'clock' | 'random' | 'routes' | 'shards'>,
  command: RewindCommand,
): Promise<RewindJob> {
  const queue = await getQueue(service, command.queue);
  const target = command.into === undefined ? queue : await getTarget(service, command.into);
  if (queue.settings.rewindMs === 0)
    throw invalidField('rewindSeconds', `queue "${queue.name}" keeps nothing: it is 0`);
  refuseRange(command, service.clock.nowMs());
  const startedAtMs = await cutMoment(service);
  const { filter, perSecond } = command;
  return {
    id: newRewindId(startedAtMs, service.random),
    queueId: queue.id,
    targetId: target.id,
    targetName: target.name,
    ...rangeOf(service, queue, { command, startedAtMs }),
    ...(filter === undefined ? {} : { filter }),
    ...(perSecond === undefined ? {} : { perSecond }),
    startedAtMs,
    ...JUST_STARTED,
  };
}

function refuseRange({ fromMs, toMs }: RewindCommand, nowMs: EpochMs): void {
  if (fromMs > nowMs) throw invalidField('from', `${isoText(fromMs)} has not come yet`);
  if (toMs !== undefined && fromMs >= toMs)
    throw invalidField('from', `${isoText(fromMs)} is not before "to", ${isoText(toMs)}`);
}

/**
 * The cut of a rewind: what was deleted before it comes back, what is deleted from then on stays deleted. It lies
 * between call and answer, at a moment that the feed can tell: on AWS a whole second, for which the call waits.
 */
async function cutMoment({ clock, shards }: Using<'clock' | 'shards'>): Promise<EpochMs> {
  const cutMs = upTo(clock.nowMs(), shards.feedResolutionMs);
  for (let waitMs = cutMs - clock.nowMs(); waitMs > 0; waitMs = cutMs - clock.nowMs()) await clock.sleep(waitMs);
  return cutMs;
}

const upTo = (atMs: EpochMs, stepMs: number): EpochMs => (Math.ceil(atMs / stepMs) * stepMs) as EpochMs;

/**
 * The range as it is carried out. By time of deletion it is widened to moments that the feed can tell, and begins where
 * anything is kept. By time of sending it may begin at any moment: a queue gets older messages as dead letters, by
 * redrives, and by rewinds of other queues.
 */
function rangeOf(
  { shards }: Using<'shards'>,
  queue: Queue,
  { command, startedAtMs }: { readonly command: RewindCommand; readonly startedAtMs: EpochMs },
): RewindRange & Pick<RewindJob, 'cutToMs' | 'cutReason'> {
  const { by, fromMs } = command;
  const toMs = Math.min(command.toMs ?? startedAtMs, startedAtMs) as EpochMs;
  const kept = keptSince(queue, startedAtMs);
  const cut = kept === undefined || fromMs >= kept.sinceMs ? {} : { cutToMs: kept.sinceMs, cutReason: kept.why };
  if (by === 'sentAt') return { by, fromMs, toMs, ...cut };
  const step = shards.feedResolutionMs;
  const to = upTo(toMs, step);
  const { rewindMs } = queue.settings;
  const keptMs = kept === undefined || rewindMs === 'forever' ? 0 : startedAtMs - rewindMs;
  if (to <= keptMs)
    throw invalidField('to', `nothing is kept from before ${isoText(keptMs)}: the range ends too early`);
  return { by, fromMs: (Math.floor(Math.max(fromMs, keptMs) / step) * step) as EpochMs, toMs: to, ...cut };
}
