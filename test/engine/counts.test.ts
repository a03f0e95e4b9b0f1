import { describe, expect, it } from 'vitest';
import { archive, purgeQueue, type QueueService, queueCounts, receive, recentCounts } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import type { QueueCounts } from '../../src/model/counts.ts';
import { cellId, SHARD_NUMBERS, shardId } from '../../src/model/ids.ts';
import { EMPTY_TOTALS } from '../../src/model/totals.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

/** A process that runs something each time it reads a page of a shard. */
function meanwhile(world: World, happens: () => Promise<unknown>): QueueService {
  const { shards } = world.ports;
  const list: typeof shards.list = async (shard, range) => {
    const page = await shards.list(shard, range);
    await happens();
    return page;
  };
  return world.process({}, { shards: replaced(shards, { list }) });
}

/** Counts the barriers that a process puts. */
function countingBarriers(world: World): { service: QueueService; barriers: () => number } {
  const { shards } = world.ports;
  let count = 0;
  const put: typeof shards.put = async (placements) => {
    count += placements.filter(({ delivery }) => delivery.parts.length === 0).length;
    return await shards.put(placements);
  };
  return {
    service: world.process({}, { shards: replaced(shards, { put }) }),
    barriers: () => count,
  };
}

describe('counts of a small queue', () => {
  it('are exact while nothing changes', async () => {
    const world = await given({ sent: ['one', 'two', 'three'] });
    await world.delete(await world.receive({ max: 1 }));
    await world.receive({ max: 1 });

    const { counts, isExact } = await queueCounts(world.service, 'orders');

    expect(isExact).toBe(true);
    expect(counts).toMatchObject({ sent: 3, ready: 1, inFlight: 1, deleted: 1 });
  });

  it('are not called exact when a message is deleted while they are read', async () => {
    const world = await given({ sent: ['one', 'two'] });
    const held = await world.receive();
    const service = meanwhile(world, async () => world.delete(held.splice(0, 1)));

    const { isExact } = await queueCounts(service, 'orders');

    expect(isExact).toBe(false);
  });

  it('are not called exact when as many are sent as are deleted meanwhile', async () => {
    const world = await given({ sent: ['one'] });
    const service = meanwhile(world, async () => {
      await world.send(['another']);
      await world.delete(await world.receive({ max: 1 }));
    });

    const { isExact } = await queueCounts(service, 'orders');

    expect(isExact).toBe(false);
  });

  it('are not called exact when the route changes while they are read', async () => {
    const world = await given({ sent: ['one'] });
    const service = meanwhile(world, async () => purgeQueue(world.service, 'orders'));

    const { isExact } = await queueCounts(service, 'orders');

    expect(isExact).toBe(false);
  });

  it('are not called exact while a claim that lost its race holds a copy of what was deleted', async () => {
    const world = await given({ sent: ['one'] });
    const counted: QueueCounts[] = [];
    const { shards } = world.ports;
    const put: typeof shards.put = async (placements) => {
      const outcomes = await shards.put(placements);
      // The other consumer is faster: it receives and deletes the message before this claim takes over its delivery.
      await world.consume();
      counted.push(await queueCounts(world.service, 'orders'));
      return outcomes;
    };

    await receive(world.process({}, { shards: replaced(shards, { put }) }), { queue: 'orders', max: 1, waitMs: 0 });

    expect(counted.map(({ isExact }) => isExact)).toEqual([false]);
    const { counts, isExact } = await queueCounts(world.service, 'orders');
    expect({ sent: counts.sent, isExact }).toEqual({ sent: 1, isExact: true });
  });

  it('leave no barrier behind', async () => {
    const world = await given({ sent: ['one'] });

    await queueCounts(world.service, 'orders');

    expect((await world.deliveries()).filter(({ parts }) => parts.length === 0)).toEqual([]);
  });
});

describe('recent counts', () => {
  it('are as of the last report, are not called exact, and put no barrier', async () => {
    const world = await given({ sent: ['one', 'two', 'three'] });
    await world.delete(await world.receive({ max: 1 }));
    await queueCounts(world.service, 'orders');
    const { service, barriers } = countingBarriers(world);

    const { counts, isExact } = await recentCounts(service, 'orders');

    expect(counts).toMatchObject({ sent: 3, ready: 2, inFlight: 0, deleted: 1 });
    expect(isExact).toBe(false);
    expect(barriers()).toBe(0);
  });
});

describe('counts of a queue that had very many shards', () => {
  it('add up what all of them report', async () => {
    const world = await given();
    const { queue } = await world.service.routes.get('orders');
    const { catalog } = world.ports;
    const record = { ...EMPTY_TOTALS, sent: 1, deleted: 1, asOfMs: world.clock.nowMs() };
    const count = SHARD_NUMBERS / 2;
    const all = Array.from({ length: count }, (_, number) => {
      const name = `${queue.id}/${shardId(cellId(0), number)}`;
      return { name, version: 1, value: record };
    });
    let next = 0;
    const list: typeof catalog.list = async (kind, range) => {
      if (kind !== 'totals') return await catalog.list(kind, range);
      const start = next;
      next = (start + range.limit) % all.length;
      return all.slice(start, start + range.limit) as never;
    };

    const { counts } = await recentCounts(world.process({}, { catalog: replaced(catalog, { list }) }), 'orders');

    expect(counts).toMatchObject({ sent: count, deleted: count });
  });
});

describe('a hundred counts at once', () => {
  it('are exact and share two rounds of barriers in one process', async () => {
    const world = await given({ queues: { orders: { shards: { min: 3, max: 3 } } }, sent: ['one', 'two'] });
    const { service, barriers } = countingBarriers(world);

    const counted = await Promise.all(Array.from({ length: 100 }, () => queueCounts(service, 'orders')));

    expect(counted.filter(({ isExact, counts }) => isExact && counts.sent === 2)).toHaveLength(100);
    expect(barriers()).toBe(6);
  });

  it('include what their caller did before', async () => {
    const world = await given({ sent: ['one'] });
    const first = queueCounts(world.service, 'orders');
    await world.send(['two']);

    const [, second] = await Promise.all([first, queueCounts(world.service, 'orders')]);

    expect(second.counts.sent).toBe(2);
  });

  it("never remove each other's barriers, each in a process of its own", async () => {
    const world = await given({ sent: ['one'] });
    await world.consume();
    world.clock.advance(1_000);
    const processes = Array.from({ length: 100 }, () => world.process());

    const [job, ...counted] = await Promise.all([
      world.rewind(),
      ...processes.map((service) => queueCounts(service, 'orders')),
    ]);

    expect(job).toMatchObject({ state: 'done', messagesRewound: 1 });
    expect(counted.filter(({ counts }) => counts.sent === 1)).toHaveLength(100);
    expect((await queueCounts(world.service, 'orders')).isExact).toBe(true);
  });
});

describe('a batch that the feed gave up', () => {
  /** Four messages sent and three of them deleted in a batch that fails; then one more is sent. */
  async function givenUp(): Promise<{ world: World; batch: Change[] }> {
    const world = await given();
    await world.send(['1', '2', '3', '4']);
    const held = await world.receive({ max: 4 });
    await world.delete(held.slice(0, 3));
    const batch = await world.takeChanges();
    await world.send(['5']);
    await world.settle();
    return { world, batch };
  }

  it('makes counts inexact until it is replayed', async () => {
    const { world } = await givenUp();

    expect((await queueCounts(world.service, 'orders')).isExact).toBe(false);
  });

  it('counts once it is replayed after later batches, and once only', async () => {
    const { world, batch } = await givenUp();
    await archive(world.service, batch, 'replay');
    await archive(world.service, batch, 'replay');

    const { counts, isExact } = await queueCounts(world.service, 'orders');

    expect(isExact).toBe(true);
    expect(counts).toMatchObject({ sent: 5, deleted: 3, ready: 1, inFlight: 1 });
  });

  it('counts once when a try had counted it before', async () => {
    const world = await given({ sent: ['1', '2'] });
    const batch = await world.takeChanges();
    await archive(world.service, batch);
    await archive(world.service, batch);
    await world.send(['3']);
    await world.settle();

    await archive(world.service, batch, 'replay');

    const { counts, isExact } = await queueCounts(world.service, 'orders');
    expect(isExact).toBe(true);
    expect(counts).toMatchObject({ sent: 3, ready: 3 });
  });
});
