import type { EpochMs } from '../../model/brand.ts';
import type { Delivery } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type DeliveryKey, type ShardKey, visibleAtMs } from '../../model/ids.ts';
import { LEDGER_KEEP_MS } from '../../model/limits.ts';
import type { Redirect } from '../../ports/ledger.ts';
import type { Deliveries, Using } from '../service.ts';

/**
 * Removes a finished delivery as it was seen. If receipts find their way by it, a redirect is noted first; where that
 * fails, it stays for the claim that meets it.
 *
 * @remarks Cost: one conditional removal, and a ledger item if messages of it went elsewhere by a change of visibility.
 */
export async function removeFinished(service: Deliveries, shard: ShardKey, seen: Delivery): Promise<void> {
  if (seen.forward.size > 0) {
    try {
      await noteRedirect(service, shard, seen.key, seen.forward);
    } catch (error) {
      if (error instanceof QueueError) return;
      throw error;
    }
  }
  await service.shards.tryRemove(shard, seen.key, { edition: seen.edition });
}

/** Notes where the messages of a delivery went. The note is kept for two days after the last of their visible times. */
export async function noteRedirect(
  service: Using<'clock' | 'ledger'>,
  shard: ShardKey,
  from: DeliveryKey,
  to: Redirect,
): Promise<void> {
  const untilMs = Math.max(service.clock.nowMs(), ...[...to.values()].map(({ key }) => visibleAtMs(key)));
  await service.ledger.addRedirect(shard, from, to, (untilMs + LEDGER_KEEP_MS) as EpochMs);
}
