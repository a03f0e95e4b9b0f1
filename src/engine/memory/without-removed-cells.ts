import type { Block } from '../../model/block.ts';
import type { Delivery } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import {
  type BlockId,
  type CellId,
  cellOfBlock,
  cellOfKey,
  type DeliveryKey,
  numberOf,
  type ShardKey,
} from '../../model/ids.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type * as port from '../../ports/shard-store.ts';

/**
 * The shard store of a deployment from which cells were removed. A removed cell that the controller had found empty
 * answers as an empty one. The table of any other removed cell still exists and may hold messages. They must not count
 * as gone, so every step there is refused, and their records stay.
 * @see docs/decisions/0023-removed-cells.md
 */
export class WithoutRemovedCells implements port.ShardStore {
  readonly leaseFloorMs: number;
  readonly barrierOffsetsMs: readonly number[];
  readonly feedResolutionMs: number;
  readonly tryLease?: NonNullable<port.ShardStore['tryLease']>;
  readonly #shards: port.ShardStore;
  readonly #catalog: Catalog;
  readonly #removed: ReadonlySet<CellId>;
  readonly #foundEmpty = new Set<CellId>();

  constructor(ports: { readonly shards: port.ShardStore; readonly catalog: Catalog }, removed: readonly CellId[]) {
    this.#shards = ports.shards;
    this.#catalog = ports.catalog;
    this.#removed = new Set(removed);
    this.leaseFloorMs = ports.shards.leaseFloorMs;
    this.barrierOffsetsMs = ports.shards.barrierOffsetsMs;
    this.feedResolutionMs = ports.shards.feedResolutionMs;
    const tryLease = ports.shards.tryLease?.bind(ports.shards);
    if (tryLease === undefined) return;
    this.tryLease = async (shard, ...lease) => (await this.#refusal(shard)) ?? (await tryLease(shard, ...lease));
  }

  /** A put that a stale route sends to a removed cell is certainly not stored, so it goes to another shard. */
  async put(placements: readonly port.Placement[]): Promise<port.PutOutcome[]> {
    const kept = placements.filter(({ shard }) => !this.#removed.has(cellOfKey(shard)));
    const outcomes = await this.#shards.put(kept);
    const outcomeOf = new Map(kept.map((placement, index) => [placement, outcomes[index]]));
    return placements.map((placement) => outcomeOf.get(placement) ?? 'throttled');
  }

  async list(shard: ShardKey, range: port.ListRange): Promise<port.Page> {
    return (await this.#isGone(cellOfKey(shard))) ? { deliveries: [] } : await this.#shards.list(shard, range);
  }

  async get(shard: ShardKey, key: DeliveryKey): Promise<Delivery | undefined> {
    return (await this.#isGone(cellOfKey(shard))) ? undefined : await this.#shards.get(shard, key);
  }

  async tryMark(
    shard: ShardKey,
    key: DeliveryKey,
    change: port.MarkChange,
    condition: port.Condition,
  ): Promise<port.MarkOutcome> {
    return (await this.#refusal(shard)) ?? (await this.#shards.tryMark(shard, key, change, condition));
  }

  async tryRemove(shard: ShardKey, key: DeliveryKey, condition: port.Condition): Promise<port.RemoveOutcome> {
    return (await this.#refusal(shard)) ?? (await this.#shards.tryRemove(shard, key, condition));
  }

  async getBlocks(ids: readonly BlockId[]): Promise<ReadonlyMap<BlockId, Block>> {
    return await this.#shards.getBlocks(await this.#left(ids));
  }

  async removeBlocks(ids: readonly BlockId[]): Promise<void> {
    await this.#shards.removeBlocks(await this.#left(ids));
  }

  async #left(ids: readonly BlockId[]): Promise<BlockId[]> {
    const areGone = await Promise.all(ids.map((id) => this.#isGone(cellOfBlock(id))));
    return ids.filter((_, index) => areGone[index] === false);
  }

  async #refusal(shard: ShardKey): Promise<port.Refused | port.Unclear | undefined> {
    try {
      return (await this.#isGone(cellOfKey(shard))) ? { outcome: 'refused' } : undefined;
    } catch (error) {
      if (error instanceof QueueError) return { outcome: 'unclear' };
      throw error;
    }
  }

  /** Whether the cell was empty when it was removed. @throws QueueError `Unavailable` when that is not known */
  async #isGone(cell: CellId): Promise<boolean> {
    if (!this.#removed.has(cell)) return false;
    if (this.#foundEmpty.has(cell)) return true;
    const noted = await this.#catalog.get('cell', cell);
    if (noted?.value.emptySinceMs === undefined) {
      throw new QueueError('Unavailable', `cell ${numberOf(cell)} was removed before it was found empty: put it back`);
    }
    this.#foundEmpty.add(cell);
    return true;
  }
}
