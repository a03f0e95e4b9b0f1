import type { Change } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { ShardKey } from '../model/ids.ts';
import { countChanges, EMPTY_TOTALS, type Telling, totalsName } from '../model/totals.ts';
import {
  consumptionOf,
  finishMessages,
  groupByBlock,
  readConsumed,
  readNoted,
  splitBySize,
  writeArchive,
} from './archive/index.ts';
import { changeRecord, followHeld, notePassages } from './records/index.ts';
import type { Archiving, Using } from './service.ts';

/**
 * Follows the change feed: archives what was consumed, removes its blocks, and counts. Step 4 of the road.
 *
 * - reads: stream of acks and removals, their blocks
 * - puts, then removes or marks: puts an archive object with its index; then removes finished blocks, then counts
 * - when it goes wrong: batch seen twice: changes nothing
 *
 * @param changes - a batch in the order of the feed, perhaps seen before
 * @param telling - whether the batch comes from the feed, or is a replay of one that the feed had given up
 * @throws QueueError `Throttled`, `Unavailable`: the batch must be given again
 * @remarks Cost: one object for each 4 MB; the removal of each finished block; one ledger read for each block consumed
 * in part, and one unit unless the batch finishes it alone; one unit for each shard in the batch, and two for each
 * barrier.
 */
export async function archive(
  service: Archiving,
  changes: readonly Change[],
  telling: Telling = 'inOrder',
): Promise<void> {
  // All objects of the batch are stored before anything is cleaned up: a message leaves only after it is archived.
  const noted = await readNoted(service, changes);
  for (const some of splitBySize(changes)) await writeArchive(service, await readConsumed(service, some, noted));
  await finishMessages(service, groupByBlock(changes.flatMap(consumptionOf)), noted);
  await followHeld(service, changes);
  const byShard = groupBy(changes, ({ shard }) => shard);
  await Promise.all([...byShard].map(([shard, some]) => addToTotals(service, shard, { changes: some, telling })));
}

/** Of several writers one wins. The others read again, and count the batch unless it is counted by then. */
async function addToTotals(
  service: Using<'catalog' | 'clock' | 'ledger'>,
  shard: ShardKey,
  { changes, telling }: { readonly changes: readonly Change[]; readonly telling: Telling },
): Promise<void> {
  await changeRecord(service, 'totals', totalsName(shard), async (totals) => {
    const { record, passages } = countChanges(totals ?? EMPTY_TOTALS, changes, telling);
    // Before the totals include the batch: a repeat of it would take later totals for those at the barrier.
    await notePassages(service, shard, passages);
    return record === EMPTY_TOTALS ? totals : record;
  });
}
