import type { EpochMs } from '../../model/brand.ts';
import { claimableIndexes, type Delivery, isFinished, locate, retainedSinceMs } from '../../model/delivery.ts';
import { type DeliveryKey, keyAfter, keyFrom, type ShardKey, shardKey } from '../../model/ids.ts';
import { JOB_PAGE_LIMIT } from '../../model/limits.ts';
import { expiredTo, type Queue } from '../../model/queue.ts';
import { receivableShards } from '../../model/route.ts';
import { removeIfFinished } from '../deliveries/index.ts';
import type { Candidate } from '../memory/index.ts';
import { everyQueue } from '../records/index.ts';
import type { Barriers, Deliveries } from '../service.ts';

/** Deliveries marked at once: it hides round trips, and leaves the shard room for other calls. */
const DELIVERIES_AT_ONCE = 16;

/** What lies in a shard, and how old it may be. */
interface ExpiringShard {
  readonly shard: ShardKey;
  readonly fromMs: EpochMs | undefined;
  /** Messages that came at this moment or before are too old. */
  readonly expiredToMs: EpochMs;
}

/**
 * Consumes, in the background, messages that have outlived the retention of their queue, if one is set. They are acked
 * where they lie, and so archived and counted like all others. Safe to run twice at once.
 *
 * Deliveries that became visible before the retention began are certainly too old, and all of them are read. Deliveries
 * that were received and given back since then may be: one page of them is read, and the rest when they are claimed.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: the list of queues; for those with a retention one page a shard, and two write units for each
 * delivery that has expired.
 * @see docs/decisions/0010-retention-acks.md
 */
export async function expireDue(service: Barriers): Promise<void> {
  // Before the queues are read: a retention that is removed while this runs must not go on.
  const nowMs = service.clock.nowMs();
  for await (const { value } of everyQueue(service)) await expireQueue(service, value, nowMs);
}

async function expireQueue(service: Deliveries, { id, route, settings }: Queue, nowMs: EpochMs): Promise<void> {
  const expiredToMs = expiredTo(settings, nowMs);
  if (expiredToMs === undefined) return;
  for (const { id: shardId, fromMs } of receivableShards(route, nowMs)) {
    const expiring = { shard: shardKey(id, shardId), fromMs, expiredToMs };
    let from: DeliveryKey | undefined = keyFrom(fromMs ?? (0 as EpochMs));
    while (from !== undefined) from = await expirePage(service, expiring, { from, before: keyAfter(expiredToMs) });
    await expirePage(service, expiring, { from: keyAfter(expiredToMs), before: keyAfter(nowMs) });
  }
}

/** Returns where the range continues. */
async function expirePage(
  service: Deliveries,
  { shard, fromMs, expiredToMs }: ExpiringShard,
  range: { readonly from: DeliveryKey; readonly before: DeliveryKey },
): Promise<DeliveryKey | undefined> {
  const page = await service.shards.list(shard, { ...range, limit: JOB_PAGE_LIMIT, isConsistent: false });
  const nowMs = service.clock.nowMs();
  const candidates = page.deliveries.map((delivery) => ({
    delivery,
    indexes: claimableIndexes(delivery, nowMs, fromMs),
  }));
  for (let start = 0; start < candidates.length; start += DELIVERIES_AT_ONCE) {
    await withoutExpired(service, shard, {
      candidates: candidates.slice(start, start + DELIVERIES_AT_ONCE),
      expiredToMs,
    });
  }
  return page.next;
}

/**
 * Candidates of a claim without the messages that are too old, which are acked on the way. A delivery that was changed
 * meanwhile is left out: another process has it.
 * @remarks Cost: one update for each delivery that holds such messages, and its removal when nothing else is in it.
 */
export async function withoutExpired(
  service: Deliveries,
  shard: ShardKey,
  of: { readonly candidates: readonly Candidate[]; readonly expiredToMs: EpochMs },
): Promise<Candidate[]> {
  const live = await Promise.all(of.candidates.map((one) => expireOne(service, shard, one, of.expiredToMs)));
  return live.flat();
}

async function expireOne(
  service: Deliveries,
  shard: ShardKey,
  candidate: Candidate,
  expiredToMs: EpochMs,
): Promise<Candidate[]> {
  const { delivery, indexes } = candidate;
  const expired = indexes.filter((index) => isExpired(delivery, index, expiredToMs));
  if (expired.length === 0) return [candidate];
  const { key, edition } = delivery;
  const marked = await service.shards.tryMark(shard, key, { acked: expired }, { edition });
  if (marked.outcome !== 'done') return [];
  if (isFinished(marked.now)) await removeIfFinished(service, shard, marked.now);
  const rest = indexes.filter((index) => !expired.includes(index));
  return rest.length === 0 ? [] : [{ delivery: marked.now, indexes: rest }];
}

const isExpired = (delivery: Delivery, index: number, expiredToMs: EpochMs): boolean =>
  retainedSinceMs(locate(delivery, index).part) <= expiredToMs;
