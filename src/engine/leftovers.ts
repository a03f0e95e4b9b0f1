import type { EpochMs } from '../model/brand.ts';
import { allIndexes, type Delivery, outstandingIndexes } from '../model/delivery.ts';
import { DELIVERY_ID_LENGTH, type DeliveryId, deliveryKey, type ShardKey } from '../model/ids.ts';
import { OVERDUE_LEASES_MAX, RETIME_AHEAD_MS_MIN, RETIMES_PER_CLAIM_MAX } from '../model/limits.ts';
import type { Leftovers } from './due-shard.ts';
import { markMoved } from './marking.ts';
import { removeFinished } from './redirects.ts';
import type { QueueService } from './service.ts';

/**
 * Puts a shard's front in order after a look: removes what is finished, and moves extended leases later when many of
 * them stand before nothing claimable, so that later looks do not read them again.
 *
 * @remarks Cost: one conditional removal for each finished delivery; for each of at most 4 moved leases one put, one
 * update, one removal and one ledger item.
 */
export async function clearLeftovers(
  service: QueueService,
  shard: ShardKey,
  seen: { readonly leftovers: Leftovers; readonly hasCandidates: boolean },
): Promise<void> {
  const { finished, overdue } = seen.leftovers;
  await Promise.all(finished.map((delivery) => removeMet(service, shard, delivery)));
  if (seen.hasCandidates || overdue.length <= OVERDUE_LEASES_MAX) return;
  await Promise.all(overdue.slice(0, RETIMES_PER_CLAIM_MAX).map((delivery) => retime(service, shard, delivery)));
}

async function removeMet(service: QueueService, shard: ShardKey, delivery: Delivery): Promise<void> {
  // A cancelled rewind removes it itself: until its hold says what was withdrawn, only the marks do.
  if (delivery.withdrawn.size === 0) await removeFinished(service, shard, delivery);
}

/** Renames a lease: a copy with the same indexes stands at the first moment at which one of its messages comes due. */
async function retime(service: QueueService, shard: ShardKey, old: Delivery): Promise<void> {
  const deadlines = outstandingIndexes(old).map((index) => old.hidden.get(index) ?? 0);
  const atMs = Math.max(service.clock.nowMs() + RETIME_AHEAD_MS_MIN, Math.min(...deadlines)) as EpochMs;
  const key = deliveryKey(atMs, service.random.text(DELIVERY_ID_LENGTH) as DeliveryId);
  const { replacedBy: _, ...kept } = old;
  const [put] = await service.shards.put([{ shard, delivery: { ...kept, key, edition: 0 } }]);
  if (put !== 'stored') return;
  const everything = allIndexes(old);
  const change = { moved: everything, replacedBy: key };
  const marked = await service.shards.tryMark(shard, old.key, change, { edition: old.edition });
  if (marked.outcome === 'done') await removeFinished(service, shard, marked.now);
  else if (marked.outcome === 'refused') await markMoved(service, shard, key, everything);
}
