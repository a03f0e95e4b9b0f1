import { type Delivery, locate } from '../../model/delivery.ts';
import { invalidField, QueueError } from '../../model/errors.ts';
import { groupBy } from '../../model/group-by.ts';
import { newRewindId, type QueueId, type ShardKey, shardKey } from '../../model/ids.ts';
import { planTakes } from '../../model/lease.ts';
import { ANSWER_BYTES_MAX } from '../../model/limits.ts';
import { asMessageId } from '../../model/message-id.ts';
import { isPurgedSince } from '../../model/purge.ts';
import type { Queue } from '../../model/queue.ts';
import { JUST_STARTED, type RewindFilter, type RewindJob } from '../../model/rewind.ts';
import { receivableShards } from '../../model/route.ts';
import { giveBackLeased } from '../change-visibility.ts';
import { type HeldLease, leaseTakes } from '../claims/index.ts';
import { type Move, type MoveOutcome, moveMessages } from '../deliveries/index.ts';
import { queueCounts } from '../look/index.ts';
import type { Candidate } from '../memory/index.ts';
import { changeRewind, getQueue, getTarget, recordRewind, sourcesOf } from '../records/index.ts';
import type { Moves, Queues, Records, Redriving, Rewinding, Using } from '../service.ts';
import { dueMessages, notTaken } from './due-messages.ts';
import { matchingIndexes } from './matching-indexes.ts';

export interface RedriveCommand {
  readonly queue: string;
  /** Absent: each goes back where it came from; what was sent here by itself, to the only source there is. */
  readonly into?: string;
  /** Most messages to move; absent: all that are ready. */
  readonly max?: number;
  readonly perSecond?: number;
  readonly filter?: RewindFilter;
  /** Only these messages, 1 to `REDRIVE_IDS_MAX`. @default all */
  readonly ids?: readonly string[];
}

/** Messages of one claim of a redrive. */
const MESSAGES_PER_CLAIM = 100;
/** Messages that a redrive holds come back after this if it dies before it has moved them. */
const LEASE_MS = 60_000;
/** Tries to move what is leased, with growing pauses: 20 s at most with those of the store. */
const TRIES_MAX = 5;
/** The pause before the second try is up to twice this, in milliseconds; each further one doubles. */
const PAUSE_MS = 200;
/** How often a pass that moves nothing stores progress and notices a cancel. */
const PROGRESS_EVERY_MS = 250;
/** A redrive has no answer to fit, but holds the messages that it moves in memory. */
const AT_ONCE = { bytesLeft: ANSWER_BYTES_MAX, isEmpty: true };
const HOMELESS =
  'some messages were sent here by themselves or come from a queue that is gone; name the one to move them into';

/**
 * Starts to move dead letters back to where they came from, or elsewhere; a job like a rewind.
 * @throws QueueError `QueueNotFound`, `InvalidField`, `Conflict` while another job of the queue runs
 * @remarks Cost: the counts of the queue, and the list of all queues where no target is named.
 */
export async function startRedrive(service: Redriving, command: RedriveCommand): Promise<RewindJob> {
  const queue = await getQueue(service, command.queue);
  const target = await chooseTarget(service, queue, command.into);
  const { counts } = await queueCounts(service, command.queue);
  const startedAtMs = service.clock.nowMs();
  const { filter, perSecond, max } = command;
  // No end after so many messages: what a crash doubled counts twice.
  const ids = command.ids && [...new Set(command.ids.map(asMessageId))];
  const redrive = {
    ...(max === undefined ? {} : { max }),
    ...(ids === undefined ? {} : { ids }),
    ...(command.into === undefined ? ({ isHomeward: true } as const) : {}),
    readyCount: counts.ready,
    lookedAt: 0,
  };
  return await recordRewind(service, command.queue, {
    id: newRewindId(startedAtMs, service.random),
    queueId: queue.id,
    targetId: target.id,
    targetName: target.name,
    by: 'sentAt',
    fromMs: queue.createdAtMs,
    toMs: startedAtMs,
    ...(filter === undefined ? {} : { filter }),
    ...(perSecond === undefined ? {} : { perSecond }),
    redrive,
    startedAtMs,
    ...JUST_STARTED,
  });
}

async function chooseTarget(
  service: Queues,
  queue: Queue,
  into: string | undefined,
): Promise<Pick<Queue, 'id' | 'name'>> {
  if (into === queue.name) throw invalidField('into', `dead letters of "${into}" cannot be moved into it again`);
  if (into !== undefined) return await getTarget(service, into);
  const sources = await sourcesOf(service, queue.name);
  const [only, ...others] = sources;
  if (only === undefined) {
    throw invalidField('into', 'no queue sends its dead letters here; name the one to move them into');
  }
  return others.length === 0 ? only : { id: queue.id, name: sources.map(({ name }) => name).join(', ') };
}

/**
 * Carries a redrive out: one pass over the messages that were ready when it started. It leases messages like a consumer
 * before it moves them. Messages that do not match, or have no queue to go to, stay as they are, and so do, until the
 * next run, those whose queue takes none for now. A purge of the queue ends it.
 *
 * @returns why it has failed, where it has
 * @throws QueueError `Throttled`, `Unavailable`: to be started again
 * @remarks Cost: a query for each 500 deliveries; with a filter their blocks; see `claim` and `moveMessages`.
 */
export async function runRedrive(service: Rewinding, queue: Queue, job: RewindJob): Promise<RedriveEnding> {
  const { messagesRewound: moved } = job;
  const total: Total = {
    lookedAt: moved,
    matched: moved,
    moved,
    isAnyHomeless: false,
    isAnyLeft: false,
    toldAtMs: 0,
  };
  const { retentionMs } = queue.settings;
  const { max = Number.POSITIVE_INFINITY } = job.redrive ?? {};
  for (const { id, fromMs } of receivableShards(queue.route, service.clock.nowMs())) {
    const run = { job, shard: shardKey(queue.id, id), total, max };
    for await (const due of dueMessages(service, { shard: run.shard, fromMs, atMs: job.startedAtMs, retentionMs })) {
      if (total.moved >= max || (await isPurged(service, job))) break;
      const wanted = await Promise.all(due.map((candidate) => chooseWanted(service, run, candidate)));
      if (await moveWanted(service, run, wanted)) return { state: 'cancelled' };
    }
  }
  await tell(service, job, total);
  if (total.isAnyLeft && total.moved < max) throw LEFT;
  return total.isAnyHomeless ? { state: 'failed', error: HOMELESS } : { state: 'done' };
}

type RedriveEnding = { readonly state: 'done' | 'cancelled' } | { readonly state: 'failed'; readonly error: string };

/**
 * Whether a purge took everything that was ready when the redrive started.
 * @throws QueueError `QueueNotFound` when the queue is gone
 */
async function isPurged(service: Using<'routes'>, { queueId, startedAtMs }: RewindJob): Promise<boolean> {
  const queue = await service.routes.getById(queueId);
  if (queue === undefined) throw new QueueError('QueueNotFound', 'the queue was deleted');
  return isPurgedSince(queue, startedAtMs);
}

interface Total {
  lookedAt: number;
  matched: number;
  moved: number;
  /** The source of some matching messages is unknown or gone. */
  isAnyHomeless: boolean;
  /** Some messages were given back, because their queue took none for now. */
  isAnyLeft: boolean;
  toldAtMs: number;
}

/** The next run finds them where they were. */
const LEFT = new QueueError(
  'Throttled',
  'the queues that the messages go to take no more for now; the redrive goes on',
);

/** A redrive at work in one shard. */
interface Run {
  readonly job: RewindJob;
  readonly shard: ShardKey;
  readonly total: Total;
  readonly max: number;
}

/** The messages of a delivery that match and have a queue to go to. */
async function chooseWanted(
  service: Using<'objects' | 'routes' | 'shards' | 'slices'>,
  { job, total }: Run,
  candidate: Candidate,
): Promise<Candidate> {
  const { delivery } = candidate;
  total.lookedAt += candidate.indexes.length;
  const matching = await matchingIndexes(service, job, candidate);
  total.matched += matching.length;
  const indexes: number[] = [];
  for (const [targetId, some] of groupByTarget(job, delivery, matching)) {
    if ((await findHome(service, job, targetId)) === undefined) noteHomeless(job, total);
    else indexes.push(...some);
  }
  return { delivery, indexes: indexes.toSorted((one, other) => one - other) };
}

/** Moves what is wanted, some at a time; returns whether the job was cancelled meanwhile. */
async function moveWanted(service: Rewinding, run: Run, wanted: readonly Candidate[]): Promise<boolean> {
  const { job, shard, total, max } = run;
  const atOnce = Math.min(MESSAGES_PER_CLAIM, job.perSecond ?? MESSAGES_PER_CLAIM);
  let candidates = wanted.filter(({ indexes }) => indexes.length > 0);
  if (candidates.length === 0) return await isCancelledNow(service, run);
  while (candidates.length > 0 && total.moved < max && !(await isPurged(service, job))) {
    const startMs = service.clock.nowMs();
    const before = total.moved;
    const takes = planTakes(candidates, Math.min(atOnce, max - total.moved), AT_ONCE);
    const { held } = await leaseTakes(service, { shard, leaseMs: LEASE_MS }, takes);
    await Promise.all(held.map((lease) => moveLease(service, run, lease)));
    if ((await tell(service, job, total))?.state === 'cancelled') return true;
    await pace(service, job, { startMs, moved: total.moved - before });
    candidates = await notTaken(service, shard, { candidates, takes });
  }
  return false;
}

async function moveLease(service: Moves, { job, shard, total }: Run, lease: HeldLease): Promise<void> {
  const readable = lease.won.filter((index) => typeof lease.contents[index] === 'object');
  for (const [targetId, indexes] of groupByTarget(job, lease.delivery, readable)) {
    const into = await findHome(service, job, targetId);
    const change = { moved: indexes, redriven: indexes };
    const move = { from: shard, lease: lease.delivery, indexes, change, carry: { rewoundBy: job.id } };
    const outcome = into === undefined ? 'gone' : await moveInTime(service, { ...move, into });
    if (outcome === 'moved') total.moved += indexes.length;
    // Back to their place: this redrive looks only at what was due when it started.
    else await giveBackLeased(service, shard, { lease: lease.delivery, indexes, untilMs: lease.dueAtMs });
    if (outcome === 'busy') total.isAnyLeft = true;
    if (outcome === 'gone') noteHomeless(job, total);
  }
}

/** Tries again while the other queue takes none, for a part of the lease. */
async function moveInTime(service: Moves, move: Move): Promise<MoveOutcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await moveMessages(service, move).catch(busyIfRefused);
    if (outcome !== 'busy' || tries === TRIES_MAX) return outcome;
    await service.clock.sleep(Math.round(PAUSE_MS * 2 ** tries * service.random.next()));
  }
}

/** @throws the error if it is a bug */
function busyIfRefused(error: unknown): MoveOutcome {
  if (error instanceof QueueError) return 'busy';
  throw error;
}

/** The queue that messages go to; `undefined` when they were sent here, or come from a queue that is gone. */
async function findHome(service: Using<'routes'>, job: RewindJob, targetId: QueueId): Promise<Queue | undefined> {
  return targetId === job.queueId ? undefined : await service.routes.getById(targetId);
}

/** @throws QueueError `QueueNotFound` where all messages were to go into one queue */
function noteHomeless(job: RewindJob, total: Total): void {
  if (job.redrive?.isHomeward !== true) {
    throw new QueueError('QueueNotFound', `queue "${job.targetName}" was deleted`);
  }
  total.isAnyHomeless = true;
}

/** Messages of a delivery by the queue they go into; the dead-letter queue itself where the origin is unknown. */
function groupByTarget(job: RewindJob, delivery: Delivery, indexes: readonly number[]): Map<QueueId, number[]> {
  return groupBy(indexes, (index) => {
    const { deadLetteredFrom } = locate(delivery, index).part;
    return job.redrive?.isHomeward === true ? (deadLetteredFrom ?? job.targetId) : job.targetId;
  });
}

/** Tells from time to time how far a pass is that moves nothing; returns whether the job turned out to be cancelled. */
async function isCancelledNow(service: Records, { job, total }: Run): Promise<boolean> {
  if (service.clock.nowMs() < total.toldAtMs + PROGRESS_EVERY_MS) return false;
  return (await tell(service, job, total))?.state === 'cancelled';
}

async function tell(service: Records, job: RewindJob, total: Total): Promise<RewindJob | undefined> {
  const { lookedAt, matched, moved } = total;
  total.toldAtMs = service.clock.nowMs();
  return await changeRewind(service, job, ({ redrive, ...record }) => ({
    ...record,
    ...(redrive === undefined ? {} : { redrive: { ...redrive, lookedAt } }),
    messagesMatched: matched,
    messagesRewound: moved,
  }));
}

/** Pauses so that no more than the wished number of messages move in a second. */
async function pace(
  service: Using<'clock'>,
  { perSecond }: RewindJob,
  done: { readonly startMs: number; readonly moved: number },
): Promise<void> {
  if (perSecond === undefined) return;
  const pauseMs = (1_000 * done.moved) / perSecond - (service.clock.nowMs() - done.startMs);
  if (pauseMs > 0) await service.clock.sleep(pauseMs);
}
