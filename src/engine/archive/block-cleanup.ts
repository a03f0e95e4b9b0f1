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

/** Messages of blocks that are noted as archived or purged; none of the blocks that are not in it. */
export type Noted = ReadonlyMap<BlockId, ReadonlySet<number>>;

const NOTHING: ReadonlySet<number> = new Set();

/**
 * Removes blocks whose messages are all archived or purged, and notes the others in block progress. A block taken as
 * a whole, the usual case, needs no progress. Repeating changes nothing.
 *
 * @param noted - what was read of their progress before; it may be behind
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 * @remarks Cost: the removal of each finished block; one ledger unit for each part of a split one.
 * @see docs/decisions/0050-a-block-leaves-by-what-was-noted.md
 */
export async function finishMessages(
  service: Using<'clock' | 'ledger' | 'objects' | 'shards'>,
  groups: readonly FinishedMessages[],
  noted: Noted = new Map(),
): Promise<void> {
  const isFull = await Promise.all(groups.map((group) => isFullyFinished(service, group, noted.get(group.id))));
  const full = groups.filter((_, index) => isFull[index] === true);
  if (full.length === 0) return;
  // The blocks first: a block without a payload then always means damage, never a removal that was cut short.
  await service.shards.removeBlocks(full.map((group) => group.id));
  await Promise.all(
    full.flatMap((group) => (group.isOffloaded ? [service.objects.remove(payloadObjectName(group.id))] : [])),
  );
}

async function isFullyFinished(
  service: Using<'clock' | 'ledger'>,
  group: FinishedMessages,
  before: ReadonlySet<number> = NOTHING,
): Promise<boolean> {
  if (group.isWhole) return true;
  const { id, blockCount, indexes } = group;
  const isFull = (noted: ReadonlySet<number>) => new Set([...noted, ...indexes]).size >= blockCount;
  const noted = isFull(before) ? before : await service.ledger.addProgress(id, [...indexes]);
  if (!isFull(noted)) return false;
  // Closed before the block is removed, so that a late repeat finds the progress and changes nothing.
  const keepUntilMs = (service.clock.nowMs() + LEDGER_KEEP_MS) as EpochMs;
  if (noted.size > 0) await service.ledger.addProgress(id, [...indexes], keepUntilMs);
  return true;
}
