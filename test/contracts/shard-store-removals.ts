import { describe, expect, it } from 'vitest';
import type { DeliveryKey } from '../../src/model/ids.ts';
import type { Condition } from '../../src/ports/shard-store.ts';
import { inlineDelivery, leasedDelivery } from '../support/deliveries.ts';
import { freshKey, freshShard } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

export function describeRemovals(world: ShardStoreWorld): void {
  describe('tryRemove', () => {
    it('removes one delivery and leaves its neighbours', async () => {
      const shard = freshShard();
      const keys = [1, 2, 3].map(freshKey);
      await world.put(shard, ...keys.map((key) => inlineDelivery(key)));

      const removed = await world.store.tryRemove(shard, keys[1] as DeliveryKey, { edition: 0 });

      expect(removed).toEqual({ outcome: 'done' });
      expect(await world.listKeys(shard)).toEqual([keys[0], keys[2]]);
      expect(await world.store.get(shard, keys[1] as DeliveryKey)).toBeUndefined();
    });

    it('refuses a delivery that is gone, so that a repeat never counts twice', async () => {
      const shard = freshShard();
      const key = freshKey(0);
      await world.put(shard, inlineDelivery(key));
      await world.store.tryRemove(shard, key, {});

      for (const condition of [{}, { edition: 0 }, { isIntact: true }, { outstanding: [0] }] satisfies Condition[]) {
        const repeated = await world.store.tryRemove(shard, key, condition);

        expect(repeated).toEqual({ outcome: 'refused' });
        expect(repeated).not.toHaveProperty('now');
      }
    });

    it.each<[string, Condition]>([
      ['an older edition', { edition: 0 }],
      ['that nothing is acked or moved', { isIntact: true }],
      ['that a moved message is not moved', { notMoved: [2] }],
      ['that an acked message is outstanding', { outstanding: [1] }],
    ])('refuses a condition that names %s and answers with what is there', async (_, condition) => {
      const shard = freshShard();
      const delivery = leasedDelivery(freshKey(0));
      await world.put(shard, delivery);
      await world.store.tryMark(shard, delivery.key, { acked: [1], moved: [2] }, {});

      const refused = await world.store.tryRemove(shard, delivery.key, condition);

      const now = { ...delivery, edition: 1, acked: new Set([1]), moved: new Set([2]) };
      expect(refused).toEqual({ outcome: 'refused', now });
      expect(await world.store.get(shard, delivery.key)).toEqual(now);
    });

    it('removes what still holds messages when no condition forbids it', async () => {
      const shard = freshShard();
      const delivery = leasedDelivery(freshKey(0));
      await world.put(shard, delivery);
      await world.store.tryMark(shard, delivery.key, { acked: [1] }, {});

      const removed = await world.store.tryRemove(shard, delivery.key, { edition: 1, notMoved: [1], outstanding: [0] });

      expect(removed).toEqual({ outcome: 'done' });
      expect(await world.listKeys(shard)).toEqual([]);
    });

    it('lets a removed delivery be put again', async () => {
      const shard = freshShard();
      const delivery = inlineDelivery(freshKey(0));
      await world.put(shard, delivery);
      await world.store.tryRemove(shard, delivery.key, {});

      await world.put(shard, delivery);

      expect(await world.store.get(shard, delivery.key)).toEqual(delivery);
    });
  });
}
