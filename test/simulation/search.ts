import { findMessage } from '../../src/engine/index.ts';
import type { MessageId } from '../../src/model/ids.ts';
import type { Deployment } from './world.ts';

/** Small pages, so that a search leaves some out. */
const PAGE_MAX = 1;
const SEARCHES_MAX = 10;

/** By its id a message that waits is found, or the search says that it did not look at everything. */
export async function search(deployment: Deployment, queue: string, waiting: readonly MessageId[]): Promise<void> {
  const { world, auditor } = deployment;
  const { pageMax } = world;
  world.pageMax = PAGE_MAX;
  for (const id of waiting.slice(0, SEARCHES_MAX)) {
    const found = await deployment.call('find', (service) => findMessage(service, { queue, id }));
    if (found.kind !== 'answered') continue;
    if ('searched' in found.answer && found.answer.searched.isComplete)
      auditor.violate('look', `${id} waits in ${queue}, and a complete search does not find it`);
    deployment.count('message' in found.answer ? 'found' : 'search cut');
  }
  world.pageMax = pageMax;
}
