import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, enteredAtMs, locate, outstandingIndexes } from '../../model/delivery.ts';
import {
  type DeliveryKey,
  KEY_END,
  keyFrom,
  type ShardId,
  type ShardKey,
  shardKey,
  visibleAtMs,
} from '../../model/ids.ts';
import { JOB_PAGE_LIMIT, REQUEST_MS_MAX, ROUTE_HARD_LIMIT_MS } from '../../model/limits.ts';
import { purgedAtMs, purgeName } from '../../model/purge.ts';
import type { Queue } from '../../model/queue.ts';
import type { RouteShard } from '../../model/route.ts';
import { totalsName } from '../../model/totals.ts';
import { changeRecord, noteRemoval, passBarrier, purgesOf, recordPages, tryChangeRecord } from '../records/index.ts';
import type { Barriers, Queues, Records, Using } from '../service.ts';

/** After this no process sends into a shard that was open: every route is newer and every request has ended. */
const DRAINED_AFTER_MS = ROUTE_HARD_LIMIT_MS + REQUEST_MS_MAX;
/** A shard whose next message is due later than this is not looked at until then. */
const FAR_OFF_MS = 60_000;
/** Pages read to see that a purge left nothing new in a shard. A shard with more pages is looked at again. */
const PAGES_MAX = 100;
const START = keyFrom(0 as EpochMs);

/**
 * Removes draining shards from the route that are empty, or hold no message that entered after the last purge. Notes
 * for the others when their next message is due. All this is one conditional update. A removal is noted first, and the
 * shard is checked for a day after it: a look is no snapshot.
 *
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one or two reads for each draining shard; a barrier for one that waits for its time.
 */
export async function tendDraining(service: Queues & Barriers, name: string): Promise<void> {
  await tryChangeRecord(service, 'queue', name, async (queue) => {
    if (queue === undefined || queue.deletedAtMs !== undefined) return queue;
    const tended = await Promise.all(queue.route.shards.map((shard) => tendOne(service, queue, shard)));
    if (tended.every((shard, index) => shard === queue.route.shards[index])) return queue;
    const removed = queue.route.shards.filter((_, index) => tended[index] === undefined);
    await noteRemovals(service, queue, removed);
    const route = { version: queue.route.version + 1, shards: tended.filter((shard) => shard !== undefined) };
    return { ...queue, route };
  });
  service.routes.forget(name);
}

/** Notes removed shards. The purge itself has noted a shard that it left behind, until the shard is discarded. */
async function noteRemovals(service: Records, queue: Queue, removed: readonly RouteShard[]): Promise<void> {
  const isPurged = removed.some(({ fromMs }) => fromMs !== undefined);
  const purges = isPurged ? await purgesOf(service, queue) : [];
  const noted = new Set(purges.flatMap(({ shards }) => shards.map(({ id }) => id)));
  const unnoted = removed.filter(({ id, fromMs }) => fromMs === undefined || !noted.has(id));
  await Promise.all(unnoted.map(({ id }) => noteRemoval(service, queue, id)));
}

/** The shard as it should stand on the route: unchanged when nothing is to change, `undefined` when it can go. */
async function tendOne(service: Barriers, queue: Queue, shard: RouteShard): Promise<RouteShard | undefined> {
  const nowMs = service.clock.nowMs();
  const drainedAtMs = Math.max(shard.fromMs ?? 0, shard.sinceMs);
  if (shard.state === 'open' || nowMs - drainedAtMs <= DRAINED_AFTER_MS) return shard;
  const key = shardKey(queue.id, shard.id);
  if (shard.fromMs !== undefined) {
    return (await hasNew(service, key, shard.fromMs)) ? shard : undefined;
  }
  const first = await firstOf(service, key);
  if (first === undefined) return (await firstOf(service, key)) === undefined ? undefined : shard;
  const nextDueMs = visibleAtMs(first.key);
  if (shard.nextDueMs === nextDueMs) return shard;
  if (nextDueMs > nowMs + FAR_OFF_MS && (await hasNoLeases(service, key))) return { ...shard, nextDueMs };
  if (shard.nextDueMs === undefined) return shard;
  const { nextDueMs: _, ...asked } = shard;
  return asked;
}

/** The first delivery of a shard; `undefined` when it is empty. */
async function firstOf(service: Using<'shards'>, shard: ShardKey): Promise<Delivery | undefined> {
  for (let from: DeliveryKey | undefined = START; from !== undefined; ) {
    const page = await service.shards.list(shard, { from, before: KEY_END, limit: 1, isConsistent: true });
    const [first] = page.deliveries;
    if (first !== undefined) return first;
    from = page.next;
  }
  return undefined;
}

/** Whether the shard holds messages that entered after the purge; true when a few pages do not show it. */
async function hasNew(service: Using<'shards'>, shard: ShardKey, fromMs: EpochMs): Promise<boolean> {
  let from: DeliveryKey | undefined = keyFrom(fromMs);
  for (let pages = 0; from !== undefined; pages++) {
    if (pages === PAGES_MAX) return true;
    const range = { from, before: KEY_END, limit: JOB_PAGE_LIMIT, isConsistent: true };
    const page = await service.shards.list(shard, range);
    if (page.deliveries.some((delivery) => isNew(delivery, fromMs))) return true;
    from = page.next;
  }
  return false;
}

const isNew = (delivery: Delivery, fromMs: EpochMs): boolean =>
  outstandingIndexes(delivery).some((index) => enteredAtMs(locate(delivery, index).part) >= fromMs);

/** A consumer can make a message visible before its lease ends, so the shard must have no lease. */
async function hasNoLeases(service: Barriers, shard: ShardKey): Promise<boolean> {
  if (!(await passBarrier(service, shard))) return false;
  return (await service.catalog.get('totals', totalsName(shard)))?.value.leased === 0;
}

/** A removed shard is checked for this long. */
const LOOK_MS = 86_400_000;

/**
 * Looks at shards that left their routes within a day, and puts back those that are not empty.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read for each shard removed within a day.
 */
export async function lookAtRemoved(service: Using<'catalog' | 'clock' | 'routes' | 'shards'>): Promise<void> {
  for await (const page of recordPages(service, 'removedShard')) {
    await Promise.all(
      page.map(async ({ name, value, version }) => {
        const [queueId, shard] = name.split('/') as [Queue['id'], ShardId];
        const isLeft = (await firstOf(service, shardKey(queueId, shard))) !== undefined;
        if (isLeft) await putBack(service, queueId, shard);
        else if (service.clock.nowMs() - value.atMs > LOOK_MS) {
          await service.catalog.tryRemove('removedShard', name, version);
        }
      }),
    );
  }
}

async function putBack(service: Queues, queueId: Queue['id'], shard: ShardId): Promise<void> {
  const name = await service.routes.nameOf(queueId);
  if (name === undefined) return;
  await tryChangeRecord(service, 'queue', name, async (queue) => {
    // What a deleted queue left behind is discarded with it.
    if (queue === undefined || queue.id !== queueId || queue.deletedAtMs !== undefined) return queue;
    if (queue.route.shards.some(({ id }) => id === shard)) return queue;
    const back: RouteShard = { id: shard, state: 'draining', sinceMs: service.clock.nowMs() };
    const fromMs = await noteWithPurge(service, queue, back);
    const shards = [...queue.route.shards, fromMs === undefined ? back : { ...back, fromMs }];
    return { ...queue, route: { version: queue.route.version + 1, shards } };
  });
  service.routes.forget(name);
}

/** A shard from before the last purge counts as left behind by it. Returns the time of the purge, if it is noted. */
async function noteWithPurge(service: Using<'catalog'>, queue: Queue, shard: RouteShard): Promise<EpochMs | undefined> {
  if (queue.lastPurge === undefined) return undefined;
  const noted = await changeRecord(service, 'purge', purgeName(queue.id, queue.lastPurge), (purge) => {
    if (purge === undefined || purge.shards.some(({ id }) => id === shard.id)) return purge;
    return { ...purge, shards: [...purge.shards, shard] };
  });
  return noted && purgedAtMs(queue.lastPurge);
}
