import { QueueError } from '../model/errors.ts';
import { type RewindId, type ShardKey, shardKey } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
import { matchesFilter, type RewindFilter, type RewindJob } from '../model/rewind.ts';
import { receivableShards } from '../model/route.ts';
import { instantText } from '../model/sortable-text.ts';
import { claimLeases, type HeldLease } from './claim-leases.ts';
import { moveMessages } from './move-messages.ts';
import { getQueue } from './queues.ts';
import { changeRewind, recordRewind, refusal, sourcesOf } from './rewinds.ts';
import type { QueueService } from './service.ts';

export interface RedriveCommand {
  readonly queue: string;
  /** Absent: the one queue that sends its dead letters here. */
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

/**
 * Starts to move dead letters back to where they came from, or elsewhere; a job like a rewind.
 * @throws QueueError `QueueNotFound`, `InvalidField`, `Conflict` while another job of the queue runs
 */
export async function startRedrive(service: QueueService, command: RedriveCommand): Promise<RewindJob> {
  const queue = await getQueue(service, command.queue);
  const target = await findTarget(service, queue, command.into);
  const startedAtMs = service.clock.nowMs();
  const { filter, max, perSecond } = command;
  const limits = { ...(max === undefined ? {} : { max }), ...(perSecond === undefined ? {} : { perSecond }) };
  return await recordRewind(service, command.queue, {
    id: (instantText(startedAtMs) + service.random.text(RANDOM_LENGTH)) as RewindId,
    queueId: queue.id,
    targetId: target.id,
    targetName: target.name,
    by: 'sentAt',
    fromMs: queue.createdAtMs,
    toMs: startedAtMs,
    ...(filter === undefined ? {} : { filter }),
    redrive: limits,
    state: 'running',
    startedAtMs,
    objectsTotal: 0,
    objectsDone: 0,
    messagesMatched: 0,
    messagesRewound: 0,
  });
}

async function findTarget(service: QueueService, queue: Queue, into: string | undefined): Promise<Queue> {
  if (into === queue.name) throw refusal('into', `dead letters of "${into}" cannot be moved into it again`);
  if (into !== undefined) {
    const stored = await service.catalog.get('queue', into);
    if (stored !== undefined && stored.value.deletedAtMs === undefined) return stored.value;
    throw refusal('into', `queue "${into}" does not exist; create it first`);
  }
  const sources = await sourcesOf(service, queue.name);
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  const names = sources.map((source) => source.name).join(', ');
  const reason =
    names === '' ? 'no queue sends its dead letters here' : `several queues send dead letters here: ${names}`;
  throw refusal('into', `${reason}; name the one to move them into`);
}

/**
 * Carries a redrive out: claims like a consumer, so that it alone holds what it moves. What does not match stays on
 * its lease and is ready again a minute later.
 */
export async function runRedrive(service: QueueService, queue: Queue, job: RewindJob): Promise<'done' | 'cancelled'> {
  let moved = job.messagesRewound;
  let matched = job.messagesMatched;
  const max = job.redrive?.max ?? Number.POSITIVE_INFINITY;
  for (const { id, fromMs } of receivableShards(queue.route)) {
    const shard = shardKey(queue.id, id);
    while (moved < max) {
      const wanted = Math.min(MESSAGES_PER_CLAIM, max - moved);
      const startMs = service.clock.nowMs();
      const held = await claimLeases(service, { shard, fromMs, wanted, leaseMs: LEASE_MS });
      if (held.length === 0) break;
      const target = await service.routes.getById(job.targetId);
      if (target === undefined) throw new QueueError('QueueNotFound', `queue "${job.targetName}" was deleted`);
      const counts = await Promise.all(held.map((lease) => moveMatching(service, { job, shard, target, lease })));
      moved += counts.reduce((sum, count) => sum + count.moved, 0);
      matched += counts.reduce((sum, count) => sum + count.matched, 0);
      const progress = { messagesMatched: matched, messagesRewound: moved };
      const current = await changeRewind(service, job, (before) => ({ ...before, ...progress }));
      if (current?.state === 'cancelled') return 'cancelled';
      await pace(service, job, { startMs, moved: counts.reduce((sum, count) => sum + count.moved, 0) });
    }
  }
  return 'done';
}

async function moveMatching(
  service: QueueService,
  at: { readonly job: RewindJob; readonly shard: ShardKey; readonly target: Queue; readonly lease: HeldLease },
): Promise<{ matched: number; moved: number }> {
  const { job, lease } = at;
  const indexes = lease.won.filter((index) => {
    const content = lease.contents[index];
    return content !== undefined && typeof content !== 'string' && matchesFilter(content.attributes, job.filter);
  });
  if (indexes.length === 0) return { matched: 0, moved: 0 };
  const isMoved = await moveMessages(service, {
    from: at.shard,
    lease: lease.delivery,
    indexes,
    into: at.target,
    change: { moved: indexes, redriven: indexes },
    carry: { rewoundBy: job.id },
  });
  return { matched: indexes.length, moved: isMoved ? indexes.length : 0 };
}

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
