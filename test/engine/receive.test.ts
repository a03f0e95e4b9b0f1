import { describe, expect, it } from 'vitest';
import { deleteQueue, receive, send } from '../../src/engine/index.ts';
import { QueueError } from '../../src/model/errors.ts';
import { blockId, queueOfShard } from '../../src/model/ids.ts';
import { BLOCK_YOUNG_MS, ROUTE_HARD_LIMIT_MS } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, number) => String(number).padStart(4, '0'));

describe('a send', () => {
  it('answers an id for each message, in order, by which each is received', async () => {
    const world = await given();
    const ids = await world.send(numbers(250));

    const messages = await world.receive();

    const bodyOf = new Map(messages.map(({ id, body }) => [id, body]));
    expect(ids.map((id) => bodyOf.get(id))).toEqual(numbers(250));
  });

  it('delays for decades, and keeps each message of a request to its own time', async () => {
    const world = await given({ queues: { orders: { delayMs: 1_000 } } });
    const decadesMs = 60 * 365 * 86_400_000;
    const messages = [{ body: 'queue' }, { body: 'now', delayMs: 0 }, { body: 'decades', delayMs: decadesMs }];
    await send(world.service, {
      queue: 'orders',
      messages: messages.map((one) => ({ attributes: NO_ATTRIBUTES, ...one })),
    });

    expect(await world.consume()).toEqual(['now']);
    world.clock.advance(1_000);
    expect(await world.consume()).toEqual(['queue']);
    world.clock.advance(decadesMs - 1_001);
    expect(await world.consume()).toEqual([]);
    world.clock.advance(1);
    expect(await world.consume()).toEqual(['decades']);
  });

  it('that dies after any step is not acknowledged, and what it left behind breaks nothing', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['before'] });
      const messages = [freshText(2_000), freshText(40_000)].map((body) => ({ body, attributes: NO_ATTRIBUTES }));
      const mortal = world.process({}, dyingAfter(steps, world.ports));
      const death = await deathOf(send(mortal, { queue: 'orders', messages }));

      const consumed = await world.consume();

      expect(consumed).toContain('before');
      if (death === undefined) expect(consumed).toHaveLength(3);
      return death;
    });
  });
});

describe('a receive', () => {
  it('of a store that takes too long is told to be unavailable: nobody throttles it', async () => {
    const world = await given({ settings: { shardsPerQueue: 2 } });
    const list: typeof world.ports.shards.list = async (...call) => {
      world.clock.advance(ROUTE_HARD_LIMIT_MS + 1);
      return await world.ports.shards.list(...call);
    };
    const slow = world.process({}, { shards: replaced(world.ports.shards, { list }) });

    const received = receive(slow, { queue: 'orders', max: 10 });

    await expect(received).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('merges single messages into one lease, as many as fit one write unit', async () => {
    const world = await given({ sent: numbers(20).map((number) => number + freshText(80)) });

    await world.receive({ max: 20 });

    const leases = await world.deliveries();
    expect(leases.every(({ receiveCount }) => receiveCount === 1)).toBe(true);
    expect(leases.length).toBeGreaterThan(1);
    expect(leases.length).toBeLessThan(5);
    expect(leases.every(({ payload }) => (payload?.length ?? 0) <= 1_024)).toBe(true);
  });

  it('takes the last delivery in part, and leaves the rest to others', async () => {
    const world = await given();
    await world.send(numbers(10));

    const first = await world.receive({ max: 4 });
    const second = await world.receive({ max: 10 });

    expect(first.map(({ body }) => body)).toEqual(numbers(4));
    expect(second.map(({ body }) => body)).toEqual(numbers(10).slice(4));
  });

  it('gives each message to one of many, in one process and in several', async () => {
    const world = await given();
    await world.send(numbers(300));
    const processes = [world.service, world.service, world.process(), world.process()];

    const answers = await Promise.all(
      processes.map((process) => receive(process, { queue: 'orders', max: 100, waitMs: 0 })),
    );
    const rest = await world.receive();

    const bodies = [...answers.flat(), ...rest].map(({ body }) => body);
    expect(bodies.toSorted()).toEqual(numbers(300));
  });

  it('reads what waits few times over, however many consumers of a process are at work', async () => {
    const world = await given({ sent: numbers(60) });
    const { shards } = world.service;
    let readCount = 0;
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const counted = replaced(shards, {
      list: async (...range) => {
        const page = await shards.list(...range);
        readCount += page.deliveries.length;
        return page;
      },
      put: async (placements) => await held.then(() => shards.put(placements)),
    });
    const process = world.process({}, { shards: counted });

    const receives: Promise<unknown[]>[] = [];
    for (const _ of numbers(60)) {
      receives.push(receive(process, { queue: 'orders', max: 1, waitMs: 0 }));
      await new Promise(setImmediate);
    }
    goOn();

    expect((await Promise.all(receives)).flat()).toHaveLength(60);
    expect(readCount).toBeLessThanOrEqual(3 * 60);
  });

  it('offers messages again once their lease has run out, and counts', async () => {
    const world = await given({ sent: ['one'] });
    const firstAtMs = world.clock.nowMs();
    await world.receive();
    world.clock.advance(29_999);
    const early = await world.receive();
    world.clock.advance(1);

    const again = await world.receive();

    expect(early).toEqual([]);
    expect(again).toMatchObject([{ body: 'one', receiveCount: 2, firstReceivedAtMs: firstAtMs }]);
  });

  it('answers what it has leased even if it cannot shorten the lease', async () => {
    const world = await given({ sent: ['one'] });
    const { catalog } = world.ports;
    let reads = 0;
    const get: typeof catalog.get = async (...what) => {
      if (++reads > 1) throw new QueueError('Unavailable', 'the catalog does not answer');
      return await catalog.get(...what);
    };
    const service = world.process({}, { catalog: replaced(catalog, { get }) });

    const messages = await receive(service, { queue: 'orders', max: 1, waitMs: 0, visibilityMs: 0 });

    expect(messages.map(({ body }) => body)).toEqual(['one']);
    expect(reads).toBe(2);
  });

  it('loses nothing when it dies after any step', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['a', 'b'] });
      await world.send(numbers(20).map((number) => number + freshText(200)));
      const mortal = world.process({}, dyingAfter(steps, world.ports));
      const death = await deathOf(receive(mortal, { queue: 'orders', max: 15, waitMs: 0 }));
      world.clock.advance(30_000);

      const bodies = new Set(await world.consume());

      expect(bodies.size).toBe(22);
      await world.settle();
      world.clock.advance(3_600_000);
      expect(await world.consume()).toEqual([]);
      return death;
    });

    expect(deaths).toBeGreaterThan(4);
  });

  it('waits for a block that may not have arrived, and takes one that never does for consumed', async () => {
    const world = await given();
    await world.send(numbers(20).map((number) => number + freshText(200)));
    const [first] = await world.deliveries();
    const ids = first?.parts.flatMap((part) => (part.kind === 'block' ? [blockId(part.origin)] : [])) ?? [];
    const [block] = (await world.ports.shards.getBlocks(ids)).values();
    await world.ports.shards.removeBlocks(ids);

    const early = await world.receive({ visibilityMs: 1_000 });
    // It arrives with a delivery that was there before and has been taken since.
    if (first !== undefined && block !== undefined) {
      await world.ports.shards.put([{ shard: first.shard, delivery: first, block }]);
      await world.ports.shards.tryRemove(first.shard, first.key, {});
    }
    world.clock.advance(1_000);
    const late = await world.receive({ visibilityMs: 1_000 });
    await world.ports.shards.removeBlocks(ids);
    world.clock.advance(BLOCK_YOUNG_MS + 1);

    expect(early).toEqual([]);
    expect(late).toHaveLength(20);
    expect(await world.receive()).toEqual([]);
    expect(await world.deliveries()).toEqual([]);
  });

  it('moves a message that was received too often to the dead-letter queue, once', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 2 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['poison'] });
    for (let round = 0; round < 2; round++) {
      await world.receive();
      world.clock.advance(30_000);
    }

    expect(await world.receive()).toEqual([]);
    const [message] = await world.receive({ queue: 'dead' });
    expect(message).toMatchObject({ body: 'poison', receiveCount: 3 });
    expect(await world.deliveries()).toEqual([]);
  });

  it('never answers a message over its limit because the dead-letter queue takes nothing for now', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['poison'] });
    const [{ queue: dead }] = [await world.service.routes.get('dead')];
    await world.receive();
    const { shards, catalog } = world.ports;
    const full = replaced(shards, {
      put: async (all) => (all.some(({ shard }) => queueOfShard(shard) === dead.id) ? ['throttled'] : shards.put(all)),
    });
    const unread = replaced(catalog, {
      get: async (kind, name) => {
        if (name === 'dead') throw new QueueError('Throttled', 'the catalog takes no more for now');
        return await catalog.get(kind, name);
      },
    });

    for (const ports of [{ shards: full }, { catalog: unread }]) {
      world.clock.advance(30_000);
      expect(await receive(world.process({}, ports), { queue: 'orders', max: 1, waitMs: 0 })).toEqual([]);
    }
    world.clock.advance(30_000);

    expect(await world.receive()).toEqual([]);
    // Claims that met it and could not move it count.
    expect(await world.receive({ queue: 'dead' })).toMatchObject([{ body: 'poison', receiveCount: 4 }]);
  });

  it('answers what is ready behind messages that were received too often', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: numbers(20) });
    await world.receive();
    world.clock.advance(30_000);
    for (const body of numbers(30).slice(20)) await world.send([body]);

    const messages = await world.receive({ max: 10 });

    expect(messages.map(({ body }) => body).toSorted()).toEqual(numbers(30).slice(20));
  });

  it('answers what is ready behind messages that were consumed elsewhere', async () => {
    const world = await given();
    await world.send(numbers(20).map((number) => number + freshText(200)));
    const [first] = await world.deliveries();
    const ids = first?.parts.flatMap((part) => (part.kind === 'block' ? [blockId(part.origin)] : [])) ?? [];
    await world.ports.shards.removeBlocks(ids);
    world.clock.advance(BLOCK_YOUNG_MS + 1);
    await world.send(['behind']);

    expect((await world.receive({ max: 1 })).map(({ body }) => body)).toEqual(['behind']);
  });

  it('still receives a message whose dead-letter queue is gone', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['poison'] });
    await deleteQueue(world.service, 'dead');
    await world.receive();
    world.clock.advance(30_000);

    expect(await world.receive()).toMatchObject([{ body: 'poison', receiveCount: 2 }]);
  });
});
