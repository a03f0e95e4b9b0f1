import { expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { leasedInPlace } from '../../src/model/lease.ts';
import type { ShardStore } from '../../src/ports/shard-store.ts';
import { NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { firstBroken } from './first-broken.ts';
import { replaced } from './replaced.ts';

const TRICKLE = { isTrickle: true, faults: NO_FAULTS };
/** Wraps the engine's shard store, where it leases in place. */
const between =
  (change: (shards: ShardStore, tryLease: NonNullable<ShardStore['tryLease']>) => Partial<ShardStore>) =>
  (ports: Ports): Ports => {
    const { shards } = ports;
    const tryLease = shards.tryLease?.bind(shards);
    return tryLease === undefined ? ports : { ...ports, shards: replaced(shards, change(shards, tryLease)) };
  };

it('notices when a lease in place does not ask whether another one was quicker', async () => {
  const plant = between((_, tryLease) => ({
    tryLease: async (shard, key, lease) => {
      const outcome = await tryLease(shard, key, lease);
      if (outcome.outcome !== 'refused' || outcome.now === undefined) return outcome;
      return { outcome: 'done', now: leasedInPlace(outcome.now, lease) };
    },
  }));

  expect(await firstBroken('3', { ...TRICKLE, plant })).toBeDefined();
});

it('notices when a look takes no notice of the end of a lease in place', async () => {
  const plant = between((shards) => ({
    list: async (shard, range) => {
      const page = await shards.list(shard, range);
      return { ...page, deliveries: page.deliveries.map(withoutEnd) };
    },
  }));

  expect(await firstBroken('3', { ...TRICKLE, plant })).toBeDefined();
});

it('notices when the messages of a lost race are marked where they are leased in place', async () => {
  const plant = between((shards, tryLease) => ({
    tryLease: async (shard, key, lease) => {
      const outcome = await tryLease(shard, key, lease);
      const { now } = outcome.outcome === 'refused' ? outcome : {};
      if (now !== undefined) await shards.tryMark(shard, key, { moved: [0] }, { edition: now.edition });
      return outcome;
    },
  }));

  expect(await firstBroken('1', { ...TRICKLE, plant })).toBeDefined();
});

it('notices when messages whose lease in place got no answer are marked as moved', async () => {
  const lossy = { ...TRICKLE, faults: { ...NO_FAULTS, lostAnswer: 0.1 } };
  const plant = between((shards, tryLease) => ({
    tryLease: async (shard, key, lease) => {
      const outcome = await tryLease(shard, key, lease);
      if (outcome.outcome === 'unclear') await shards.tryMark(shard, key, { moved: [0] }, {});
      return outcome;
    },
  }));

  expect(await firstBroken('1', { ...lossy, plant })).toBeDefined();
});

function withoutEnd(delivery: Delivery): Delivery {
  const { leasedUntilMs, ...rest } = delivery;
  return leasedUntilMs === undefined ? delivery : rest;
}
