import type { ShardId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import type { QueueService } from '../service.ts';

/** Notes, before nothing else names a shard any more, that it is to be looked at for a day. */
export async function noteRemoval(service: QueueService, queue: Queue, shard: ShardId): Promise<void> {
  const name = `${queue.id}/${shard}`;
  const noted = await service.catalog.get('removedShard', name);
  const note = { atMs: service.clock.nowMs() };
  await service.catalog.tryPut('removedShard', name, note, noted?.version ?? 0);
}
