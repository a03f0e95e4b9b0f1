import type { EpochMs } from '../model/brand.ts';
import { DecodeError } from '../model/bytes.ts';
import { QueueError } from '../model/errors.ts';
import type { QueueId, RewindId } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
import type { RewindJob } from '../model/rewind.ts';
import { applyCompaction } from './apply-compaction.ts';
import { passBarriers } from './barrier.ts';
import { markRewound } from './mark-rewound.ts';
import { runRedrive } from './redrive.ts';
import { type PlannedSlice, planRewind } from './rewind-plan.ts';
import { rewindSlice, type SliceOutcome } from './rewind-slice.ts';
import { changeRewind } from './rewinds.ts';
import type { QueueService } from './service.ts';
import { withdrawSlice } from './withdraw-slice.ts';

const SLICES_AT_ONCE = 16;
/** A step that the store refused is tried again this often, with growing pauses, before a next run goes on. */
const TRIES_MAX = 5;
const PAUSE_MS = 200;

/**
 * Carries a rewind out, or goes on with it after a crash: waits for the archive to catch up, then makes slice after
 * slice available. A slice that cannot be read fails the job by its object's name, and the others are delivered.
 *
 * @throws QueueError `Throttled`, `Unavailable`: to be started again
 */
export async function runRewind(service: QueueService, queueId: QueueId, rewindId: RewindId): Promise<void> {
  const run = await prepareRewindRun(service, queueId, rewindId);
  if (run === undefined) return;
  if (run.job.state === 'cancelled') await takeBack(service, run.job, run.objects);
  else await placeSlices(service, run);
}

/** A rewind that is about to be carried out. */
export interface RewindRun {
  readonly job: RewindJob;
  /** Slices to look at, by their object, in the order of the plan. */
  readonly objects: ReadonlyMap<string, readonly PlannedSlice[]>;
  /** Objects that cannot be read, with why. */
  readonly damaged: readonly string[];
}

/** Plans a rewind over an archive that has caught up. Nothing for a job that is over; a redrive is carried out here. */
export async function prepareRewindRun(
  service: QueueService,
  queueId: QueueId,
  rewindId: RewindId,
): Promise<RewindRun | undefined> {
  const stored = await service.catalog.get('rewind', `${queueId}/${rewindId}`);
  const queue = await service.routes.getById(queueId);
  if (stored === undefined || stored.value.finishedAtMs !== undefined) return undefined;
  const job = stored.value;
  if (queue === undefined) {
    await endWithQueue(service, job);
    return undefined;
  }
  if (job.redrive !== undefined) {
    await redrive(service, queue, job);
    return undefined;
  }
  // Rewind and compaction exclude each other; one that was committed before this rewind began is finished first.
  await applyCompaction(service, queue);
  await passBarriers(service, queue);
  const { slices, damaged } = await planRewind(service, job);
  return { job, objects: groupByObject(slices), damaged };
}

async function redrive(service: QueueService, queue: Queue, job: RewindJob): Promise<void> {
  try {
    const ending = job.state === 'cancelled' ? { state: job.state } : await runRedrive(service, queue, job);
    const finishedAtMs = service.clock.nowMs();
    // What was moved stays where it is: it was never taken from anybody.
    await changeRewind(service, job, (current) => ({
      ...current,
      ...(current.state === 'cancelled' ? {} : ending),
      finishedAtMs,
    }));
  } catch (error) {
    if (!(error instanceof QueueError && error.code === 'QueueNotFound')) throw error;
    const finishedAtMs = service.clock.nowMs();
    const failure = { state: 'failed', error: error.message, finishedAtMs } as const;
    await changeRewind(service, job, (current) => (current.state === 'running' ? { ...current, ...failure } : current));
  }
}

interface Progress {
  objectsDone: number;
  matched: number;
  rewound: number;
  error: string | undefined;
}

async function placeSlices(service: QueueService, { job, objects, damaged }: RewindRun): Promise<void> {
  const progress: Progress = { objectsDone: 0, matched: 0, rewound: 0, error: damaged[0] };
  const objectsTotal = objects.size + damaged.length;
  for (const [object, slices] of objects) {
    for (const outcome of await placeObject(service, job, { object, slices })) addOutcome(progress, outcome);
    progress.objectsDone++;
    const current = await changeRewind(service, job, (before) => withProgress(before, progress, objectsTotal));
    if (current?.state === 'cancelled') return await takeBack(service, job, objects);
  }
  const ended = await finish(service, job, { progress, objectsTotal });
  if (ended?.state === 'cancelled') await takeBack(service, job, objects);
}

/** Makes the slices of an object available, some at a time: the outcome of each, or why it cannot be had. */
export async function placeObject(
  service: QueueService,
  job: RewindJob,
  { object, slices }: { readonly object: string; readonly slices: readonly PlannedSlice[] },
): Promise<(SliceOutcome | string)[]> {
  await markRewound(service, job.queueId, object);
  const outcomes: (SliceOutcome | string)[] = [];
  for (let start = 0; start < slices.length; start += SLICES_AT_ONCE) {
    const some = slices.slice(start, start + SLICES_AT_ONCE);
    outcomes.push(...(await Promise.all(some.map((planned) => placeSlice(service, job, planned)))));
  }
  return outcomes;
}

/** Slices by their object, in the order of the plan. */
function groupByObject(slices: readonly PlannedSlice[]): Map<string, PlannedSlice[]> {
  const objects = new Map<string, PlannedSlice[]>();
  for (const planned of slices) {
    const known = objects.get(planned.slice.object);
    if (known === undefined) objects.set(planned.slice.object, [planned]);
    else known.push(planned);
  }
  return objects;
}

/** The outcome of a slice, or why it cannot be had; what the store only refused for now is tried again. */
async function placeSlice(
  service: QueueService,
  job: RewindJob,
  planned: PlannedSlice,
): Promise<SliceOutcome | string> {
  for (let tries = 1; ; tries++) {
    try {
      return await rewindSlice(service, job, planned);
    } catch (error) {
      if (error instanceof DecodeError) return `${planned.slice.object}: ${error.message}`;
      if (error instanceof QueueError && error.code === 'QueueNotFound') return error.message;
      if (!(error instanceof QueueError) || tries >= TRIES_MAX) throw error;
      await service.clock.sleep(PAUSE_MS * 2 ** tries * service.random.next());
    }
  }
}

function addOutcome(progress: Progress, outcome: SliceOutcome | string): void {
  if (typeof outcome === 'string') progress.error ??= outcome;
  else {
    progress.matched += outcome.matched;
    progress.rewound += outcome.rewound;
  }
}

/** Of two runners at once, the one that is further says how far the job is. */
const withProgress = (job: RewindJob, progress: Progress, objectsTotal: number): RewindJob =>
  job.finishedAtMs !== undefined || job.objectsDone > progress.objectsDone
    ? job
    : { ...job, ...inFigures(progress, objectsTotal) };

const inFigures = ({ objectsDone, matched, rewound }: Progress, objectsTotal: number) => ({
  objectsTotal,
  objectsDone,
  messagesMatched: matched,
  messagesRewound: rewound,
});

/** What it brought goes with the queue, so nothing has to be taken back, not even if it was cancelled. */
async function endWithQueue(service: QueueService, job: RewindJob): Promise<void> {
  const finishedAtMs = service.clock.nowMs();
  await changeRewind(service, job, (current) =>
    current.state === 'cancelled'
      ? { ...current, finishedAtMs }
      : { ...current, state: 'failed', error: 'the queue was deleted', finishedAtMs },
  );
}

/** Ends the job; what was cancelled at the last moment is taken back first. */
async function finish(
  service: QueueService,
  job: RewindJob,
  { progress, objectsTotal }: { readonly progress: Progress; readonly objectsTotal: number },
): Promise<RewindJob | undefined> {
  const finishedAtMs = service.clock.nowMs();
  const { error } = progress;
  const ending = error === undefined ? ({ state: 'done' } as const) : ({ state: 'failed', error } as const);
  return await changeRewind(service, job, (current) =>
    current.state === 'running'
      ? { ...current, ...inFigures(progress, objectsTotal), ...ending, finishedAtMs }
      : current,
  );
}

async function takeBack(service: QueueService, job: RewindJob, objects: RewindRun['objects']): Promise<void> {
  const slices = [...objects.values()].flat();
  let rewound = 0;
  for (let start = 0; start < slices.length; start += SLICES_AT_ONCE) {
    const some = slices.slice(start, start + SLICES_AT_ONCE);
    const left = await Promise.all(some.map(({ slice }) => withdrawSlice(service, slice, job.id)));
    rewound += left.reduce((sum, count) => sum + count, 0);
  }
  const finishedAtMs: EpochMs = service.clock.nowMs();
  await changeRewind(service, job, (current) => ({ ...current, messagesRewound: rewound, finishedAtMs }));
}
