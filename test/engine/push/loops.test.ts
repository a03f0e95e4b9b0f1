import { describe, expect, it } from 'vitest';
import {
  dispatch,
  getSubscription,
  queueCounts,
  resumeSubscription,
  send,
  subscribe,
} from '../../../src/engine/index.ts';
import { HOPS, type Subscription } from '../../../src/model/push/index.ts';
import { given } from '../../support/given.ts';
import { FakeTarget, givenSubscription } from '../../support/pushing.ts';

/** A queue that pushes, with a message that was pushed so often before. */
async function givenHops(hops: number, wishes: Partial<Subscription> = {}) {
  const world = await given();
  const { service } = await givenSubscription(world, wishes);
  const attributes = hops === 0 ? {} : { [HOPS]: { type: 'number', value: String(hops) } as const };
  await send(service, { queue: 'orders', messages: [{ body: 'round', attributes }] });
  const target = new FakeTarget();
  let loops = 0;
  const push = async () => {
    const end = new AbortController().signal;
    const { outcome, settled } = await dispatch(service, { queue: 'orders', target, end, onLoop: () => loops++ });
    await settled;
    return outcome;
  };
  return { world, service, target, push, loops: () => loops };
}

describe('a message that comes round', () => {
  it('pauses the subscription with a cause, is not pushed, and its receive does not count', async () => {
    const { world, service, target, push, loops } = await givenHops(3, { maxHops: 3 });

    expect(await push()).toBe('over');

    expect(target.calls).toEqual([]);
    expect(loops()).toBeGreaterThan(0);
    const { subscription } = await getSubscription(service, 'orders');
    expect(subscription).toMatchObject({ pausedAtMs: expect.any(Number) as number, pausedBy: 'maxHops' });
    const [message] = await world.receive({ max: 1 });
    expect(message).toMatchObject({ body: 'round', receiveCount: 1 });
  });

  it.each([
    [99, {}],
    [2, { maxHops: 3 }],
    [1_000, { maxHops: 0 }],
    [0, { maxHops: 1 }],
  ])('is pushed after %i hops with %j', async (hops, wishes) => {
    const { service, target, push } = await givenHops(hops, wishes);

    expect(await push()).toBe('asleep');

    expect(target.bodies).toEqual([['round']]);
    expect(await queueCounts(service, 'orders')).toMatchObject({ counts: { ready: 0, deleted: 1 } });
  });

  it('pauses after 100 hops unless the subscription says otherwise, and goes on after a resume that does', async () => {
    const { service, target, push } = await givenHops(100);
    await push();
    const { subscription } = await getSubscription(service, 'orders');
    expect(subscription.pausedBy).toBe('maxHops');

    await subscribe(service, 'orders', { ...subscription, maxHops: 101 });
    expect((await getSubscription(service, 'orders')).subscription.pausedBy).toBe('maxHops');
    const resumed = await resumeSubscription(service, 'orders');
    await push();

    expect(resumed.subscription).not.toHaveProperty('pausedBy');
    expect(target.bodies).toEqual([['round']]);
  });
});
