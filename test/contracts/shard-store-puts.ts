import { describe, expect, it } from 'vitest';
import { blockPlacement, bytes, fullDelivery, inlineDelivery, leasedDelivery } from '../support/deliveries.ts';
import { freshKey, freshShard } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

export function describePuts(world: ShardStoreWorld): void {
  describe('put', () => {
    it('keeps every field of a delivery', async () => {
      const shard = freshShard();
      const delivery = fullDelivery(freshKey(0));

      const outcomes = await world.put(shard, delivery);

      expect(outcomes).toEqual(['stored']);
      expect(await world.store.get(shard, delivery.key)).toEqual(delivery);
      expect((await world.listAll(shard)).deliveries).toEqual([delivery]);
    });

    it('gives back empty marks, and no payload, where none were put', async () => {
      const shard = freshShard();
      const delivery = leasedDelivery(freshKey(0));

      await world.put(shard, delivery);

      const read = await world.store.get(shard, delivery.key);
      expect(read).toEqual(delivery);
      expect(read).not.toHaveProperty('payload');
      expect(read).not.toHaveProperty('replacedBy');
    });

    it('keeps a marker, which holds no message', async () => {
      const shard = freshShard();
      const marker = { ...leasedDelivery(freshKey(0)), receiveCount: 0, parts: [] };

      await world.put(shard, marker);

      expect(await world.store.get(shard, marker.key)).toEqual(marker);
    });

    it('changes nothing when repeated', async () => {
      const shard = freshShard();
      const placement = blockPlacement(shard, freshKey(0));
      await world.store.put([placement]);

      const outcomes = await world.store.put([placement]);

      expect(outcomes).toEqual(['stored']);
      expect((await world.listAll(shard)).deliveries).toEqual([placement.delivery]);
    });

    it('answers a batch in order, over shards and cells', async () => {
      const shards = [freshShard(0), freshShard(1), freshShard(0)];
      const placements = Array.from({ length: 400 }, (_, index) =>
        blockPlacement(shards[index % 3] ?? freshShard(), freshKey(index)),
      );

      const outcomes = await world.store.put(placements);

      expect(outcomes).toEqual(placements.map(() => 'stored'));
      for (const shard of shards) {
        const expected = placements.filter((placement) => placement.shard === shard);
        expect((await world.listAll(shard)).deliveries).toEqual(expected.map(({ delivery }) => delivery));
      }
      const blocks = await world.store.getBlocks(placements.map(({ block }) => block.id));
      expect(blocks).toEqual(new Map(placements.map(({ block }) => [block.id, block])));
    });

    it('takes an empty batch', async () => {
      expect(await world.store.put([])).toEqual([]);
    });

    it('does not keep the bytes it was given: they may be overwritten afterwards', async () => {
      const shard = freshShard();
      const payload = bytes('before');
      const delivery = inlineDelivery(freshKey(0), 1, payload);

      await world.put(shard, delivery);
      payload.fill(0);

      expect((await world.store.get(shard, delivery.key))?.payload).toEqual(bytes('before'));
    });

    it('keeps a delivery that becomes visible in thousands of years', async () => {
      const shard = freshShard();
      const delivery = inlineDelivery(freshKey(2 ** 47));

      await world.put(shard, delivery);

      expect(await world.listKeys(shard)).toEqual([delivery.key]);
      expect(await world.store.get(shard, delivery.key)).toEqual(delivery);
    });
  });

  describe('get', () => {
    it('finds nothing under another key or in another shard', async () => {
      const shard = freshShard();
      const delivery = inlineDelivery(freshKey(0));
      await world.put(shard, delivery);

      expect(await world.store.get(shard, freshKey(0))).toBeUndefined();
      expect(await world.store.get(freshShard(), delivery.key)).toBeUndefined();
    });
  });
}
