import { describe, expect, it } from 'vitest';
import { type DeliveryKey, keyAfter, keyFrom, type QueueId, shardKey } from '../../src/model/ids.ts';
import { inlineDelivery } from '../support/deliveries.ts';
import { at, freshKey, freshShard, freshText } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

export function describePages(world: ShardStoreWorld): void {
  describe('list', () => {
    it('lists in the order of the keys, whatever the order of the puts', async () => {
      const shard = freshShard();
      const keys = [7, 0, 63, 64, 4_095, 4_096, 3, 3, 3].map(freshKey);

      await world.put(shard, ...keys.map((key) => inlineDelivery(key)));

      expect(await world.listKeys(shard)).toEqual(inOrder(keys));
    });

    it('starts at its first key and ends before its last', async () => {
      const shard = freshShard();
      const keys = [10, 20, 30, 40].map(freshKey);
      await world.put(shard, ...keys.map((key) => inlineDelivery(key)));

      const [, second, third, fourth] = keys;
      const listed = await world.listKeys(shard, { from: second as DeliveryKey, before: fourth as DeliveryKey });

      expect(listed).toEqual([second, third]);
    });

    it('takes instants as bounds', async () => {
      const shard = freshShard();
      const keys = [10, 20, 20, 21, 30].map(freshKey);
      await world.put(shard, ...keys.map((key) => inlineDelivery(key)));

      const due = await world.listKeys(shard, { before: keyAfter(at(20)) });
      const later = await world.listKeys(shard, { from: keyFrom(at(21)) });

      expect(due).toEqual(inOrder(keys.slice(0, 3)));
      expect(later).toEqual(keys.slice(3));
    });

    it.each([1, 3, 4, 100])('ends a page at %i deliveries and says where to go on', async (limit) => {
      const shard = freshShard();
      const keys = Array.from({ length: 12 }, (_, index) => freshKey(index));
      await world.put(shard, ...keys.map((key) => inlineDelivery(key)));

      const { deliveries, pageSizes } = await world.listAll(shard, { limit });

      expect(deliveries.map((delivery) => delivery.key)).toEqual(keys);
      expect(Math.max(...pageSizes)).toBeLessThanOrEqual(limit);
    });

    it('continues from a page whose last delivery has been removed since', async () => {
      const shard = freshShard();
      const keys = [1, 2, 3, 4].map(freshKey);
      await world.put(shard, ...keys.map((key) => inlineDelivery(key)));
      const page = await world.store.list(shard, { from: keyFrom(at(0)), before: keyAfter(at(9)), ...CONSISTENT });

      await Promise.all(page.deliveries.map(({ key }) => world.store.tryRemove(shard, key, {})));
      await world.store.tryRemove(shard, keys[2] as DeliveryKey, {});

      expect(page.deliveries.map(({ key }) => key)).toEqual(keys.slice(0, 2));
      expect(await world.listKeys(shard, { from: page.next as DeliveryKey })).toEqual(keys.slice(3));
    });

    it('pages through deliveries that are too large for one page', async () => {
      const shard = freshShard();
      const payload = new Uint8Array(40_000).fill(7);
      const deliveries = Array.from({ length: 40 }, (_, index) => inlineDelivery(freshKey(index), 1, payload));
      await world.put(shard, ...deliveries);

      const listed = await world.listAll(shard);

      expect(listed.deliveries.map(({ key }) => key)).toEqual(deliveries.map(({ key }) => key));
      for (const read of listed.deliveries) expect(Buffer.compare(read.payload as Uint8Array, payload)).toBe(0);
    });

    it('finds nothing in an empty range and does not go on', async () => {
      const shard = freshShard();
      await world.put(shard, inlineDelivery(freshKey(5)));

      const page = await world.store.list(shard, { from: keyFrom(at(6)), before: keyAfter(at(9)), ...CONSISTENT });

      expect(page).toEqual({ deliveries: [] });
    });

    it('finds nothing in a range that ends before it starts', async () => {
      const shard = freshShard();
      await world.put(shard, inlineDelivery(freshKey(5)));

      const page = await world.store.list(shard, { from: keyFrom(at(9)), before: keyAfter(at(3)), ...CONSISTENT });

      expect(page).toEqual({ deliveries: [] });
    });

    it('keeps to its shard, also beside neighbours', async () => {
      const name = freshText(9);
      const shards = ['-', '0', '1', 'z'].map((last) => shardKey(`${name}${last}` as QueueId, freshShardId()));
      for (const shard of shards) await world.put(shard, inlineDelivery(freshKey(1)), inlineDelivery(freshKey(2)));

      for (const shard of shards) expect(await world.listKeys(shard)).toHaveLength(2);
    });

    it('may read inconsistently, and then lists nothing that was never there', async () => {
      const shard = freshShard();
      const deliveries = [1, 2, 3].map((ms) => inlineDelivery(freshKey(ms)));
      await world.put(shard, ...deliveries);

      const listed = await world.listAll(shard, { isConsistent: false });

      for (const delivery of listed.deliveries) expect(deliveries).toContainEqual(delivery);
    });
  });
}

const CONSISTENT = { limit: 2, isConsistent: true };
const freshShardId = () => freshShard().slice(-5) as Parameters<typeof shardKey>[1];

/** By character code, as keys sort everywhere, independent of the locale. */
const inOrder = (keys: readonly DeliveryKey[]): DeliveryKey[] => [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
