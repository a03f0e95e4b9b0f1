import { describe, expect, it } from 'vitest';
import {
  type Arrival,
  changeVisibility,
  createQueue,
  dispatch,
  noteWhatWasLost,
  pauseSubscription,
  type QueueService,
  receive,
  send,
  subscribe,
  type WakeUp,
  wake,
  wakeDue,
  wakeForArrivals,
} from '../../../src/engine/index.ts';
import { NO_ATTRIBUTES } from '../../../src/model/message.ts';
import { dueOf } from '../../../src/model/push/index.ts';
import { given, type World } from '../../support/given.ts';
import { FakeTarget, givenDispatcher } from '../../support/pushing.ts';
import { givenWaking } from '../../support/waking.ts';

const sendOne = (service: QueueService, delayMs = 0) =>
  send(service, { queue: 'orders', messages: [{ body: 'one', attributes: NO_ATTRIBUTES, delayMs }] });

describe('a message that enters a queue that pushes', () => {
  it('wakes its dispatcher, and a note is there before that', async () => {
    const world = await given();
    const { service, calls, tell, notes } = await givenWaking(world);

    await sendOne(service);
    await tell();

    expect(calls).toEqual([{ queue: 'orders', due: [expect.any(String)] }]);
    expect(await notes()).toEqual([dueOf(calls[0]?.due[0] ?? '').atMs]);
  });

  it('wakes it at its minute when it comes due later', async () => {
    const world = await given();
    const { service, calls, tell, notes } = await givenWaking(world);

    await sendOne(service, 600_000);
    await tell();

    expect(calls).toEqual([]);
    expect(await notes()).toEqual([Math.ceil((world.clock.nowMs() + 600_000) / 60_000) * 60_000]);
  });

  it('wakes it when a consumer gives it back, and not when one receives it', async () => {
    const world = await given();
    const { service, marked } = await givenWaking(world);
    await sendOne(service);
    marked.length = 0;

    const [message] = await receive(service, { queue: 'orders', max: 1, waitMs: 0 });
    const leases = marked.length;
    const entries = [{ receipt: message?.receipt ?? '', visibilityMs: 0 }];
    await changeVisibility(service, { queue: 'orders', entries });

    expect(leases).toBe(0);
    expect(marked.length).toBeGreaterThan(0);
  });

  it('wakes no dispatcher while the subscription is paused', async () => {
    const world = await given();
    const { service, marked, calls, call } = await givenWaking(world);
    await sendOne(service);
    const before = [...marked];
    await pauseSubscription(service, 'orders');
    marked.length = 0;

    await sendOne(service);
    await wakeForArrivals(service, before, call);

    expect([marked, calls]).toEqual([[], []]);
  });

  it('wakes no second dispatcher while one is awake', async () => {
    const world = await given({ sent: ['held'] });
    const { start, pass, open } = await givenDispatcher(world);
    start();
    await pass(10);
    const service = open();
    const { queue } = await service.routes.get('orders');
    const calls: WakeUp[] = [];

    const arrival = { shard: `${queue.id}${queue.route.shards[0]?.id}` as Arrival['shard'], visibleAtMs: 0 };
    await wakeForArrivals(service, [arrival], async (wakeUp) => void calls.push(wakeUp));

    expect(calls).toEqual([]);
  });
});

describe('a dispatcher that was woken', () => {
  const dispatched = async (world: World, wakeUp: Omit<WakeUp, 'queue'>) => {
    const target = new FakeTarget();
    const end = new AbortController().signal;
    const result = await dispatch(world.service, { queue: 'orders', target, end, wakeUp });
    await result.settled;
    return { target, ...result };
  };

  it('removes the notes that it found, and notes when something comes due next', async () => {
    const world = await given();
    const { service, calls, tell, notes } = await givenWaking(world);
    await sendOne(service);
    await sendOne(service, 600_000);
    await tell();

    const { outcome, target } = await dispatched(world, calls[0] ?? { due: [] });

    expect([outcome, target.calls.length]).toEqual(['asleep', 1]);
    expect(await notes()).toHaveLength(1);
    expect((await notes())[0]).toBeGreaterThan(world.clock.nowMs() + 500_000);
  });

  it('leaves a note that was written again since it began', async () => {
    const world = await given();
    const { service, calls, call, notes } = await givenWaking(world);
    const { queue } = await service.routes.get('orders');
    await wake(service, queue, call);
    const { catalog } = world.service;
    const get = catalog.get.bind(catalog);
    let wakesAgain = true;
    catalog.get = async (kind, name, options) => {
      const stored = await get(kind, name, options);
      if (kind === 'due' && wakesAgain) {
        wakesAgain = false;
        await wake(service, queue, call);
      }
      return stored;
    };

    await dispatched(world, calls[0] ?? { due: [] });

    expect(await notes()).toHaveLength(1);
  });

  it('notes its own death when its wake-up comes after the note has gone', async () => {
    const world = await given();
    const { notes } = await givenWaking(world);
    const { catalog } = world.service;
    const during: number[] = [];
    const tryPut = catalog.tryPut.bind(catalog);
    catalog.tryPut = async (kind, name, value, version) => {
      if (kind === 'pushLease') during.push((await notes()).length);
      return await tryPut(kind, name, value, version);
    };

    const { outcome } = await dispatched(world, { due: ['000000001/gone'] });

    expect(outcome).toBe('asleep');
    expect(during[0]).toBe(1);
    expect(await notes()).toEqual([]);
  });

  it('stays awake for senders with an older route', async () => {
    const world = await given();
    await givenWaking(world);
    const beganMs = world.clock.nowMs();

    await dispatched(world, { due: [], lingerMs: 12_000 });

    expect(world.clock.nowMs() - beganMs).toBeGreaterThanOrEqual(12_000);
  });

  it('begins nothing that its process could not wait for', async () => {
    const world = await given({ sent: ['one'] });
    const { start, target, pass, clock, open } = await givenDispatcher(world, { targetMs: 60_000 });
    const service = open();
    const end = new AbortController().signal;
    const processEndsMs = (clock.nowMs() + 79_000) as ReturnType<typeof clock.nowMs>;

    const ending = dispatch(service, { queue: 'orders', target, end, wakeUp: { due: [] }, processEndsMs });
    await pass(10);

    expect((await ending).outcome).toBe('spent');
    expect(target.calls).toEqual([]);
    start();
    await pass(10);
    expect(target.calls).toHaveLength(1);
  });
});

describe('a dispatcher whose turn is over', () => {
  it('begins nothing more, and leaves its notes to a successor', async () => {
    const world = await given({ sent: ['one', 'two'] });
    const { target, pass, clock, open } = await givenDispatcher(world, { batchSize: 1, maxConcurrency: 1 });
    const service = open();
    const end = new AbortController().signal;
    const turnEndsMs = (clock.nowMs() + 5_000) as ReturnType<typeof clock.nowMs>;

    const ending = dispatch(service, { queue: 'orders', target, end, wakeUp: { due: [] }, turnEndsMs });
    await pass(6_500);
    target.calls[0]?.answer();
    await pass(1_000);

    expect((await ending).outcome).toBe('spent');
    expect(target.calls).toHaveLength(1);
    expect(await service.catalog.list('due', { limit: 10 })).toHaveLength(1);
  });
});

describe('the controller', () => {
  it('repeats a due wake-up after which no dispatcher has looked, and leaves the note', async () => {
    const world = await given();
    const { service, calls, call, tell, notes } = await givenWaking(world);
    await sendOne(service);
    await tell();
    calls.length = 0;

    await wakeDue(service, call);
    const early = calls.length;
    world.clock.advance(120_000);
    await wakeDue(service, call);

    expect(early).toBe(0);
    expect(calls).toHaveLength(1);
    expect(await notes()).toHaveLength(1);
  });

  it('removes notes of queues that push no more', async () => {
    const world = await given();
    const { service, calls, call, tell, notes } = await givenWaking(world);
    await sendOne(service);
    await tell();
    await pauseSubscription(service, 'orders');
    calls.length = 0;
    world.clock.advance(120_000);

    await wakeDue(service, call);

    expect([calls, await notes()]).toEqual([[], []]);
  });

  it('reads as much for ten queues asleep as for one', async () => {
    const readsOf = async (queues: number) => {
      const world = await given();
      const { service, call } = await givenWaking(world);
      for (let number = 0; number < queues; number++) {
        await createQueue(service, { name: `other-${number}`, settings: {} });
        const { subscription } = (await service.routes.get('orders')).queue;
        if (subscription !== undefined) await subscribe(service, `other-${number}`, subscription);
      }
      let reads = 0;
      const counting = new Proxy(service.catalog, {
        get: (of, name) => {
          const value: unknown = Reflect.get(of, name);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]) => {
            reads++;
            return Reflect.apply(value, of, given) as unknown;
          };
        },
      });
      await wakeDue({ ...service, catalog: counting }, call);
      return reads;
    };

    expect(await readsOf(10)).toBe(await readsOf(1));
  });

  it('notes once an hour messages that no dispatcher was woken for', async () => {
    const world = await given();
    const { service, calls, call, notes } = await givenWaking(world);
    await sendOne(service);

    await noteWhatWasLost(service);
    const first = await notes();
    world.clock.advance(60_000);
    await wakeDue(service, call);

    expect(first).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });
});
