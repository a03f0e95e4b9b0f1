import { describe, expect, it } from 'vitest';
import { leasedInPlace } from '../../src/model/lease.ts';
import { inlineDelivery } from '../support/deliveries.ts';
import { at, freshKey, freshShard } from '../support/ids.ts';
import type { ShardStoreWorld } from './shard-store.ts';

/** A store in which a claim is one step has no leases in place. */
export function describeLeases(world: ShardStoreWorld): void {
  describe('leasing in place', () => {
    it('counts the receive, keeps the messages where they lie, and lets the lease end at its time', async ({
      skip,
    }) => {
      const { store } = world;
      if (store.tryLease === undefined) return skip();
      const shard = freshShard();
      const delivery = inlineDelivery(freshKey(0), 2);
      await store.put([{ shard, delivery, wakes: true }]);
      const lease = leaseOf(delivery.parts);

      const leased = await store.tryLease(shard, delivery.key, lease);

      const now = leasedInPlace(delivery, lease);
      expect(now).toMatchObject({ receiveCount: 1, leasedUntilMs: lease.untilMs });
      expect(leased).toEqual({ outcome: 'done', now });
      expect(await store.get(shard, delivery.key)).toEqual(now);
      const marked = await store.tryMark(shard, delivery.key, { acked: [1] }, { edition: now.edition });
      expect(marked).toMatchObject({ outcome: 'done', now: { edition: now.edition + 1, acked: new Set([1]) } });
    });

    it.each(['is gone', 'has changed', 'is leased'])('does nothing when the delivery %s', async (what) => {
      const { store } = world;
      const shard = freshShard();
      const delivery = inlineDelivery(freshKey(0));
      await world.put(shard, delivery);
      if (what === 'is gone') await store.tryRemove(shard, delivery.key, {});
      if (what === 'has changed') await store.tryMark(shard, delivery.key, { acked: [0] }, {});
      if (what === 'is leased') await store.tryLease?.(shard, delivery.key, leaseOf(delivery.parts, 2));
      const before = (await world.listAll(shard)).deliveries;

      const refused = (await store.tryLease?.(shard, delivery.key, leaseOf(delivery.parts))) ?? { outcome: 'refused' };

      expect(refused.outcome).toBe('refused');
      expect((await world.listAll(shard)).deliveries).toEqual(before);
    });

    it('lets one of several callers win', async ({ skip }) => {
      const { store } = world;
      if (store.tryLease === undefined) return skip();
      const shard = freshShard();
      const delivery = inlineDelivery(freshKey(0));
      await world.put(shard, delivery);
      const callers = [1, 2, 3].map((number) => leaseOf(delivery.parts, number));

      const outcomes = await Promise.all(
        callers.map(async (lease) => await store.tryLease?.(shard, delivery.key, lease)),
      );

      expect(outcomes.filter((one) => one?.outcome === 'done')).toHaveLength(1);
      expect(outcomes.filter((one) => one?.outcome === 'refused')).toHaveLength(2);
    });
  });

  it('removes no delivery as an intact lease that was never leased', async () => {
    const shard = freshShard();
    const delivery = inlineDelivery(freshKey(0));
    await world.put(shard, delivery);

    const removed = await world.store.tryRemove(shard, delivery.key, { isIntact: true });

    expect(removed).toEqual({ outcome: 'refused', now: delivery });
  });
}

function leaseOf(parts: ReturnType<typeof inlineDelivery>['parts'], minutes = 1) {
  const untilMs = at(minutes * 60_000);
  return { untilMs, parts: parts.map((part) => ({ ...part, firstReceivedAtMs: at(5) })) };
}
