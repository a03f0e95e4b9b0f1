import { allIndexes, locate } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import { groupBy } from '../model/group-by.ts';
import { type QueueId, type RewindId, type ShardKey, shardKey } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
import { matchesFilter, type RewindFilter, type RewindJob } from '../model/rewind.ts';
import { receivableShards } from '../model/route.ts';
import { instantText } from '../model/sortable-text.ts';
import { claimLeases, type HeldLease } from './claim-leases.ts';
import { contentsOf } from './contents.ts';
import { moveMessages } from './move-messages.ts';
import { getQueue } from './queues.ts';
import { changeRewind, recordRewind, refusal, sourcesOf } from './rewinds.ts';
import type { QueueService } from './service.ts';
import { queueCounts } from './stats.ts';

export interface RedriveCommand {
  readonly queue: string;
  /** Absent: each goes back where it came from; what was sent here by itself, to the only source there is. */
  readonly into?: string;
  /** Most messages to move; absent: all that are ready. */
  readonly max?: number;
  readonly perSecond?: number;
  readonly filter?: RewindFilter;
}

/** Messages of one claim of a redrive. */
const MESSAGES_PER_CLAIM = 100;
/** What a redrive holds without moving it comes back after this: messages that do not match, or its own death. */
const LEASE_MS = 60_000;
const RANDOM_LENGTH = 4;
const HOMELESS =
  'some messages were sent here by themselves or come from a queue that is gone; name the one to move them into';

/**
 * Starts to move dead letters back to where they came from, or elsewhere; a job like a rewind.
 * @throws QueueError `QueueNotFound`, `InvalidField`, `Conflict` while another job of the queue runs
 * @remarks Cost: the counts of the queue, and the list of all queues where no target is named.
 */
export async function startRedrive(service: QueueService, command: RedriveCommand): Promise<RewindJob> {
  const queue = await getQueue(service, command.queue);
  const target = await findTarget(service, queue, command.into);
  const { counts } = await queueCounts(service, command.queue);
  const startedAtMs = service.clock.nowMs();
  const { filter, max, perSecond } = command;
  const redrive = {
    ...(max === undefined ? {} : { max }),
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(command.into === undefined ? ({ isHomeward: true } as const) : {}),
    readyCount: counts.ready,
  };
  return await recordRewind(service, command.queue, {
    id: (instantText(startedAtMs) + service.random.text(RANDOM_LENGTH)) as RewindId,
    queueId: queue.id,
    targetId: target.id,
    targetName: target.name,
    by: 'sentAt',
    fromMs: queue.createdAtMs,
    toMs: startedAtMs,
    ...(filter === undefined ? {} : { filter }),
    redrive,
    state: 'running',
    startedAtMs,
    objectsTotal: 0,
    objectsDone: 0,
    messagesMatched: 0,
    messagesRewound: 0,
  });
}

async function findTarget(
  service: QueueService,
  queue: Queue,
  into: string | undefined,
): Promise<Pick<Queue, 'id' | 'name'>> {
  if (into === queue.name) throw refusal('into', `dead letters of "${into}" cannot be moved into it again`);
  if (into !== undefined) {
    const stored = await service.catalog.get('queue', into);
    if (stored !== undefined && stored.value.deletedAtMs === undefined) return stored.value;
    throw refusal('into', `queue "${into}" does not exist; create it first`);
  }
  const sources = await sourcesOf(service, queue.name);
  const [only, ...others] = sources;
  if (only === undefined) {
    throw refusal('into', 'no queue sends its dead letters here; name the one to move them into');
  }
  return others.length === 0 ? only : { id: queue.id, name: sources.map(({ name }) => name).join(', ') };
}

/**
 * Carries a redrive out: claims like a consumer, so that it alone holds what it moves. What does not match, or knows no
 * way back, stays on its lease and is ready again a minute later.
 *
 * @returns why it has failed, where it has
 */
export async function runRedrive(
  service: QueueService,
  queue: Queue,
  job: RewindJob,
): Promise<{ readonly state: 'done' | 'cancelled' } | { readonly state: 'failed'; readonly error: string }> {
  const total: Moved = { matched: job.messagesMatched, moved: job.messagesRewound, isAnyHomeless: false };
  const { retentionMs } = queue.settings;
  const max = job.redrive?.max ?? Number.POSITIVE_INFINITY;
  const atOnce = Math.min(MESSAGES_PER_CLAIM, job.redrive?.perSecond ?? MESSAGES_PER_CLAIM);
  for (const { id, fromMs } of receivableShards(queue.route, service.clock.nowMs())) {
    const shard = shardKey(queue.id, id);
    while (total.moved < max) {
      const startMs = service.clock.nowMs();
      const wanted = Math.min(atOnce, max - total.moved);
      const held = await claimLeases(service, { shard, fromMs, wanted, leaseMs: LEASE_MS, retentionMs });
      if (held.length === 0) break;
      const before = total.moved;
      await Promise.all(held.map((lease) => moveMatching(service, { job, shard, lease, total })));
      const progress = { messagesMatched: total.matched, messagesRewound: total.moved };
      const current = await changeRewind(service, job, (record) => ({ ...record, ...progress }));
      if (current?.state === 'cancelled') return { state: 'cancelled' };
      await pace(service, job, { startMs, moved: total.moved - before });
    }
  }
  return total.isAnyHomeless ? { state: 'failed', error: HOMELESS } : { state: 'done' };
}

interface Moved {
  matched: number;
  moved: number;
  /** Of some that match nobody can tell where they came from. */
  isAnyHomeless: boolean;
}

async function moveMatching(
  service: QueueService,
  at: { readonly job: RewindJob; readonly shard: ShardKey; readonly lease: HeldLease; readonly total: Moved },
): Promise<void> {
  const { job, lease, total } = at;
  const contents = contentsOf({ delivery: lease.delivery, indexes: allIndexes(lease.delivery) }, lease.sources);
  const matching = lease.won.filter((index) => {
    const content = contents[index];
    return typeof content === 'object' && matchesFilter(content.attributes, job.filter);
  });
  total.matched += matching.length;
  for (const [targetId, indexes] of groupByTarget(job, lease, matching)) {
    const into = targetId === job.queueId ? undefined : await service.routes.getById(targetId);
    const change = { moved: indexes, redriven: indexes };
    const carry = { rewoundBy: job.id };
    const move = { from: at.shard, lease: lease.delivery, indexes, change, carry };
    const outcome = into === undefined ? 'gone' : await moveMessages(service, { ...move, into });
    if (outcome === 'moved') total.moved += indexes.length;
    if (outcome !== 'gone') continue;
    if (job.redrive?.isHomeward !== true) throw new QueueError('QueueNotFound', targetGone(job));
    total.isAnyHomeless = true;
  }
}

/** Messages of a lease by the queue they go into; the dead-letter queue itself where nobody can tell. */
function groupByTarget(job: RewindJob, lease: HeldLease, indexes: readonly number[]): Map<QueueId, number[]> {
  return groupBy(indexes, (index) => {
    const { deadLetteredFrom } = locate(lease.delivery, index).part;
    return job.redrive?.isHomeward === true ? (deadLetteredFrom ?? job.targetId) : job.targetId;
  });
}

const targetGone = (job: RewindJob): string => `queue "${job.targetName}" was deleted`;

/** Pauses so that no more than the wished number of messages move in a second. */
async function pace(
  service: QueueService,
  job: RewindJob,
  done: { readonly startMs: number; readonly moved: number },
): Promise<void> {
  const perSecond = job.redrive?.perSecond;
  if (perSecond === undefined) return;
  const pauseMs = (1_000 * done.moved) / perSecond - (service.clock.nowMs() - done.startMs);
  if (pauseMs > 0) await service.clock.sleep(pauseMs);
}
