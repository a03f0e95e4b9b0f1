import type { EpochMs } from '../../model/brand.ts';
import { type Change, isEntry } from '../../model/change.ts';
import { allIndexes, type Delivery, isOutstanding, locate } from '../../model/delivery.ts';
import { type DeliveryKey, KEY_END, keyFrom, type ShardKey } from '../../model/ids.ts';
import { JOB_PAGE_LIMIT } from '../../model/limits.ts';
import { markMoved } from '../deliveries/index.ts';
import type { Deliveries, Using } from '../service.ts';

/** Deliveries read from the front of a shard in search of the originals; claims take from the front. */
const DELIVERIES_MAX = 5_000;

/**
 * Undoes what a server that died had begun: a claim, or a change of visibility, that put a delivery and did not come
 * to mark the one it takes messages from. Nobody was told of it, so its messages stay where they were. Only for a
 * store that no other process uses, before the first call: what is under way elsewhere looks just the same.
 *
 * @param changes - the last changes of the store: of those that its feed has not been rid of, the newest
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: reads up to 5,000 deliveries of each shard in which something was leased at the end.
 */
export async function undoInterrupted(service: Deliveries, changes: Iterable<Change>): Promise<void> {
  const begun = new Map<ShardKey, Set<DeliveryKey>>();
  for (const change of changes) {
    const { shard, before, after } = change;
    if (before !== undefined || after === undefined || isEntry(change)) continue;
    begun.set(shard, (begun.get(shard) ?? new Set()).add(after.key));
  }
  for (const [shard, keys] of begun) await undoInShard(service, shard, keys);
}

async function undoInShard(service: Deliveries, shard: ShardKey, begun: ReadonlySet<DeliveryKey>): Promise<void> {
  const deliveries = await readFront(service, shard, begun);
  const held = new Set(deliveries.filter(({ key }) => !begun.has(key)).flatMap(outstandingNames));
  // Of several that were begun in turn, the first is the original of the next.
  for (const delivery of deliveries.filter(({ key }) => begun.has(key))) {
    const doubled = allIndexes(delivery).filter(
      (index) => isOutstanding(delivery, index) && held.has(nameAt(delivery, index)),
    );
    if (doubled.length > 0) await markMoved(service, shard, delivery.key, doubled);
    for (const name of outstandingNames(delivery)) held.add(name);
  }
}

/** The front of a shard, and those that were begun, wherever they are. */
async function readFront(
  service: Using<'shards'>,
  shard: ShardKey,
  begun: ReadonlySet<DeliveryKey>,
): Promise<Delivery[]> {
  const found = new Map<DeliveryKey, Delivery>();
  let from: DeliveryKey | undefined = keyFrom(0 as EpochMs);
  while (from !== undefined && found.size < DELIVERIES_MAX) {
    const range = { from, before: KEY_END, limit: JOB_PAGE_LIMIT, isConsistent: true };
    const page = await service.shards.list(shard, range);
    for (const delivery of page.deliveries) found.set(delivery.key, delivery);
    from = page.next;
  }
  for (const key of begun) {
    const delivery = found.get(key) ?? (await service.shards.get(shard, key));
    // Put last: in the order in which they were begun.
    found.delete(key);
    if (delivery !== undefined) found.set(key, delivery);
  }
  return [...found.values()];
}

const outstandingNames = (delivery: Delivery): string[] =>
  allIndexes(delivery).flatMap((index) => (isOutstanding(delivery, index) ? [nameAt(delivery, index)] : []));

/** Tells a message from all others of its shard: by its origin, or by its place in the archive. */
function nameAt(delivery: Delivery, index: number): string {
  const { part, offset } = locate(delivery, index);
  const place =
    part.kind === 'archive' ? `${part.slice.object}#${part.slice.number}` : part.origin.sentAtMs + part.origin.id;
  return `${place}/${part.first + offset}`;
}
