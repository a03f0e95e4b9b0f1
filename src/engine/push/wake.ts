import { groupBy } from '../../model/group-by.ts';
import { type QueueId, queueOfShard, type ShardKey } from '../../model/ids.ts';
import { dueOf, isAsleep, isPushing, WAKE_AGAIN_MS, wakeAtMs } from '../../model/push/index.ts';
import type { Queue } from '../../model/queue.ts';
import type { CatalogRecords, Stored } from '../../ports/catalog.ts';
import { recordPages, walkRecords } from '../records/index.ts';
import type { Using } from '../service.ts';
import { noteDue } from './due-notes.ts';
import { earliestDueMs } from './ready.ts';

/** What a dispatcher on AWS is called with. */
export interface WakeUp {
  readonly queue: string;
  /** Names of the notes that it may remove. */
  readonly due: readonly string[];
  /** It stays awake this long at least: processes may still send by a route that knows of no subscription. */
  readonly lingerMs?: number;
  /** The part of the queue that it may take. @default it is the first dispatcher of the queue */
  readonly part?: string;
}

/** Calls a dispatcher and does not wait for its work. Must not throw: the note repeats what fails. */
export type CallDispatcher = (wakeUp: WakeUp) => Promise<void>;

/** A delivery that was put into a queue that pushes. */
export interface Arrival {
  readonly shard: ShardKey;
  readonly visibleAtMs: number;
}

type Waking = Using<'catalog' | 'clock' | 'routes'>;

/** A wake-up that was lost is noticed after this: each walk reads all queues. */
const HOURS_BETWEEN_WALKS = 1;

/**
 * Wakes the dispatchers of queues in which something has arrived, and notes when to wake them for what comes due later.
 * The note comes first, so a wake-up that is lost costs a minute.
 *
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 * @remarks Cost: a read for each queue; where its dispatcher is asleep, a write and two reads more.
 * @see docs/decisions/0066-wake-ups-come-from-the-streams.md
 */
export async function wakeForArrivals(
  service: Waking,
  arrivals: readonly Arrival[],
  call: CallDispatcher,
): Promise<void> {
  const byQueue = groupBy(arrivals, ({ shard }) => queueOfShard(shard));
  await Promise.all(
    [...byQueue].map(([queueId, some]) =>
      wakeFor(service, { queueId, visibleAtMs: Math.min(...some.map((one) => one.visibleAtMs)), call }),
    ),
  );
}

async function wakeFor(
  service: Waking,
  {
    queueId,
    visibleAtMs,
    call,
  }: { readonly queueId: QueueId; readonly visibleAtMs: number; readonly call: CallDispatcher },
): Promise<void> {
  const lease = (await service.catalog.get('pushLease', queueId))?.value;
  const nowMs = service.clock.nowMs();
  const atMs = wakeAtMs(lease, { visibleAtMs, nowMs });
  if (atMs === undefined) return;
  const queue = await service.routes.getById(queueId);
  if (queue === undefined || !isPushing(queue)) return;
  if (atMs > nowMs) await noteDue(service, queueId, atMs);
  else await wake(service, queue, call);
}

/**
 * Wakes the dispatcher of a queue, whether it is asleep or not.
 * @throws QueueError `Throttled`, `Unavailable`
 */
export async function wake(
  service: Using<'catalog' | 'clock'>,
  { id, name }: Pick<Queue, 'id' | 'name'>,
  call: CallDispatcher,
  more: Pick<WakeUp, 'lingerMs'> = {},
): Promise<void> {
  const due = [await noteDue(service, id, service.clock.nowMs() + WAKE_AGAIN_MS)];
  await call({ queue: name, due, ...more });
}

/**
 * Wakes the sleeping dispatchers whose notes are due. Notes stay: a dispatcher that has looked removes them.
 * Those of queues that push no more leave here.
 *
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: a list of the notes that are due; for each, a read, and three if its dispatcher is asleep.
 */
export async function wakeDue(service: Waking, call: CallDispatcher): Promise<void> {
  const nowMs = service.clock.nowMs();
  for await (const page of recordPages(service, 'due')) {
    const due = page.filter(({ name }) => dueOf(name).atMs <= nowMs);
    const byQueue = groupBy(due, ({ name }) => dueOf(name).queueId);
    await Promise.all([...byQueue].map(([queueId, notes]) => wakeNoted(service, { queueId, notes, call })));
    if (due.length < page.length) return;
  }
}

interface Noted {
  readonly queueId: QueueId;
  readonly notes: readonly Stored<CatalogRecords['due']>[];
  readonly call: CallDispatcher;
}

async function wakeNoted(service: Waking, { queueId, notes, call }: Noted): Promise<void> {
  const lease = (await service.catalog.get('pushLease', queueId))?.value;
  if (!isAsleep(lease, service.clock.nowMs())) return;
  const queue = await service.routes.getById(queueId);
  const isOver = queue === undefined || !isPushing(queue);
  if (!isOver) await call({ queue: queue.name, due: notes.map((note) => note.name) });
  else for (const { name, version } of notes) await service.catalog.tryRemove('due', name, version);
}

/**
 * Looks once an hour at all queues that push and are asleep, and notes messages without a wake-up.
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: a read a minute; once an hour the list of queues, and a read for each shard of those that push.
 */
export async function noteWhatWasLost(service: Using<'catalog' | 'clock' | 'routes' | 'shards'>): Promise<void> {
  await walkRecords(
    service,
    'queue',
    async ({ value: queue }) => {
      if (queue.deletedAtMs !== undefined || !isPushing(queue)) return;
      const dueMs = await earliestDueMs(service, queue);
      if (!Number.isFinite(dueMs)) return;
      const lease = (await service.catalog.get('pushLease', queue.id))?.value;
      const nowMs = service.clock.nowMs();
      if (isAsleep(lease, nowMs)) await noteDue(service, queue.id, Math.max(dueMs, nowMs));
    },
    HOURS_BETWEEN_WALKS,
  );
}
