import { payloadObjectName } from '../../model/block.ts';
import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, slicedParts } from '../../model/delivery.ts';
import { type BlockId, blockId } from '../../model/ids.ts';
import { LEDGER_KEEP_MS } from '../../model/limits.ts';
import type { Using } from '../service.ts';

/** Messages of one block that are archived or purged. */
export interface FinishedMessages {
  readonly id: BlockId;
  readonly blockCount: number;
  readonly isOffloaded: boolean;
  /** All of it at once, the usual case. */
  readonly isWhole: boolean;
  /** Indexes within the block, where it is not whole. */
  readonly indexes: ReadonlySet<number>;
}

interface OpenGroup extends FinishedMessages {
  isWhole: boolean;
  readonly indexes: Set<number>;
}

/** Groups messages of deliveries by the block they live in; inline ones live in none. */
export function groupByBlock(
  selections: readonly { readonly delivery: Delivery; readonly indexes: readonly number[] }[],
): FinishedMessages[] {
  const groups = new Map<BlockId, OpenGroup>();
  for (const { delivery, indexes } of selections) {
    for (const part of slicedParts(delivery, indexes)) {
      if (part.kind !== 'block') continue;
      const id = blockId(part.origin);
      const { blockCount, isOffloaded = false } = part;
      const group = groups.get(id) ?? { id, blockCount, isOffloaded, isWhole: false, indexes: new Set<number>() };
      groups.set(id, group);
      if (part.count === blockCount) group.isWhole = true;
      else for (let offset = 0; offset < part.count; offset++) group.indexes.add(part.first + offset);
    }
  }
  return [...groups.values()];
}

/**
 * Removes blocks whose messages are all archived or purged, and notes the others in block progress. A block taken as
 * a whole, the usual case, needs no progress. Repeating changes nothing.
 *
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 * @remarks Cost: the removal of each finished block; one ledger unit for each part of a split one.
 */
export async function finishMessages(
  service: Using<'clock' | 'ledger' | 'objects' | 'shards'>,
  groups: readonly FinishedMessages[],
): Promise<void> {
  const isFull = await Promise.all(groups.map((group) => isFullyFinished(service, group)));
  const full = groups.filter((_, index) => isFull[index] === true);
  if (full.length === 0) return;
  // The blocks first: a block without a payload then always means damage, never a removal that was cut short.
  await service.shards.removeBlocks(full.map((group) => group.id));
  await Promise.all(
    full.flatMap((group) => (group.isOffloaded ? [service.objects.remove(payloadObjectName(group.id))] : [])),
  );
}

async function isFullyFinished(service: Using<'clock' | 'ledger'>, group: FinishedMessages): Promise<boolean> {
  if (group.isWhole || group.indexes.size >= group.blockCount) return true;
  const progress = await service.ledger.addProgress(group.id, [...group.indexes]);
  if (progress.size < group.blockCount) return false;
  // Closed before the block is removed, so that a late repeat finds the progress and changes nothing.
  await service.ledger.closeProgress(group.id, (service.clock.nowMs() + LEDGER_KEEP_MS) as EpochMs);
  return true;
}
