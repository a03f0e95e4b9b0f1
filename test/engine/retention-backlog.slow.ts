import { describe, expect, it } from 'vitest';
import { receive } from '../../src/engine/index.ts';
import { given, type World } from '../support/given.ts';

const MINUTE = 60_000;

/** A young message behind more single ones that are too old than a receive removes. */
async function givenBacklog(): Promise<World> {
  const world = await given({ queues: { orders: { retentionMs: MINUTE } } });
  await Promise.all(Array.from({ length: 2_200 }, async () => await world.send(['old'])));
  world.clock.advance(MINUTE);
  await world.send(['young']);
  return world;
}

describe('behind thousands of messages that are too old', () => {
  it('a receive says that there is more, and the next one finds it', async () => {
    const world = await givenBacklog();

    await expect(world.receive({ max: 1 })).rejects.toMatchObject({ code: 'Throttled' });
    expect(await world.receive({ max: 1 })).toMatchObject([{ body: 'young' }]);
  });

  it('a receive that waits goes on', async () => {
    const world = await givenBacklog();

    const received = await receive(world.service, { queue: 'orders', max: 1, waitMs: 20_000 });

    expect(received).toMatchObject([{ body: 'young' }]);
  });
});
