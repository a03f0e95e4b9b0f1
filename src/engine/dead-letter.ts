import type { Delivery } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import type { ShardKey } from '../model/ids.ts';
import type { Queue } from '../model/queue.ts';
import { moveMessages } from './move-messages.ts';
import type { HeldQueue } from './route-cache.ts';
import type { QueueService } from './service.ts';

/**
 * Moves messages of a lease that this claim alone holds into the dead-letter queue: put there first, with receive
 * count 0, then marked here.
 *
 * @returns false when there is no dead-letter queue, or none that takes messages: they stay on the lease
 * @remarks Cost: one put and one update for each lease.
 */
export async function deadLetter(
  service: QueueService,
  from: { readonly queue: Queue; readonly shard: ShardKey },
  what: { readonly lease: Delivery; readonly indexes: readonly number[] },
): Promise<boolean> {
  const target = await findTarget(service, from.queue);
  if (target === undefined || !service.routes.isUsable(target)) return false;
  return await moveMessages(service, {
    ...what,
    from: from.shard,
    into: target.queue,
    change: { moved: what.indexes, deadLettered: what.indexes },
    carry: { deadLetteredFrom: from.queue.id },
  });
}

async function findTarget(service: QueueService, queue: Queue): Promise<HeldQueue | undefined> {
  const name = queue.settings.deadLetter?.queue;
  if (name === undefined) return undefined;
  try {
    return await service.routes.get(name);
  } catch (error) {
    if (error instanceof QueueError) return undefined;
    throw error;
  }
}
