import type { EpochMs } from '../../model/brand.ts';
import type { SliceName } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import type { QueueId, RewindId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { type ArchivedObject, type RewindJob, rewindName } from '../../model/rewind.ts';
import { applyCompaction } from '../archive/index.ts';
import { changeRewind, holdsInObject, passBarriers } from '../records/index.ts';
import type { Barriers, Records, Rewinding } from '../service.ts';
import { placeObjects } from './place-objects.ts';
import { runRedrive } from './redrive.ts';
import { type PlannedObject, planRewind, type RewindPlan } from './rewind-plan.ts';
import type { SliceOutcome } from './rewind-slice.ts';
import { withdrawSlice } from './withdraw-slice.ts';

/** Slices withdrawn at once: it hides round trips of small writes. */
const SLICES_AT_ONCE = 16;
/** How often progress is stored. A cancel is noticed then too. */
const PROGRESS_EVERY_MS = 250;
/** A cancel ends a paced rewind within this. */
const PACE_PAUSE_MS_MAX = 1_000;

/**
 * Carries a rewind out, or continues it after a crash: makes slice after slice available, at first, until the
 * archive has caught up, of what it has. A slice that cannot be read fails the job by its object's name, and the others
 * are delivered.
 *
 * @throws QueueError `Throttled`, `Unavailable`: to be started again
 */
export async function runRewind(service: Rewinding, queueId: QueueId, rewindId: RewindId): Promise<void> {
  const open = await beginRun(service, queueId, rewindId);
  if (open === undefined) return;
  const { job, queue } = open;
  const progress: Progress = {
    objectsDone: 0,
    objectsTotal: 0,
    matched: 0,
    rewound: 0,
    damaged: 0,
    error: undefined,
    toldAtMs: 0,
  };
  const isCancelled = job.state === 'cancelled' || (await placeSlices(service, { job, queue, progress }));
  if (isCancelled) await takeBack(service, job, await planCaughtUp(service, open));
}

/** A rewind that is about to be carried out. */
export interface RewindRun {
  readonly job: RewindJob;
  readonly plan: RewindPlan;
}

/** Plans a rewind over an archive that has caught up. Nothing for a job that is over; a redrive is carried out here. */
export async function prepareRewindRun(
  service: Rewinding,
  queueId: QueueId,
  rewindId: RewindId,
): Promise<RewindRun | undefined> {
  const open = await beginRun(service, queueId, rewindId);
  return open && { job: open.job, plan: await planCaughtUp(service, open) };
}

interface BegunRewind {
  readonly job: RewindJob;
  readonly queue: Queue;
}

async function planCaughtUp(service: Rewinding, open: BegunRewind): Promise<RewindPlan> {
  await catchUp(service, open);
  return await planRewind(service, open.job);
}

/** Waits for the feeds of both queues: the target's feed tells which rewound copies were deleted again. */
async function catchUp(service: Rewinding, { job, queue }: BegunRewind): Promise<void> {
  const target = job.targetId === queue.id ? undefined : await service.routes.getById(job.targetId);
  await Promise.all([queue, ...(target === undefined ? [] : [target])].map((one) => passBarriers(service, one)));
}

async function beginRun(service: Rewinding, queueId: QueueId, rewindId: RewindId): Promise<BegunRewind | undefined> {
  const stored = await service.catalog.get('rewind', rewindName(queueId, rewindId));
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
  return { job, queue };
}

async function redrive(service: Rewinding, queue: Queue, job: RewindJob): Promise<void> {
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
  objectsTotal: number;
  matched: number;
  rewound: number;
  damaged: number;
  error: string | undefined;
  toldAtMs: number;
}

interface Placing extends BegunRewind {
  readonly progress: Progress;
}

/** Returns whether the job was cancelled meanwhile; else it is over. */
async function placeSlices(service: Rewinding, placing: Placing): Promise<boolean> {
  const { job, progress } = placing;
  const feed = { isBehind: true };
  const caughtUp = catchUp(service, placing).finally(() => {
    feed.isBehind = false;
  });
  // The await below throws a failure; until then it must not count as unhandled.
  caughtUp.catch(() => {});
  // With a pace there is no hurry, and no object may be placed in part.
  const done = job.perSecond === undefined ? await placeAhead(service, placing, feed) : new Set<string>();
  if (done === 'cancelled') return true;
  await caughtUp;
  const plan = await planRewind(service, job, { isLeftOut: (object) => done.has(object), pass: 1 });
  progress.objectsTotal = plan.objectsTotal;
  for await (const { objects, doneCount } of stepsOf(plan, job)) {
    for (const outcome of await placeObjects(service, job, objects)) {
      addOutcome(progress, outcome);
      const { missed } = outcome;
      if (missed !== undefined && missed.messageCount > 0 && missed.isExpired !== true) {
        service.onDamage?.({ queueId: job.queueId, what: missed.why, messageCount: missed.messageCount });
      }
    }
    progress.objectsDone += doneCount;
    if (await isCancelledNow(service, placing)) return true;
  }
  return (await finish(service, placing))?.state === 'cancelled';
}

/** The objects of a plan, some at a time; slice by slice where messages are to come at a pace. */
async function* stepsOf(
  plan: RewindPlan,
  { perSecond }: RewindJob,
): AsyncGenerator<{ readonly objects: readonly PlannedObject[]; readonly doneCount: number }> {
  for await (const objects of plan.groups()) {
    if (perSecond === undefined) yield { objects, doneCount: objects.length };
    else {
      for (const object of objects) {
        const [last, ...before] = object.slices.toReversed();
        for (const slice of before.toReversed()) yield { objects: [{ ...object, slices: [slice] }], doneCount: 0 };
        yield { objects: [{ ...object, slices: last === undefined ? [] : [last] }], doneCount: 1 };
      }
    }
  }
}

/**
 * Makes objects available that no rewind has ever named, while the feed is behind. None of their messages can have been
 * deleted again, so the feed has nothing to add. Returns the objects that are done.
 */
async function placeAhead(
  service: Rewinding,
  placing: Placing,
  feed: { readonly isBehind: boolean },
): Promise<ReadonlySet<string> | 'cancelled'> {
  const { job, progress } = placing;
  const done = new Set<string>();
  const plan = await planRewind(service, job, { isLeftOut: isNamedBefore, pass: 0 });
  progress.objectsTotal = plan.objectsTotal;
  for await (const objects of plan.groups()) {
    if (!feed.isBehind) return done;
    const outcomes = await placeObjects(service, job, objects);
    // Objects with unreadable slices are left for the second pass, which counts all of them.
    if (outcomes.some(({ missed }) => missed !== undefined)) continue;
    for (const outcome of outcomes) addOutcome(progress, outcome);
    for (const { object } of objects) done.add(object);
    progress.objectsDone += objects.length;
    if (await isCancelledNow(service, placing)) return 'cancelled';
  }
  return done;
}

const isNamedBefore = (_: string, record?: Pick<ArchivedObject, 'isRewound'>): boolean =>
  record === undefined || record.isRewound === true;

/**
 * Writes progress down from time to time, and waits while the job is ahead of its pace; says whether it is cancelled.
 * The pace counts from the start, so that a run which goes over what an earlier one did does not wait for it again.
 */
async function isCancelledNow(service: Records, { job, progress }: Placing): Promise<boolean> {
  for (;;) {
    const nowMs = service.clock.nowMs();
    if (nowMs >= progress.toldAtMs + PROGRESS_EVERY_MS) {
      progress.toldAtMs = nowMs;
      const current = await changeRewind(service, job, (before) => withProgress(before, progress));
      if (current?.state === 'cancelled') return true;
    }
    const waitMs =
      job.perSecond === undefined ? 0 : job.startedAtMs + (1_000 * progress.rewound) / job.perSecond - nowMs;
    if (waitMs <= 0) return false;
    await service.clock.sleep(Math.min(waitMs, PACE_PAUSE_MS_MAX));
  }
}

function addOutcome(progress: Progress, { matched, rewound, missed }: SliceOutcome): void {
  progress.matched += matched;
  progress.rewound += rewound;
  progress.damaged += missed?.messageCount ?? 0;
  progress.error ??= missed?.why;
}

/** Of two runners at once, the progress of the one that is further ahead counts. */
const withProgress = (job: RewindJob, progress: Progress): RewindJob =>
  job.finishedAtMs !== undefined || job.objectsDone > progress.objectsDone ? job : { ...job, ...inFigures(progress) };

const inFigures = ({ objectsDone, objectsTotal, matched, rewound, damaged }: Progress) => ({
  objectsTotal,
  objectsDone,
  messagesMatched: matched,
  messagesRewound: rewound,
  ...(damaged === 0 ? {} : { damaged }),
});

/** The rewound messages go with the queue, so nothing has to be taken back, even after a cancel. */
async function endWithQueue(service: Records, job: RewindJob): Promise<void> {
  const finishedAtMs = service.clock.nowMs();
  await changeRewind(service, job, (current) =>
    current.state === 'cancelled'
      ? { ...current, finishedAtMs }
      : { ...current, state: 'failed', error: 'the queue was deleted', finishedAtMs },
  );
}

/** Ends the job; what was cancelled at the last moment is taken back first. */
async function finish(service: Records, { job, progress }: Placing): Promise<RewindJob | undefined> {
  const finishedAtMs = service.clock.nowMs();
  const { error } = progress;
  const ending = error === undefined ? ({ state: 'done' } as const) : ({ state: 'failed', error } as const);
  // Some of the objects had nothing after all.
  const figures = inFigures({ ...progress, objectsTotal: progress.objectsDone });
  return await changeRewind(service, job, (current) =>
    current.state === 'running' ? { ...current, ...figures, ...ending, finishedAtMs } : current,
  );
}

async function takeBack(service: Barriers, job: RewindJob, plan: RewindPlan): Promise<void> {
  let rewound = 0;
  for await (const objects of plan.groups()) {
    const slices = (await Promise.all(objects.map((object) => slicesIn(service, job, object)))).flat();
    for (let start = 0; start < slices.length; start += SLICES_AT_ONCE) {
      const some = slices.slice(start, start + SLICES_AT_ONCE);
      const left = await Promise.all(some.map((slice) => withdrawSlice(service, slice, job)));
      rewound += left.reduce((sum, count) => sum + count, 0);
    }
  }
  const finishedAtMs: EpochMs = service.clock.nowMs();
  await changeRewind(service, job, (current) => ({ ...current, messagesRewound: rewound, finishedAtMs }));
}

/** The slices of an object from which the job may have brought something. Of a damaged one the holds tell. */
async function slicesIn(service: Records, job: RewindJob, { object, slices, missed }: PlannedObject) {
  if (missed === undefined) return slices.map(({ slice }) => slice);
  const held: SliceName[] = [];
  for await (const { value } of holdsInObject(service, job.queueId, object)) {
    if (value.rewindId === job.id) held.push(value.slice);
  }
  return held;
}
