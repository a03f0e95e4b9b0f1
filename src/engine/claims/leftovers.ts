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
  // A cancelled rewind removes it itself: until its hold says what was withdrawn, only the marks do.
  if (delivery.withdrawn.size === 0) await removeFinished(service, shard, delivery);
}
