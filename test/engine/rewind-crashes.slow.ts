import { describe, expect, it } from 'vitest';
import { cancelRewind, getRewind, startRewind, unfinishedRewinds } from '../../src/engine/index.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { BODIES, givenTwoObjects } from '../support/rewinding.ts';

describe('a rewind whose process dies', () => {
  it('continues after any of its steps when the server starts again, and brings everything once', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const world = await givenTwoObjects({ isOnDisk: true });
      const job = await startRewind(world.service, world.everything());
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));

      await world.restart();
      const { finishedAtMs } = await getRewind(world.service, 'orders', job.id);
      const unfinished = await unfinishedRewinds(world.service);
      await world.resumeRewinds();

      expect(unfinished.map(({ id }) => id)).toEqual(finishedAtMs === undefined ? [job.id] : []);
      const finished = await getRewind(world.service, 'orders', job.id);
      expect(finished).toMatchObject({ state: 'done', messagesRewound: 6, objectsDone: 2, objectsTotal: 2 });
      expect(await world.consume()).toEqual(BODIES);
      return death;
    });

    expect(deaths).toBeGreaterThan(12);
  });

  it('brings nothing a second time that was received before it went on', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await givenTwoObjects();
      await startRewind(world.service, world.everything());
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));
      const early = await world.receive({ max: 2 });
      await world.delete(early);

      await world.resumeRewinds();

      const late = await world.consume();
      expect([...early.map(({ body }) => body), ...late].toSorted()).toEqual(BODIES);
      return death;
    });
  });

  it('brings nothing a second time that was consumed before it continued', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await givenTwoObjects();
      await startRewind(world.service, world.everything());
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));
      const early = await world.consume();

      await world.resumeRewinds();

      expect([...early, ...(await world.consume())].toSorted()).toEqual(BODIES);
      return death;
    });
  });

  it('leaves nothing that seems to wait where it was cancelled, and consumers took all there was', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await givenTwoObjects();
      const { id } = await startRewind(world.service, world.everything());
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));
      await world.consume();
      await cancelRewind(world.service, 'orders', id);
      await world.resumeRewinds();
      await world.settle();
      world.clock.advance(1);

      await world.rewind();

      expect(await world.consume()).toEqual(BODIES);
      return death;
    });
  });

  it('while it starts: another one can start, and brings everything once', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const world = await givenTwoObjects({ isOnDisk: true });
      const death = await deathOf(startRewind(world.process({}, dyingAfter(steps, world.ports)), world.everything()));
      await world.restart();
      await world.resumeRewinds();
      world.clock.advance(60_000);

      await world.rewind();

      expect(await world.consume()).toEqual(BODIES);
      return death;
    });

    expect(deaths).toBeGreaterThan(3);
  });
});
