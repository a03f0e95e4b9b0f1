import { describe, expect, it } from 'vitest';
import { deleteQueue, getRewind, purgeQueue, restoreQueue, startRedrive, undoPurge } from '../../src/engine/index.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

/** A redrive of three dead letters, one a second. */
async function givenRunning() {
  const deadLetter = { queue: 'dead', maxReceives: 1 };
  const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['a', 'b', 'c'] });
  await world.receive();
  world.clock.advance(30_000);
  await world.receive();
  world.clock.advance(1);
  const { id } = await startRedrive(world.service, { queue: 'dead', perSecond: 1 });
  return { world, id };
}

/** A process in whose first pause something happens. */
function inFirstPause(world: World, event: () => Promise<void>) {
  let isOver = false;
  const sleep: Clock['sleep'] = async (ms) => {
    if (!isOver) await event();
    isOver = true;
    await world.clock.sleep(ms);
  };
  return world.process({}, { clock: replaced(world.clock, { sleep }) });
}

describe('a redrive at work', () => {
  it('ends at a purge of the dead letters, and moves none of them after it', async () => {
    const { world, id } = await givenRunning();
    const purging = inFirstPause(world, async () => void (await purgeQueue(world.service, 'dead')));

    await world.runRewinds(purging);

    expect(await getRewind(world.service, 'dead', id)).toMatchObject({ state: 'done', messagesRewound: 1 });
    expect(await world.consume()).toEqual(['a']);
    await undoPurge(world.service, 'dead');
    expect(await world.consume('dead')).toEqual(['b', 'c']);
  });

  it('ends at the deletion of its queue, which still has the others when it is restored', async () => {
    const { world, id } = await givenRunning();
    const deleting = inFirstPause(world, async () => void (await deleteQueue(world.service, 'dead')));

    await world.runRewinds(deleting);

    expect(await world.consume()).toEqual(['a']);
    await restoreQueue(world.service, { name: 'dead' });
    await world.runRewinds();
    expect(await getRewind(world.service, 'dead', id)).toMatchObject({ state: 'cancelled', messagesRewound: 1 });
    expect(await world.consume('dead')).toEqual(['b', 'c']);
  });
});
