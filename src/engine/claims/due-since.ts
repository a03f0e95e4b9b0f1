import type { EpochMs } from '../../model/brand.ts';
import { dueAtMs } from '../../model/delivery.ts';
import { type DeliveryKey, keyAfter, keyFrom, type ShardKey } from '../../model/ids.ts';
import { HEAD_DELIVERIES } from '../../model/limits.ts';
import type { Page } from '../../ports/shard-store.ts';
import type { Using } from '../service.ts';

/**
 * Since when something has been due in a shard; `undefined`: nothing is. Leases in place may lie in front of it. A
 * claim there would read them, too, but claims come one after another.
 *
 * @remarks Cost: one query, and another one if leases in place lie in front.
 */
export async function dueSinceMs(
  { shards }: Using<'shards'>,
  { shard, fromMs }: { readonly shard: ShardKey; readonly fromMs: EpochMs | undefined },
  { nowMs, isConsistent }: { readonly nowMs: EpochMs; readonly isConsistent: boolean },
): Promise<number | undefined> {
  const before = keyAfter(nowMs);
  let from: DeliveryKey = keyFrom(fromMs ?? (0 as EpochMs));
  for (const limit of [1, HEAD_DELIVERIES]) {
    const page: Page = await shards.list(shard, { from, before, limit, isConsistent });
    const due = page.deliveries.map(dueAtMs).filter((dueMs) => dueMs <= nowMs);
    if (due.length > 0) return Math.min(...due);
    if (page.next === undefined) return undefined;
    from = page.next;
  }
  return nowMs;
}
