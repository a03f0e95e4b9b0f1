import type { Delivery } from '../../model/delivery.ts';
import { type BlockId, blockId } from '../../model/ids.ts';
import type { Using } from '../service.ts';

/** Messages of blocks that were archived or purged, though a delivery may still name them. */
export type BlockProgress = ReadonlyMap<BlockId, ReadonlySet<number>>;

/**
 * What is noted of the blocks that leases name whose messages were leased before: only those can have been consumed
 * elsewhere.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one ledger read for each block.
 */
export async function readProgress(service: Using<'ledger'>, leases: readonly Delivery[]): Promise<BlockProgress> {
  const parts = leases.filter(({ receiveCount }) => receiveCount > 1).flatMap((lease) => lease.parts);
  const ids = new Set(parts.flatMap((part) => (part.kind === 'block' ? [blockId(part.origin)] : [])));
  return new Map(await Promise.all([...ids].map(async (id) => [id, await service.ledger.progress(id)] as const)));
}
