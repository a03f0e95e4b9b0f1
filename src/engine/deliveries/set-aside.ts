import { payloadObjectName } from '../../model/block.ts';
import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, newDelivery, type Part, slicedParts } from '../../model/delivery.ts';
import { blockId, newDeliveryKey, queueOfShard, type ShardKey } from '../../model/ids.ts';
import { SET_ASIDE_MS } from '../../model/limits.ts';
import type { NewDeliveries, Using } from '../service.ts';
import { markMoved } from './mark-repeatedly.ts';

/**
 * Sets damaged messages of a lease aside: a delivery whose time never comes takes them over. No receive meets them
 * again; counts and looks show them, and a purge takes them. The delivery is put first and the lease marked then: a
 * crash in between sets them aside twice.
 *
 * @remarks Cost: one put and one update for each lease, and its removal when it is finished.
 * @see docs/decisions/0040-damaged-messages-are-set-aside.md
 */
export async function setAside(
  service: NewDeliveries & Using<'onDamage'>,
  shard: ShardKey,
  what: { readonly lease: Delivery; readonly indexes: readonly number[] },
): Promise<void> {
  const { lease, indexes } = what;
  const parts = slicedParts(lease, indexes);
  const key = newDeliveryKey(SET_ASIDE_MS as EpochMs, service.random);
  const isInline = lease.payload !== undefined && parts.some(({ kind }) => kind === 'inline');
  // The whole payload: a damaged one cannot be cut.
  const content = isInline ? { parts, payload: lease.payload } : { parts };
  const [put] = await service.shards.put([{ shard, delivery: newDelivery(key, lease.receiveCount, content) }]);
  // The end of the lease brings them here again.
  if (put !== 'stored') return;
  await markMoved(service, shard, lease.key, indexes);
  const queueId = queueOfShard(shard);
  for (const part of parts) service.onDamage?.({ queueId, what: damageOf(part, lease), messageCount: part.count });
}

/** What is wrong with messages of a part that cannot be read. */
export const damageOf = (part: Part, delivery: Pick<Delivery, 'key'>): string =>
  `${locationOf(part, delivery)} is damaged or missing`;

/** Where the messages of a part lie, as an operator can look for it. */
export function locationOf(part: Part, { key }: Pick<Delivery, 'key'>): string {
  if (part.kind === 'inline') return `delivery ${key}`;
  if (part.kind === 'archive') return `${part.slice.object}, slice ${part.slice.number}`;
  const id = blockId(part.origin);
  return part.isOffloaded === true ? payloadObjectName(id) : `block ${id}`;
}
