import type { Delivery } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import type { ShardKey } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { moveMessages } from '../deliveries/index.ts';
import type { Moves } from '../service.ts';

/**
 * Moves messages that only this claim holds from their lease into the dead-letter queue: puts them there first, then
 * marks them here. While that queue takes none, they stay on the lease, and its end brings them back.
 *
 * @returns false when there is no dead-letter queue: consumers still receive the messages
 * @remarks Cost: see `moveMessages`.
 */
export async function deadLetter(
  service: Moves,
  from: { readonly queue: Queue; readonly shard: ShardKey },
  what: { readonly lease: Delivery; readonly indexes: readonly number[] },
): Promise<boolean> {
  const name = from.queue.settings.deadLetter?.queue;
  if (name === undefined) return false;
  try {
    const outcome = await moveMessages(service, {
      ...what,
      from: from.shard,
      into: { name },
      change: { moved: what.indexes, deadLettered: what.indexes },
      carry: { deadLetteredFrom: from.queue.id },
    });
    return outcome !== 'gone';
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    return true;
  }
}
