import { describe, expect, it } from 'vitest';
import { inlineDelivery, leasedDelivery } from '../support/deliveries.ts';
import { freshKey, freshShard } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

/** Only stores that one process owns take over in one step. */
export function describeTakeOvers(world: ShardStoreWorld): void {
  describe('taking over in one step', () => {
    it('puts the lease, removes one original and advances another', async ({ skip }) => {
      const { store } = world;
      if (store.tryTakeOver === undefined) return skip();
      const shard = freshShard();
      const [gone, advanced, lease] = [
        inlineDelivery(freshKey(0)),
        leasedDelivery(freshKey(1)),
        leasedDelivery(freshKey(9)),
      ];
      await world.put(shard, gone, advanced);

      const outcome = await store.tryTakeOver(
        shard,
        [lease],
        [
          { key: gone.key, edition: 0 },
          { key: advanced.key, edition: 0, first: 1 },
        ],
      );

      expect(outcome).toBe('done');
      expect(await world.listKeys(shard)).toEqual([advanced.key, lease.key]);
      expect(await store.get(shard, advanced.key)).toEqual({ ...advanced, first: 1, edition: 1 });
    });

    it.each(['is gone', 'has changed'])('does nothing when an original %s', async (what) => {
      const { store } = world;
      const shard = freshShard();
      const [kept, other, lease] = [
        inlineDelivery(freshKey(0)),
        leasedDelivery(freshKey(1)),
        leasedDelivery(freshKey(9)),
      ];
      await world.put(shard, kept, other);
      if (what === 'is gone') await store.tryRemove(shard, other.key, {});
      else await store.tryMark(shard, other.key, { acked: [0] }, {});
      const before = await world.listKeys(shard);

      const originals = [kept, other].map(({ key }) => ({ key, edition: 0 }));
      const outcome = (await store.tryTakeOver?.(shard, [lease], originals)) ?? 'refused';

      expect(outcome).toBe('refused');
      expect(await world.listKeys(shard)).toEqual(before);
    });
  });
}
