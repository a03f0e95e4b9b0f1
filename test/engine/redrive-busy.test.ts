import { describe, expect, it } from 'vitest';
import { getRewind, type QueueService, queueCounts, runRewind, startRedrive } from '../../src/engine/index.ts';
import { queueOfShard } from '../../src/model/ids.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

const deadLetter = { queue: 'dead', maxReceives: 1 };

/** Two dead letters of each queue. */
async function givenDead(...queues: string[]): Promise<World> {
  const sources = Object.fromEntries(queues.map((queue) => [queue, { deadLetter }]));
  const world = await given({ queues: { dead: {}, ...sources } });
  for (const queue of queues) {
    await world.send([`${queue} 1`, `${queue} 2`], { queue });
    await world.receive({ queue });
    world.clock.advance(30_000);
    await world.receive({ queue });
  }
  world.clock.advance(1);
  return world;
}

/** A process to which one queue gives no room for new messages. */
async function withoutRoomIn(world: World, name: string): Promise<QueueService> {
  const { queue } = await world.service.routes.get(name);
  const { shards } = world.ports;
  return world.process(
    {},
    {
      shards: replaced(shards, {
        put: async (placements) =>
          placements.some(({ shard }) => queueOfShard(shard) === queue.id)
            ? placements.map(() => 'throttled' as const)
            : await shards.put(placements),
      }),
    },
  );
}

describe('a redrive into a queue that takes no messages for now', () => {
  it('gives them back at once as they were, and moves them once it takes some', async () => {
    const world = await givenDead('orders');
    const { id, queueId } = await startRedrive(world.service, { queue: 'dead' });
    const busy = await withoutRoomIn(world, 'orders');

    await expect(runRewind(busy, queueId, id)).rejects.toMatchObject({ code: 'Throttled' });
    await world.settle();
    const between = (await queueCounts(world.service, 'dead')).counts;
    const [waiting] = await world.deliveries('dead');
    const job = await getRewind(world.service, 'dead', id);
    await world.runRewinds();

    expect(between).toMatchObject({ sent: 2, ready: 2, inFlight: 0 });
    expect([waiting?.receiveCount, job.state]).toEqual([0, 'running']);
    expect(await getRewind(world.service, 'dead', id)).toMatchObject({ state: 'done', messagesRewound: 2 });
    expect(await world.consume()).toEqual(['orders 1', 'orders 2']);
  });

  it('moves those of other queues in the same run', async () => {
    const world = await givenDead('orders', 'refunds');
    const { id, queueId } = await startRedrive(world.service, { queue: 'dead' });
    const busy = await withoutRoomIn(world, 'orders');

    await expect(runRewind(busy, queueId, id)).rejects.toMatchObject({ code: 'Throttled' });

    expect(await getRewind(world.service, 'dead', id)).toMatchObject({ state: 'running', messagesRewound: 2 });
    expect(await world.consume('refunds')).toEqual(['refunds 1', 'refunds 2']);
    await world.runRewinds();
    expect(await world.consume()).toEqual(['orders 1', 'orders 2']);
  });
});
