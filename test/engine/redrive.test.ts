import { describe, expect, it } from 'vitest';
import { getRewind, queueCounts, startRedrive } from '../../src/engine/index.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';

/** Three dead letters. */
async function givenDead(): Promise<World> {
  const deadLetter = { queue: 'dead', maxReceives: 1 };
  const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['a', 'b', 'c'] });
  await world.receive();
  world.clock.advance(30_000);
  await world.receive();
  world.clock.advance(1);
  return world;
}

describe('a redrive', () => {
  it('moves dead letters back to where they came from, and counts add up in both queues', async () => {
    const world = await givenDead();
    const job = await startRedrive(world.service, { queue: 'dead' });

    await world.runRewinds();

    expect(await getRewind(world.service, 'dead', job.id)).toMatchObject({ state: 'done', messagesRewound: 3 });
    expect((await queueCounts(world.service, 'dead')).counts).toMatchObject({ sent: 3, deleted: 3, ready: 0 });
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({
      sent: 3,
      deadLettered: 3,
      rewound: 3,
      ready: 3,
    });
    expect(await world.consume()).toEqual(['a', 'b', 'c']);
  });

  it('loses nothing when its process dies after any step', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await givenDead();
      await startRedrive(world.service, { queue: 'dead' });
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));
      world.clock.advance(120_000);

      await world.resumeRewinds();

      const bodies = [...(await world.consume()), ...(await world.consume('dead'))];
      expect(new Set(bodies)).toEqual(new Set(['a', 'b', 'c']));
      return death;
    });
  });
});
