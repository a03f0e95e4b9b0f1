import { describe, expect, it } from 'vitest';
import { deleteQueue, getRewind, receive, startRedrive } from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import { queueOfShard } from '../../src/model/ids.ts';
import { PURGE_UNDO_MS } from '../../src/model/limits.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

const DEAD_AFTER_ONE = { visibilityMs: 1_000, deadLetter: { queue: 'dead', maxReceives: 1 } };

/** An hour and more later, everything due has been discarded. */
async function discardAll(world: World): Promise<void> {
  for (let run = 0; run < 3; run++) {
    world.clock.advance(PURGE_UNDO_MS);
    await discardDue(world.service);
  }
}

describe('a message over its receive limit', () => {
  it('stays where it is when a process still knows a dead-letter queue that was deleted', async () => {
    const world = await given({ queues: { dead: {}, orders: DEAD_AFTER_ONE }, sent: ['first', 'second'] });
    const consumer = world.process({ routeFreshMs: 5_000 });
    const take = () => receive(consumer, { queue: 'orders', max: 1 });
    await take();
    world.clock.advance(1_001);
    // The first message dies: from now on the process knows the route of the dead-letter queue.
    await take();
    await take();
    await deleteQueue(world.service, 'dead');
    world.clock.advance(4_000);

    await take();
    await discardAll(world);

    expect((await world.receive()).map(({ body }) => body)).toEqual(['second']);
  });

  it('is in the dead-letter queue once, though the queue that it leaves takes no writes for a moment', async () => {
    const world = await given({ queues: { dead: {}, orders: DEAD_AFTER_ONE }, sent: ['one'] });
    await world.receive();
    world.clock.advance(1_001);
    const { shards } = world.ports;
    const busy = replaced(shards, {
      tryMark: async (shard, key, change, condition) =>
        change.deadLettered === undefined
          ? await shards.tryMark(shard, key, change, condition)
          : { outcome: 'throttled' },
    });

    await receive(world.process({}, { shards: busy }), { queue: 'orders', max: 1 });
    world.clock.advance(1_001);
    await world.receive();

    expect(await world.consume('dead')).toEqual(['one']);
  });

  it('stays where it is when its dead-letter queue is deleted while it moves, and leaves no copy', async () => {
    const world = await given({ queues: { dead: {}, orders: DEAD_AFTER_ONE }, sent: ['one'] });
    await world.receive();
    world.clock.advance(1_001);
    const dead = (await world.service.routes.get('dead')).queue;
    const { shards } = world.ports;
    const overtaken = replaced(shards, {
      put: async (placements) => {
        if (placements.some(({ shard }) => queueOfShard(shard) === dead.id)) await deleteQueue(world.service, 'dead');
        return await shards.put(placements);
      },
    });

    const got = await receive(world.process({}, { shards: overtaken }), { queue: 'orders', max: 1 });

    expect(got.map(({ body }) => body)).toEqual(['one']);
    const changes = await world.takeChanges();
    const inDead = changes.filter(({ shard }) => shard.startsWith(dead.id));
    expect(inDead.map(({ before, after }) => [before === undefined, after === undefined])).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});

describe('a redrive', () => {
  it('leaves dead letters where they are when a process still knows a target that was deleted', async () => {
    const world = await given({ queues: { dead: {}, orders: DEAD_AFTER_ONE, elsewhere: {} }, sent: ['one'] });
    await world.receive();
    world.clock.advance(1_001);
    await world.receive();
    const runner = world.process({ routeFreshMs: 5_000 });
    await runner.routes.get('elsewhere');
    const job = await startRedrive(world.service, { queue: 'dead', into: 'elsewhere' });
    await deleteQueue(world.service, 'elsewhere');

    await world.runRewinds(runner);
    await discardAll(world);

    expect(await getRewind(world.service, 'dead', job.id)).toMatchObject({ state: 'failed', messagesRewound: 0 });
    expect(await world.consume('dead')).toEqual(['one']);
  });

  it('moves dead letters into a queue that takes none for a moment, and none counts as received', async () => {
    const dead = { deadLetter: { queue: 'last', maxReceives: 1 } };
    const world = await given({ queues: { last: {}, dead, orders: DEAD_AFTER_ONE }, sent: ['one'] });
    await world.receive();
    world.clock.advance(1_001);
    await world.receive();
    const { queue } = await world.service.routes.get('orders');
    const { shards } = world.ports;
    let refusals = 2;
    const put: typeof shards.put = async (placements) => {
      const isBusy = placements.some(({ shard }) => queueOfShard(shard) === queue.id) && refusals-- > 0;
      return isBusy ? placements.map(() => 'throttled' as const) : await shards.put(placements);
    };
    const job = await startRedrive(world.service, { queue: 'dead' });

    await world.runRewinds(world.process({}, { shards: replaced(shards, { put }) }));

    expect(await getRewind(world.service, 'dead', job.id)).toMatchObject({ state: 'done', messagesRewound: 1 });
    expect(await world.consume()).toEqual(['one']);
    world.clock.advance(60_000);
    expect(await world.consume('dead')).toEqual([]);
    expect(await world.consume('last')).toEqual([]);
  });
});
