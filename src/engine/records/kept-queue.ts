import type { QueueId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import type { Using } from '../service.ts';

/**
 * The queue of that id while anything of it is kept: it lives, or was deleted and is not discarded yet. What decides
 * about messages for good asks this, since a deleted queue may be restored.
 * @remarks Cost: as `RouteCache.getById`; for a queue that does not live one catalog read more.
 */
export async function keptQueue(service: Using<'catalog' | 'routes'>, id: QueueId): Promise<Queue | undefined> {
  return (await service.routes.getById(id)) ?? (await service.catalog.get('deletedQueue', id))?.value;
}
