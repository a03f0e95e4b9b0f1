import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, enteredAtMs, isFinished, locate, outstandingIndexes } from '../../model/delivery.ts';
import { type DeliveryKey, KEY_END, keyFrom, type ShardKey } from '../../model/ids.ts';
import { CATALOG_TRIES_MAX, INSTANT_MS_LAST, JOB_PAGE_LIMIT } from '../../model/limits.ts';
import { finishMessages, groupByBlock } from '../archive/index.ts';
import { removeIfFinished } from '../deliveries/index.ts';
import { notePurged } from '../records/index.ts';
import type { Upkeep } from '../service.ts';

/** Deliveries discarded at once: it hides round trips, and leaves the shard room for other calls. */
const DELIVERIES_AT_ONCE = 16;

/** Everything in the shard: its queue is gone. */
export const ALL = INSTANT_MS_LAST as EpochMs;

/** Discards, page by page, what entered a shard before `beforeMs`; returns how many deliveries held such messages. */
export async function discardShard(service: Upkeep, shard: ShardKey, beforeMs: EpochMs): Promise<number> {
  let found = 0;
  let from: DeliveryKey | undefined = keyFrom(0 as EpochMs);
  while (from !== undefined) {
    const page = await service.shards.list(shard, {
      from,
      before: KEY_END,
      limit: JOB_PAGE_LIMIT,
      isConsistent: true,
    });
    for (let start = 0; start < page.deliveries.length; start += DELIVERIES_AT_ONCE) {
      const some = page.deliveries.slice(start, start + DELIVERIES_AT_ONCE);
      const had = await Promise.all(some.map((delivery) => discardDelivery(service, shard, { delivery, beforeMs })));
      found += had.filter((isFound) => isFound).length;
    }
    from = page.next;
  }
  return found;
}

/**
 * Notes purged messages in block progress or on their holds, then marks them on the delivery, and removes it last: a
 * crash repeats steps and loses nothing. Returns whether there was anything to do.
 */
async function discardDelivery(
  service: Upkeep,
  shard: ShardKey,
  what: { readonly delivery: Delivery; readonly beforeMs: EpochMs },
): Promise<boolean> {
  const isQueueGone = what.beforeMs === ALL;
  let delivery: Delivery | undefined = what.delivery;
  for (let tries = 0; delivery !== undefined && tries < CATALOG_TRIES_MAX; tries++) {
    const seen: Delivery = delivery;
    const purged = outstandingIndexes(seen).filter((index) => enteredAtMs(locate(seen, index).part) < what.beforeMs);
    // No receipt finds its way in a queue that is gone, so nothing finished has to stay for one.
    const remove = (finished: Delivery) =>
      isQueueGone
        ? service.shards.tryRemove(shard, finished.key, { edition: finished.edition })
        : removeIfFinished(service, shard, finished);
    if (purged.length === 0) {
      if (isFinished(seen)) await remove(seen);
      return isQueueGone || tries > 0;
    }
    await finishMessages(service, groupByBlock([{ delivery: seen, indexes: purged }]));
    await notePurged(service, seen, purged);
    const marked = await service.shards.tryMark(shard, seen.key, { moved: purged, purged }, { edition: seen.edition });
    if (marked.outcome === 'done') {
      if (isFinished(marked.now)) await remove(marked.now);
      return true;
    }
    delivery = marked.outcome === 'refused' ? marked.now : await service.shards.get(shard, seen.key);
  }
  return true;
}
