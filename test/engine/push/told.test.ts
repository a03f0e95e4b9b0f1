import { describe, expect, it } from 'vitest';
import { deleteQueue, purgeQueue, restoreQueue, undoPurge, updateQueue } from '../../../src/engine/index.ts';
import { controlOnce } from '../../support/controlling.ts';
import { given } from '../../support/given.ts';
import { givenSubscription } from '../../support/pushing.ts';

describe('what pushes is told', () => {
  it('of a purge, which opens new shards, and of its undoing', async () => {
    const world = await given({ sent: ['one'] });
    const { service, started } = await givenSubscription(world);

    await purgeQueue(service, 'orders');
    await undoPurge(service, 'orders');

    expect(started).toEqual(['orders', 'orders', 'orders']);
  });

  it('of shards that the controller adds', async () => {
    const world = await given();
    const { service, started } = await givenSubscription(world);
    await updateQueue(service, { name: 'orders', settings: { shards: { min: 3, max: 3 } } });

    await controlOnce(service);

    expect(started).toEqual(['orders', 'orders']);
  });

  it('of a queue that is restored with its subscription', async () => {
    const world = await given();
    const { service, started } = await givenSubscription(world);
    await deleteQueue(service, 'orders');

    const { subscription } = await restoreQueue(service, { name: 'orders', as: 'restored' });

    expect(subscription).toBeDefined();
    expect(started).toEqual(['orders', 'restored']);
  });
});
