import { describe, expect, it } from 'vitest';
import { cancelRewind, getRewind, runRewind, shareOutRewind, startRewind } from '../../src/engine/index.ts';
import { placeItems, planName, type RewindItem, type RewindName } from '../../src/engine/rewind/rewind-in-steps.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import type { World } from '../support/given.ts';
import { BODIES, givenTwoObjects } from '../support/rewinding.ts';

/** A planned rewind, and its items: one for each object. */
async function givenSharedOut(): Promise<{ world: World; name: RewindName; items: RewindItem[] }> {
  const world = await givenTwoObjects();
  const { queueId, id: rewindId } = await startRewind(world.service, world.everything());
  const name = { queueId, rewindId };
  expect(await shareOutRewind(world.service, name)).toBe(true);
  return { world, name, items: await itemsOf(world, name) };
}

async function itemsOf(world: World, name: RewindName): Promise<RewindItem[]> {
  const bytes = await world.service.objects.get(planName(name));
  return JSON.parse(Buffer.from(bytes ?? []).toString()) as RewindItem[];
}

const end = ({ queueId, rewindId }: RewindName, world: World) => runRewind(world.service, queueId, rewindId);
const jobOf = (world: World, { rewindId }: RewindName) => getRewind(world.service, 'orders', rewindId);

describe('a rewind that is shared out', () => {
  it('brings everything once, whatever the order of its items, repeated ones included', async () => {
    const { world, name, items } = await givenSharedOut();

    for (const item of [...items.toReversed(), ...items]) await placeItems(world.process(), name, [item]);
    const before = await jobOf(world, name);
    await end(name, world);

    expect(items).toHaveLength(2);
    expect(before).toMatchObject({ state: 'running', objectsTotal: 2, objectsDone: 2 });
    expect(await jobOf(world, name)).toMatchObject({ state: 'done', objectsDone: 2, messagesRewound: 6 });
    expect(await world.consume()).toEqual(BODIES);
  });

  it('brings what a batch that failed has left at its end, and nothing that was consumed since', async () => {
    const { world, name, items } = await givenSharedOut();

    await placeItems(world.process(), name, items.slice(0, 1));
    const early = await world.consume();
    await end(name, world);

    expect(early).toHaveLength(3);
    expect([...early, ...(await world.consume())].toSorted()).toEqual(BODIES);
    expect(await jobOf(world, name)).toMatchObject({ state: 'done', messagesRewound: 6 });
  });

  it('brings everything once, though a rewinder dies after any step of a batch that is then repeated', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const { world, name, items } = await givenSharedOut();
      const death = await deathOf(placeItems(world.process({}, dyingAfter(steps, world.ports)), name, items));
      const early = await world.consume();

      await placeItems(world.process(), name, items);
      await end(name, world);

      expect([...early, ...(await world.consume())].toSorted()).toEqual(BODIES);
      return death;
    });

    expect(deaths).toBeGreaterThan(8);
  });

  it('is taken back at its end when it was cancelled, and late batches bring nothing', async () => {
    const { world, name, items } = await givenSharedOut();
    await placeItems(world.process(), name, items.slice(0, 1));

    await cancelRewind(world.service, 'orders', name.rewindId);
    await placeItems(world.process(), name, items.slice(1));
    const isShared = await shareOutRewind(world.service, name);
    await end(name, world);
    await placeItems(world.process(), name, items);

    expect(isShared).toBe(false);
    expect(await world.consume()).toEqual([]);
    expect(await jobOf(world, name)).toMatchObject({ state: 'cancelled', messagesRewound: 0 });
  });

  it('has nothing to share out once it is over', async () => {
    const { world, name } = await givenSharedOut();
    await end(name, world);

    expect(await shareOutRewind(world.service, name)).toBe(false);
  });
});
