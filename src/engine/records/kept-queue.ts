import type { QueueId } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import type { Using } from '../service.ts';

/**
 * The queue of that id while anything of it is kept: it exists, or was deleted and is not discarded yet. Steps that
 * cannot be undone ask this, because a deleted queue may be restored.
 * @remarks Cost: as `RouteCache.getById`; for a queue that does not live one catalog read more, and for one that is
 * gone the cost of `getById` again.
 */
export async function keptQueue(service: Using<'catalog' | 'routes'>, id: QueueId): Promise<Queue | undefined> {
  const { catalog, routes } = service;
  const known = (await routes.getById(id)) ?? (await catalog.get('deletedQueue', id))?.value;
  // A restore between the two reads hides the queue from both. It removes the note last, so the queue is found now.
  return known ?? (await routes.getById(id));
}
