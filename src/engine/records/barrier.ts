import type { EpochMs } from '../../model/brand.ts';
import { newDelivery } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type DeliveryKey, newDeliveryKey, type ShardKey, shardKey } from '../../model/ids.ts';
import { BARRIER_WAIT_MS_MAX, PASSAGE_KEPT_MS } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import type { BarrierStep, Passage, ShardTotals } from '../../model/totals.ts';
import type { Barriers, Using } from '../service.ts';
import { shardsOffRoute } from './purge-records.ts';

/** A rewind waits this long for the feed. */
const FEED_WAIT_MS_MAX = 5 * 60_000;
/** The first pause before a look at the feed, in milliseconds: a local feed passes a barrier that fast. */
const FIRST_PAUSE_MS = 2;
/** The longest pause, in milliseconds: a stream of AWS is about this late. */
const PAUSE_MS_MAX = 200;

/** A delivery without messages in a shard, which tells how far the shard's feed has come. */
export interface Barrier {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
}

/**
 * Waits until the feed has passed this moment in all shards of a queue, purged ones included. Every message that was
 * consumed before is then archived.
 *
 * @throws QueueError `Unavailable` when the feed lags by minutes; `Throttled`
 * @remarks Cost: four write units for each barrier, which is one a shard where a shard has one feed and eleven on
 * DynamoDB, and a ledger read for each look.
 * @see docs/decisions/0020-a-row-of-barriers.md
 */
export async function passBarriers(service: Barriers, queue: Queue): Promise<void> {
  const untilMs = service.clock.nowMs() + FEED_WAIT_MS_MAX;
  const ids = [...queue.route.shards.map(({ id }) => id), ...(await shardsOffRoute(service, queue))];
  let left = ids.map((id) => shardKey(queue.id, id));
  for (let nowMs = service.clock.nowMs(); left.length > 0 && nowMs < untilMs; nowMs = service.clock.nowMs()) {
    const timesMs = service.shards.barrierOffsetsMs.map((offsetMs) => Math.max(0, nowMs + offsetMs) as EpochMs);
    // Barriers are put once: more of them would slow down a feed that lags.
    const wait = { timesMs, waitMs: untilMs - nowMs };
    const passed = await Promise.all(left.map((shard) => passInShard(service, shard, wait)));
    left = left.filter((_, index) => passed[index] !== true);
    if (left.length > 0) await service.clock.sleep(PAUSE_MS_MAX);
  }
  if (left.length === 0) return;
  throw new QueueError('Unavailable', 'the change feed lags by minutes; what was deleted is not all archived yet');
}

/**
 * Waits until the feed has passed this moment in a shard, by putting an empty delivery and taking it away again.
 *
 * @param atMs - time of the key it is about, in milliseconds; by default now
 * @returns false when the feed lags so much that the wait was given up
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: four write units, and a ledger read for each look.
 */
export async function passBarrier(
  service: Barriers,
  shard: ShardKey,
  atMs: EpochMs = service.clock.nowMs(),
): Promise<boolean> {
  return await passInShard(service, shard, { timesMs: [atMs], waitMs: BARRIER_WAIT_MS_MAX });
}

interface BarrierWait {
  readonly timesMs: readonly EpochMs[];
  readonly waitMs: number;
}

/** False when not all could be put, or not all were passed in time. */
async function passInShard(service: Barriers, shard: ShardKey, { timesMs, waitMs }: BarrierWait): Promise<boolean> {
  const untilMs = (service.clock.nowMs() + waitMs) as EpochMs;
  const places = timesMs.map((atMs) => ({ shard, atMs }));
  const barriers = newBarriers(service, places);
  const isPut = await putBarriers(service, barriers);
  await removeBarriers(service, barriers);
  return isPut && (await passages(service, barriers, { step: 'put', untilMs })) !== undefined;
}

/** Barriers at times of keys, in milliseconds; they are not stored yet. */
export const newBarriers = (
  service: Using<'random'>,
  places: readonly { readonly shard: ShardKey; readonly atMs: EpochMs }[],
): Barrier[] =>
  places.map(({ shard, atMs }) => {
    const key = newDeliveryKey(atMs, service.random);
    return { shard, key };
  });

/** False unless all are stored. @remarks Cost: a write unit each. */
export async function putBarriers(service: Using<'shards'>, barriers: readonly Barrier[]): Promise<boolean> {
  const puts = await service.shards.put(
    barriers.map(({ shard, key }) => ({ shard, delivery: newDelivery(key, 0, { parts: [] }) })),
  );
  return puts.every((put) => put === 'stored');
}

/** False unless this call removed each of them. @remarks Cost: a write unit each. */
export async function removeBarriers(service: Using<'shards'>, barriers: readonly Barrier[]): Promise<boolean> {
  const removed = await Promise.all(barriers.map(({ shard, key }) => service.shards.tryRemove(shard, key, {})));
  return removed.every(({ outcome }) => outcome === 'done');
}

/**
 * The totals of each shard where its feed met the barrier, in order; `undefined` when the time is over before all did.
 * @throws QueueError `Throttled`, `Unavailable`
 */
export async function passages(
  service: Using<'clock' | 'ledger'>,
  barriers: readonly Barrier[],
  { step, untilMs }: { readonly step: BarrierStep; readonly untilMs: EpochMs },
): Promise<ShardTotals[] | undefined> {
  const found = new Map<Barrier, ShardTotals>();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    const missing = barriers.filter((barrier) => !found.has(barrier));
    await Promise.all(
      missing.map(async (barrier) => {
        const text = await service.ledger.passage(barrier.shard, barrier.key, step);
        if (text !== undefined) found.set(barrier, JSON.parse(text) as ShardTotals);
      }),
    );
    if (found.size === barriers.length) return barriers.map((barrier) => found.get(barrier) as ShardTotals);
    if (service.clock.nowMs() > untilMs) return undefined;
    await service.clock.sleep(pauseMs);
  }
}

/** Notes which barriers the feed has passed. The first note stays: a repeated batch would note later totals. */
export async function notePassages(
  service: Using<'clock' | 'ledger'>,
  shard: ShardKey,
  passed: readonly Passage[],
): Promise<void> {
  const keepUntilMs = (service.clock.nowMs() + PASSAGE_KEPT_MS) as EpochMs;
  await Promise.all(
    passed.map(({ key, step, totals }) =>
      service.ledger.addPassage({ shard, key, step, text: JSON.stringify(totals), keepUntilMs }),
    ),
  );
}
