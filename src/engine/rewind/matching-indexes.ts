import { locate, messageIdAt } from '../../model/delivery.ts';
import { matchesFilter, type RewindJob } from '../../model/rewind.ts';
import { identityOf, readContents } from '../deliveries/index.ts';
import type { Candidate } from '../memory/index.ts';
import type { Contents } from '../service.ts';

/**
 * The messages of a candidate that a redrive asks for, by their attributes and ids.
 * @remarks Cost: none for a redrive of all; else the blocks of what may be meant. Ids alone rule out most deliveries.
 */
export async function matchingIndexes(
  service: Contents,
  { filter, redrive }: RewindJob,
  { delivery, indexes }: Candidate,
): Promise<readonly number[]> {
  const ids = redrive?.ids === undefined ? undefined : new Set(redrive.ids);
  if (filter === undefined && ids === undefined) return indexes;
  const possible = indexes.filter((index) => {
    const id = messageIdAt(delivery, index);
    // Only its slice knows the id of an archived message.
    return ids === undefined || id === undefined || ids.has(id);
  });
  if (possible.length === 0) return possible;
  const [contents = []] = await readContents(service, [{ delivery, indexes: possible }]);
  return possible.filter((index, position) => {
    const content = contents[position];
    if (typeof content !== 'object' || !matchesFilter(content.attributes, filter)) return false;
    const { part, offset } = locate(delivery, index);
    return ids === undefined || ids.has(identityOf(part, offset, content).id);
  });
}
