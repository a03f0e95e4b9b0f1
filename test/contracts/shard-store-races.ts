import { describe, expect, it } from 'vitest';
import { inlineDelivery, leasedDelivery } from '../support/deliveries.ts';
import { freshKey, freshShard } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

export function describeRaces(world: ShardStoreWorld): void {
  describe('several callers at once', () => {
    it('lets one of them remove an edition', async () => {
      const shard = freshShard();
      const delivery = inlineDelivery(freshKey(0));
      await world.put(shard, delivery);

      const removals = await Promise.all(
        callers(8).map(() => world.store.tryRemove(shard, delivery.key, { edition: 0 })),
      );

      expect(removals.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
      expect(removals.filter(({ outcome }) => outcome === 'refused')).toHaveLength(7);
    });

    it('lets one of them mark an edition, and shows it to the others', async () => {
      const shard = freshShard();
      const delivery = leasedDelivery(freshKey(0));
      await world.put(shard, delivery);

      const marks = await Promise.all(
        callers(8).map((index) => world.store.tryMark(shard, delivery.key, { moved: [index] }, { edition: 0 })),
      );

      const winners = callers(8).filter((index) => marks[index]?.outcome === 'done');
      expect(winners).toHaveLength(1);
      const now = { ...delivery, edition: 1, moved: new Set(winners) };
      for (const mark of marks) expect(mark).toMatchObject({ now });
      expect(await world.store.get(shard, delivery.key)).toEqual(now);
    });

    it('lets a mark or a removal of one edition win, never both', async () => {
      const shard = freshShard();
      const deliveries = callers(8).map((ms) => leasedDelivery(freshKey(ms)));
      await world.put(shard, ...deliveries);

      const pairs = await Promise.all(
        deliveries.map(({ key }) =>
          Promise.all([
            world.store.tryRemove(shard, key, { isIntact: true }),
            world.store.tryMark(shard, key, { acked: [0] }, { notMoved: [0] }),
          ]),
        ),
      );

      for (const pair of pairs) expect(pair.map(({ outcome }) => outcome).sort()).toEqual(['done', 'refused']);
    });

    it('keeps the marks of all of them when none excludes another', async () => {
      const shard = freshShard();
      const delivery = leasedDelivery(freshKey(0));
      await world.put(shard, delivery);

      await Promise.all(
        callers(8).map((index) => world.store.tryMark(shard, delivery.key, { acked: [index] }, { notMoved: [index] })),
      );

      const now = await world.store.get(shard, delivery.key);
      expect(now?.acked).toEqual(new Set(callers(8)));
      expect(now?.edition).toBe(8);
    });

    it('lets one of them mark a message', async () => {
      const shard = freshShard();
      const delivery = leasedDelivery(freshKey(0));
      await world.put(shard, delivery);

      const marks = await Promise.all(
        callers(8).map(() => world.store.tryMark(shard, delivery.key, { moved: [4] }, { outstanding: [4] })),
      );

      expect(marks.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
    });

    it('stores the puts of all of them', async () => {
      const shard = freshShard();
      const deliveries = callers(64).map((ms) => inlineDelivery(freshKey(ms)));

      const outcomes = await Promise.all(deliveries.map((delivery) => world.put(shard, delivery)));

      expect(outcomes).toEqual(callers(64).map(() => ['stored']));
      expect((await world.listAll(shard)).deliveries).toEqual(deliveries);
    });
  });
}

const callers = (count: number): number[] => [...Array(count).keys()];
