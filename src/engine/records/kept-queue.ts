import type { QueueId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import type { Using } from '../service.ts';

/**
 * The queue of that id while anything of it is kept: it exists, or was deleted and is not discarded yet. Steps that
 * cannot be undone ask this, because a deleted queue may be restored.
 * @remarks Cost: as `RouteCache.getById`; for a queue that does not live one catalog read more.
 */
export async function keptQueue(service: Using<'catalog' | 'routes'>, id: QueueId): Promise<Queue | undefined> {
  return (await service.routes.getById(id)) ?? (await service.catalog.get('deletedQueue', id))?.value;
}
