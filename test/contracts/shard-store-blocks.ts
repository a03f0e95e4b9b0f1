import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/model/block.ts';
import { type BlockId, blockId } from '../../src/model/ids.ts';
import { inlineDelivery, offloadedBlock, packedBlock, placementOf } from '../support/deliveries.ts';
import { freshKey, freshOrigin, freshShard } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

export function describeBlocks(world: ShardStoreWorld): void {
  describe('blocks', () => {
    it('keeps packed and offloaded ones', async () => {
      const packed = packedBlock(Uint8Array.from({ length: 16_384 }, (_, index) => index));
      const offloaded = offloadedBlock();
      const placements = [packed, offloaded].map((block) => placementOf(freshShard(), block));

      const outcomes = await world.store.put(placements);

      expect(outcomes).toEqual(['stored', 'stored']);
      expect(await world.store.getBlocks([offloaded.id, packed.id])).toEqual(
        new Map<BlockId, Block>([
          [packed.id, packed],
          [offloaded.id, offloaded],
        ]),
      );
    });

    it('leaves out those that are missing', async () => {
      const block = packedBlock();
      await world.store.put([placementOf(freshShard(), block)]);

      const blocks = await world.store.getBlocks([blockId(freshOrigin()), block.id, blockId(freshOrigin(1))]);

      expect([...blocks.keys()]).toEqual([block.id]);
    });

    it('reads and removes a hundred and more at once, over cells', async () => {
      const shard = freshShard();
      const blocks = Array.from({ length: 120 }, (_, index) => ({
        ...packedBlock(),
        id: blockId(freshOrigin(index % 2)),
      }));
      const ids = blocks.map((block) => block.id);
      await world.store.put(blocks.map((block) => placementOf(shard, block)));

      const read = await world.store.getBlocks(ids);
      await world.store.removeBlocks(ids.slice(1));

      expect(read).toEqual(new Map(blocks.map((block) => [block.id, block])));
      expect([...(await world.store.getBlocks(ids)).keys()]).toEqual(ids.slice(0, 1));
    });

    it('names each block once, however often it was asked for', async () => {
      const block = packedBlock();
      await world.store.put([placementOf(freshShard(), block)]);

      const blocks = await world.store.getBlocks([block.id, block.id]);

      expect(blocks).toEqual(new Map([[block.id, block]]));
    });

    it('removes without complaint what is gone', async () => {
      const block = packedBlock();
      await world.store.put([placementOf(freshShard(), block)]);

      await world.store.removeBlocks([block.id]);
      await world.store.removeBlocks([block.id, block.id, blockId(freshOrigin())]);

      expect(await world.store.getBlocks([block.id])).toEqual(new Map());
    });

    it('keeps the delivery when its block goes, and the block when its delivery goes', async () => {
      const shard = freshShard();
      const [kept, gone] = [packedBlock(), packedBlock()];
      const [first, second] = [inlineDelivery(freshKey(1)), inlineDelivery(freshKey(2))];
      await world.store.put([
        { shard, delivery: first, block: gone },
        { shard, delivery: second, block: kept },
      ]);

      await world.store.removeBlocks([gone.id]);
      await world.store.tryRemove(shard, second.key, {});

      expect(await world.listKeys(shard)).toEqual([first.key]);
      expect([...(await world.store.getBlocks([gone.id, kept.id])).keys()]).toEqual([kept.id]);
    });

    it('takes empty lists', async () => {
      await world.store.removeBlocks([]);

      expect(await world.store.getBlocks([])).toEqual(new Map());
    });
  });
}
