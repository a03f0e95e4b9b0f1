import type { Delivery } from '../../model/delivery.ts';
import type { ShardKey } from '../../model/ids.ts';
import { removeFinished } from '../deliveries/index.ts';
import type { Leftovers } from '../memory/index.ts';
import type { Deliveries } from '../service.ts';

/**
 * Removes the finished deliveries that a look met, so that the next one does not read them again.
 * @remarks Cost: one conditional removal for each, and a ledger item where receipts found their way by it.
 */
export async function clearLeftovers(service: Deliveries, shard: ShardKey, finished: Leftovers): Promise<void> {
  await Promise.all(finished.map((delivery) => removeMet(service, shard, delivery)));
}

async function removeMet(service: Deliveries, shard: ShardKey, delivery: Delivery): Promise<void> {
  // A cancelled rewind removes its delivery itself: until the hold lists the withdrawn messages, only these marks do.
  if (delivery.withdrawn.size === 0) await removeFinished(service, shard, delivery);
}
