import { type QueueId, SHARD_NUMBERS, type ShardId, shardId, shardKey, shardNumber } from '../../model/ids.ts';
import type { Queue } from '../../model/queue.ts';
import { isUntouched, totalsName } from '../../model/totals.ts';
import type { NewQueues, Records, Using } from '../service.ts';
import { purgesOf } from './purge-records.ts';
import { removedShardsOf } from './removed-shards.ts';

/** Numbers that are checked in search of free ones, beyond the number that is wanted. */
const LOOKS_MAX = 256;

/**
 * The queue with `count` numbers for new shards from its next one on. When all numbers have been used, numbers are used
 * again whose shards never held a message, so that no delivery, total, hold or archive names them, and that no route,
 * purge or note names any more.
 *
 * @returns `undefined` when there are no such numbers where it looked, from a random one on
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: none for the first 262,144 shards of a queue; then one read for each number and cell.
 */
export async function withFreeNumbers(service: NewQueues, queue: Queue, count: number): Promise<Queue | undefined> {
  if (queue.isNumberedAgain !== true && queue.nextShardNumber + count <= SHARD_NUMBERS) return queue;
  const named = new Set((await namedShards(service, queue)).map(shardNumber));
  const isFree = async (number: number) => !named.has(number) && (await isUnused(service, queue.id, number));
  let first = Math.floor(service.random.next() * (SHARD_NUMBERS - count));
  let length = 0;
  for (let looks = 0; looks < LOOKS_MAX + count && length < count; looks++) {
    if (first + count > SHARD_NUMBERS) first = 0;
    if (await isFree(first + length)) length++;
    else {
      first += length + 1;
      length = 0;
    }
  }
  return length === count ? { ...queue, nextShardNumber: first, isNumberedAgain: true } : undefined;
}

/** Shards that a record still names: on the route, in a purge, or taken off the route within a day. */
async function namedShards(service: Records, queue: Queue): Promise<ShardId[]> {
  return [
    ...queue.route.shards.map(({ id }) => id),
    ...(await purgesOf(service, queue)).flatMap(({ shards }) => shards.map(({ id }) => id)),
    ...(await removedShardsOf(service, queue.id)),
  ];
}

/** Whether no message ever lay in a shard of that number, in any cell that a new shard may come into. */
async function isUnused(service: Using<'catalog' | 'settings'>, queue: QueueId, number: number): Promise<boolean> {
  const totals = await Promise.all(
    service.settings.cells.map((cell) =>
      service.catalog.get('totals', totalsName(shardKey(queue, shardId(cell, number)))),
    ),
  );
  return totals.every((stored) => stored === undefined || isUntouched(stored.value));
}
