import { describe, expect, it } from 'vitest';
import { cancelRewind, startRewind, unfinishedRewinds } from '../../src/engine/index.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { BODIES, givenHalfRewound, givenTwoObjects } from '../support/rewinding.ts';

describe('a rewind that is cancelled', () => {
  it('takes back what had ended, though the process dies after any step', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const world = await givenTwoObjects();
      const job = await world.rewind();
      const dying = world.process({}, dyingAfter(steps, world.ports));
      const cancelAndRun = async () => {
        await cancelRewind(dying, 'orders', job.id);
        await world.runRewinds(dying);
      };
      const death = await deathOf(cancelAndRun());

      await cancelRewind(world.service, 'orders', job.id);
      await world.resumeRewinds();

      expect(await world.receive()).toEqual([]);
      expect(await unfinishedRewinds(world.service)).toEqual([]);
      return death;
    });

    expect(deaths).toBeGreaterThan(10);
  });

  it('takes everything back though its process dies after any step, and consumers look meanwhile', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const { world, received } = await givenHalfRewound();
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));
      await world.consume();

      await world.resumeRewinds();
      world.clock.advance(1);
      const again = await world.rewind();

      expect(again.messagesRewound).toBe(BODIES.length - received.length);
      expect(await world.consume()).toEqual(BODIES.filter((body) => !received.includes(body)));
      return death;
    });

    expect(deaths).toBeGreaterThan(10);
  });

  it('leaves everything to a later one, after whichever step its process had died', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await givenTwoObjects();
      const job = await startRewind(world.service, world.everything());
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));

      await cancelRewind(world.service, 'orders', job.id);
      await world.resumeRewinds();
      const left = await world.consume();
      world.clock.advance(1);
      const again = await world.rewind();

      expect(left).toEqual([]);
      expect(again.messagesRewound).toBe(6);
      expect(await world.consume()).toEqual(BODIES);
      return death;
    });
  });
});
