import { describe, expect, it } from 'vitest';
import { dispatch, getSubscription, send } from '../../../src/engine/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { NO_ATTRIBUTES } from '../../../src/model/message.ts';
import { planPart } from '../../../src/model/push/index.ts';
import { given, type World } from '../../support/given.ts';
import { DONE, FakeTarget, givenDispatcher, givenSubscription, status } from '../../support/pushing.ts';

const end = new AbortController().signal;

/** A queue of two shards with messages in both. */
async function givenShards(count = 40) {
  const world = await given({ settings: { shardsPerQueue: 2 } });
  const messages = [{ body: 'x', attributes: NO_ATTRIBUTES }];
  for (let sent = 0; sent < count; sent++) await send(world.service, { queue: 'orders', messages });
  return world;
}

const leaseOf = async ({ service }: World) => {
  const { queue } = await service.routes.get('orders');
  return await service.catalog.get('pushLease', queue.id);
};

/** The first dispatcher has divided the queue, and sleeps. */
async function givenPart(world: World, limits: { maxConcurrency: number; batchSize: number; perSecond?: number }) {
  const { service } = world;
  await dispatch(service, { queue: 'orders', target: new FakeTarget(() => ({ end: status(404) })), end });
  const { queue } = await service.routes.get('orders');
  const stored = await leaseOf(world);
  const nowMs = service.clock.nowMs();
  const { breaker: _, ...lease } = stored?.value ?? fail();
  const untilMs = (nowMs + 15_000) as EpochMs;
  const awake = { ...lease, untilMs };
  const planned = planPart(awake, { epoch: lease.epoch, id: 'part', limits, shardCount: 2, nowMs, untilMs }) ?? fail();
  await service.catalog.tryPut('pushLease', queue.id, { ...planned, untilMs: 0 as EpochMs }, stored?.version ?? 0);
  const target = new FakeTarget();
  const help = () => dispatch(service, { queue: 'orders', target, end, wakeUp: { due: [], part: 'part' } });
  return { help, target };
}

function fail(): never {
  throw new Error('there is no record');
}

describe('a queue with more messages than one dispatcher finds', () => {
  it('gets another one for a part, once its calls were full for two seconds', async () => {
    const world = await givenShards();
    await givenSubscription(world, { batchSize: 1, maxConcurrency: 34 });
    const started: { readonly part: string; readonly call: number }[] = [];
    const target = new FakeTarget(() => {
      world.clock.advance(250);
      return DONE;
    });

    const startPart = async (part: string) => void started.push({ part, call: target.calls.length });
    await (await dispatch(world.service, { queue: 'orders', target, end, startPart })).settled;

    expect(started[0]?.call).toBeGreaterThanOrEqual(8);
    expect(started[0]?.call).toBeLessThan(20);
    expect(target.calls).toHaveLength(40);
  });

  it('gets none while the target keeps it from more calls', async () => {
    const world = await givenShards();
    const { target, start, pass, open } = await givenDispatcher(world, { batchSize: 1, maxConcurrency: 2 });
    const started: string[] = [];

    const command = { queue: 'orders', target, end, startPart: async (part: string) => void started.push(part) };
    void dispatch(open(), command);
    for (let call = 0; call < 10; call++) {
      await pass(1_000);
      for (const { answer } of target.calls) answer();
    }
    start();

    expect(started).toEqual([]);
  });
});

describe('the dispatcher of a part', () => {
  it('pushes the messages of its shards, and gives the part back', async () => {
    const world = await givenShards();
    await givenSubscription(world, { batchSize: 1, maxConcurrency: 10 });
    const { help, target } = await givenPart(world, { maxConcurrency: 10, batchSize: 1 });
    const before = (await getSubscription(world.service, 'orders')).running;

    const { outcome, settled } = await help();
    await settled;

    expect(outcome).toBe('over');
    expect(target.calls.length).toBeGreaterThan(5);
    expect(target.calls.length).toBeLessThan(35);
    expect(before).toBeGreaterThan(0);
    expect((await getSubscription(world.service, 'orders')).running).toBe(0);
  });

  it('takes its part though other writers are first again and again', async () => {
    const world = await givenShards();
    await givenSubscription(world, { batchSize: 1, maxConcurrency: 10 });
    const { help, target } = await givenPart(world, { maxConcurrency: 10, batchSize: 1 });
    const { catalog } = world.service;
    const tryPut = catalog.tryPut.bind(catalog);
    let losses = 30;
    catalog.tryPut = async (kind, name, value, version) =>
      kind === 'pushLease' && losses-- > 0 ? 'lost' : await tryPut(kind, name, value, version);

    expect((await help()).outcome).toBe('over');
    expect(target.calls.length).toBeGreaterThan(5);
  });

  it('begins nothing when another one has the part', async () => {
    const world = await givenShards();
    await givenSubscription(world, { batchSize: 1, maxConcurrency: 10 });
    const { help, target } = await givenPart(world, { maxConcurrency: 10, batchSize: 1 });

    const [one, other] = await Promise.all([help(), help()]);

    expect([one.outcome, other.outcome].toSorted()).toEqual(['busy', 'over']);
    expect(target.calls.length).toBeLessThan(35);
  });

  it('begins nothing when it comes after the end of its part', async () => {
    const world = await givenShards();
    await givenSubscription(world, { batchSize: 1, maxConcurrency: 10 });
    const { help, target } = await givenPart(world, { maxConcurrency: 10, batchSize: 1 });
    world.clock.advance(15_000);

    expect((await help()).outcome).toBe('busy');
    expect(target.calls).toEqual([]);
  });

  it('ends with a target at fault, and the first dispatcher tries that again', async () => {
    const world = await givenShards();
    await givenSubscription(world, { batchSize: 1, maxConcurrency: 10 });
    await givenPart(world, { maxConcurrency: 10, batchSize: 1 });
    const target = new FakeTarget(() => ({ end: status(429) }));

    await (await dispatch(world.service, { queue: 'orders', target, end, wakeUp: { due: [], part: 'part' } })).settled;

    expect((await leaseOf(world))?.value).toMatchObject({ slots: [], breaker: { end: status(429) } });
  });
});
