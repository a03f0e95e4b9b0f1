import { describe, expect, it } from 'vitest';
import { expireArchive } from '../../src/engine/index.ts';
import { given, type World } from '../support/given.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A queue that keeps deleted messages a day, with one that was deleted just now. */
async function givenArchived(): Promise<World> {
  const world = await given({ queues: { orders: { rewindMs: DAY_MS } }, sent: ['one'] });
  await world.delete(await world.receive());
  await world.settle();
  return world;
}

const objectsOf = (world: World) => world.service.objects.list('archive/', { limit: 10 });

describe('the archive, as time passes', () => {
  it('keeps an object for its class and two days more', async () => {
    const world = await givenArchived();

    world.clock.advance(3 * DAY_MS);
    await expireArchive(world.service);

    expect(await objectsOf(world)).toHaveLength(1);
  });

  it('then lets it go, and a rewind finds nothing and misses nothing', async () => {
    const world = await givenArchived();

    world.clock.advance(3 * DAY_MS + HOUR_MS);
    await expireArchive(world.service);

    expect(await objectsOf(world)).toEqual([]);
    expect(await world.rewind()).toMatchObject({ state: 'done', messagesMatched: 0, objectsTotal: 0 });
  });

  it('keeps an object as long as a rewound message of it waits', async () => {
    const world = await givenArchived();
    world.clock.advance(1);
    await world.rewind();

    world.clock.advance(3 * DAY_MS + HOUR_MS);
    await expireArchive(world.service);

    const waiting = await world.receive();
    expect(waiting.map(({ body }) => body)).toEqual(['one']);
    await world.delete(waiting);
    await world.settle();
    const before = await objectsOf(world);
    await expireArchive(world.service);
    // What is left says when it was deleted again.
    expect(await objectsOf(world)).toEqual(before.slice(1));
  });
});
