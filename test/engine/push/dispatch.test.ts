import { describe, expect, it } from 'vitest';
import {
  getSubscription,
  pauseSubscription,
  purgeQueue,
  queueCounts,
  resumeSubscription,
  subscribe,
  undoPurge,
  unsubscribe,
} from '../../../src/engine/index.ts';
import type { MessageAttributes } from '../../../src/model/message.ts';
import { given, type World } from '../../support/given.ts';
import { FakeTarget, givenDispatcher, givenSubscription, push, status } from '../../support/pushing.ts';

const countsOf = async (world: World) => {
  await world.settle();
  return (await queueCounts(world.service, 'orders')).counts;
};

describe('a queue that pushes', () => {
  it('has at most maxConcurrency calls at once, and begins another when one ends', async () => {
    const world = await given({ sent: ['one', 'two', 'three', 'four'] });
    const { target, start, pass } = await givenDispatcher(world, { batchSize: 1, maxConcurrency: 2 });

    start();
    await pass(5_000);
    const before = target.calls.length;
    target.calls[0]?.answer();
    await pass(100);

    expect(before).toBe(2);
    expect(target.calls).toHaveLength(3);
  });

  it('begins perSecond messages a second after one burst', async () => {
    const world = await given({ sent: Array.from({ length: 9 }, (_, number) => `${number}`) });
    const { target, start, pass } = await givenDispatcher(world, { batchSize: 1, perSecond: 2, maxConcurrency: 100 });

    start();
    const begun: number[] = [];
    for (let second = 0; second < 4; second++) {
      await pass(second === 0 ? 10 : 1_000);
      begun.push(target.calls.length);
    }

    expect(begun).toEqual([2, 4, 6, 8]);
  });

  it('lets messages wait for others of their batch, and leases nothing meanwhile', async () => {
    const world = await given({ sent: ['one'] });
    const { target, start, pass } = await givenDispatcher(world, { batchSize: 3, batchWindowMs: 5_000 });

    start();
    await pass(3_000);
    await world.send(['two']);
    const { ready } = await countsOf(world);
    await pass(1_900);
    const early = target.calls.length;
    await pass(1_000);

    expect([ready, early]).toEqual([2, 0]);
    expect(target.bodies).toEqual(['one', 'two']);
  });

  it('calls before the window is over when a batch is full', async () => {
    const world = await given({ sent: ['one', 'two', 'three'] });
    const { target, start, pass } = await givenDispatcher(world, { batchSize: 3, batchWindowMs: 300_000 });

    start();
    await pass(10);

    expect(target.bodies.toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('fills a batch that is larger than one receive may be', async () => {
    const world = await given();
    for (let sent = 0; sent < 24; sent++) await world.send(Array.from({ length: 100 }, () => 'x'));
    await givenSubscription(world, { batchSize: 10_000 });
    const target = new FakeTarget();

    await push(world, target);

    expect(target.calls[0]?.messages).toHaveLength(2_400);
    expect(await countsOf(world)).toMatchObject({ sent: 2_400, deleted: 2_400 });
  });

  it.each([
    ['calls with what a look found, before it looks at other shards', 0, false],
    ['fills a batch from all shards after a window', 5_000, true],
  ])('%s', async (_, batchWindowMs, isWhole) => {
    const world = await given({ settings: { shardsPerQueue: 2 } });
    for (let sent = 0; sent < 10; sent++) await world.send(Array.from({ length: 10 }, () => 'x'));
    await givenSubscription(world, { batchSize: 1_000, batchWindowMs });
    const target = new FakeTarget();
    world.clock.advance(batchWindowMs);

    await push(world, target);

    expect(target.calls[0]?.messages.length === 100).toBe(isWhole);
    expect(await countsOf(world)).toMatchObject({ sent: 100, deleted: 100 });
  });

  it('deletes what its filter refuses, without a call, and counts it', async () => {
    const world = await given();
    const refund: MessageAttributes = { kind: { type: 'string', value: 'refund' } };
    await world.send(['wanted'], { attributes: refund });
    await world.send(['refused', 'refused']);
    const { service } = await givenSubscription(world, { filter: { attributes: { kind: 'refund' } } });
    const target = new FakeTarget();

    await push(world, target);

    expect(target.bodies).toEqual([['wanted']]);
    expect(await countsOf(world)).toMatchObject({ deleted: 3 });
    expect(await getSubscription(service, 'orders')).toMatchObject({ filtered: 2 });
  });

  it('leases nothing while the process has no memory for it', async () => {
    const world = await given({ sent: ['one'] });
    const { target, start, pass, open } = await givenDispatcher(world);
    const service = open();
    while (service.pushRoom.tryTake(1024 * 1024));

    start(service);
    await pass(1_000);
    const { ready } = await countsOf(world);
    service.pushRoom.give(8 * 1024 * 1024);
    await pass(1_000);

    expect(ready).toBe(1);
    expect(target.bodies).toEqual(['one']);
  });

  it('goes to sleep when it is empty, and costs nothing then', async () => {
    const world = await given({ sent: ['one'] });
    await givenSubscription(world);

    const { outcome, restUntilMs } = await push(world, new FakeTarget());

    expect([outcome, restUntilMs]).toEqual(['asleep', undefined]);
    const { queue } = await world.service.routes.get('orders');
    expect((await world.ports.catalog.get('pushLease', queue.id))?.value).toMatchObject({ untilMs: 0, slots: [] });
  });
});

describe('a target at fault', () => {
  it('is called one at a time, each call later, until it answers', async () => {
    const world = await given({ sent: Array.from({ length: 5 }, (_, number) => `${number}`) });
    const { target, start, pass } = await givenDispatcher(world, { batchSize: 1, maxConcurrency: 5 });
    start();
    await pass(10);
    for (const { answer } of target.calls) answer({ end: status(503) });
    await pass(900);
    const during = target.calls.length;
    await pass(200);
    const probes = target.calls.length;
    target.calls[5]?.answer({ end: status(503) });
    await pass(1_900);
    const afterProbe = target.calls.length;
    await pass(200);
    target.calls[6]?.answer();
    await pass(100);

    expect([during, probes, afterProbe]).toEqual([5, 6, 6]);
    expect(target.calls).toHaveLength(11);
    expect(target.calls.at(-1)?.call.messages).toMatchObject([{ receiveCount: 1 }]);
  });

  it('shows in the subscription, and a resume tries it at once', async () => {
    const world = await given({ sent: ['one'] });
    const { service } = await givenSubscription(world);
    const only = new AbortController();
    const target = new FakeTarget(() => {
      only.abort();
      return { end: status(503) };
    });
    await push(world, target, only.signal);
    const failing = await getSubscription(service, 'orders');

    const resumed = await resumeSubscription(service, 'orders');

    expect(failing.breaker).toMatchObject({ failures: 1, end: status(503) });
    expect(resumed.breaker).toBeUndefined();
  });
});

describe('a subscription that is paused', () => {
  it('begins nothing new, and deletes what was running', async () => {
    const world = await given({ sent: ['one', 'two'] });
    const { target, start, pass } = await givenDispatcher(world, { batchSize: 1, maxConcurrency: 1 });
    const { ended } = start();
    await pass(10);

    await pauseSubscription(world.service, 'orders');
    await pass(1_100);
    target.calls[0]?.answer();
    await pass(100);

    expect(target.calls).toHaveLength(1);
    expect((await ended).outcome).toBe('over');
    expect(await countsOf(world)).toMatchObject({ deleted: 1, ready: 1 });
  });

  it('stays paused when it is replaced', async () => {
    const world = await given();
    const { service } = await givenSubscription(world);
    const { subscription } = await pauseSubscription(service, 'orders');

    const replaced = await subscribe(service, 'orders', { ...subscription, batchSize: 7 });

    expect(replaced).toMatchObject({ isNew: false, subscription: { batchSize: 7, pausedAtMs: expect.any(Number) } });
  });
});

describe('what runs meanwhile', () => {
  it('is deleted once though its subscription ended', async () => {
    const world = await given({ sent: ['one'] });
    const { target, start, pass } = await givenDispatcher(world);
    start();
    await pass(10);

    await unsubscribe(world.service, 'orders');
    await pass(1_100);
    target.calls[0]?.answer();
    await pass(100);

    expect(await countsOf(world)).toMatchObject({ sent: 1, deleted: 1 });
  });

  it('does not come back after a purge and its undoing', async () => {
    const world = await given({ sent: ['one'] });
    const { target, start, pass } = await givenDispatcher(world);
    start();
    await pass(10);

    await purgeQueue(world.service, 'orders');
    target.calls[0]?.answer();
    await pass(100);
    await undoPurge(world.service, 'orders');
    await pass(60_000);

    expect(target.calls).toHaveLength(1);
    expect(await countsOf(world)).toMatchObject({ sent: 1, deleted: 1 });
  });

  it('counts for the next dispatcher when the one that began it dies', async () => {
    const world = await given({ sent: ['one', 'two', 'three'] });
    const { clock, target, start, pass } = await givenDispatcher(world, { batchSize: 1, maxConcurrency: 2 });
    const dead = start();
    await pass(10);
    dead.end();
    await pass(1_000);
    await dead.ended;

    const next = start();
    await pass(10);
    const { restUntilMs = 0 } = await next.ended;
    const during = target.calls.length;
    await pass(restUntilMs - clock.nowMs());
    start();
    await pass(10);

    expect(during).toBe(2);
    expect(target.calls).toHaveLength(4);
  });

  it('keeps a second dispatcher away', async () => {
    const world = await given({ sent: ['one'] });
    const { start, pass } = await givenDispatcher(world);
    start();
    await pass(10);

    const second = start();
    await pass(10);

    expect(await second.ended).toMatchObject({ outcome: 'busy', restUntilMs: expect.any(Number) });
  });
});

describe('a deployment without a dispatcher', () => {
  it('refuses subscriptions in a sentence', async () => {
    const world = await given();
    const to = { kind: 'https', url: 'https://orders.example' } as const;
    const { subscription } = await subscribed(await given());

    const refused = subscribe(world.service, 'orders', { ...subscription, to });

    await expect(refused).rejects.toMatchObject({ code: 'InvalidField', field: 'to' });
    await expect(refused).rejects.toThrow(/pushes nothing/);
  });
});

async function subscribed(world: World) {
  const { service } = await givenSubscription(world);
  return await getSubscription(service, 'orders');
}
