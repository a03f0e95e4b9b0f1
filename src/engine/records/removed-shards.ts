import type { QueueId, ShardId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import type { Records } from '../service.ts';
import { changeRecord } from './change-record.ts';
import { everyRecord } from './every-record.ts';

/** Notes, before the last record that names a shard loses it, that the shard is to be looked at for a day. */
export async function noteRemoval(service: Records, queue: Queue, shard: ShardId): Promise<void> {
  const note = { atMs: service.clock.nowMs() };
  await changeRecord(service, 'removedShard', `${queue.id}/${shard}`, () => note);
}

/** Shards that were taken off the route of a queue within a day: a message may still be on its way into them. */
export async function removedShardsOf(service: Records, queueId: QueueId): Promise<ShardId[]> {
  const prefix = `${queueId}/`;
  const shards: ShardId[] = [];
  for await (const { name } of everyRecord(service, 'removedShard', { prefix })) {
    shards.push(name.slice(prefix.length) as ShardId);
  }
  return shards;
}
