import type { ShardId } from '../../model/ids.ts';
import type { Purge } from '../../model/purge.ts';
import type { Queue } from '../../model/queue.ts';
import type { Records } from '../service.ts';
import { everyRecord } from './every-record.ts';

/** What is noted of the purges of a queue, oldest first. @remarks Cost: none for a queue that was never purged */
export async function purgesOf(service: Records, queue: Pick<Queue, 'id' | 'lastPurge'>): Promise<Purge[]> {
  if (queue.lastPurge === undefined) return [];
  const purges: Purge[] = [];
  for await (const { value } of everyRecord(service, 'purge', { prefix: `${queue.id}/` })) purges.push(value);
  return purges;
}

/**
 * Shards that purges left behind and that the route no longer names. Nothing in them is received, but consumers that
 * held a message at the purge may still delete it.
 */
export async function shardsOffRoute(service: Records, queue: Queue): Promise<ShardId[]> {
  const onRoute = new Set(queue.route.shards.map(({ id }) => id));
  const purges = await purgesOf(service, queue);
  const purged = new Set(purges.flatMap(({ shards }) => shards.map(({ id }) => id)));
  return [...purged].filter((id) => !onRoute.has(id));
}
