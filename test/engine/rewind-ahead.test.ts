import { describe, expect, it } from 'vitest';
import { getRewind, startRewind } from '../../src/engine/index.ts';
import { messageCount } from '../../src/model/delivery.ts';
import { BODIES, givenTwoObjects } from '../support/rewinding.ts';

/** The feed is silent until messages are there, or after this many looks: many on a busy machine. */
const LOOKS_UNTIL_THERE = 20_000;
const LOOKS_IN_VAIN = 300;

describe('a rewind of an archive that lags behind', () => {
  /** Two objects are archived; one more message was deleted, which the feed has not reported. */
  async function rewindBehind(isRewoundBefore: boolean) {
    const world = await givenTwoObjects();
    if (isRewoundBefore) {
      await world.rewind();
      await world.consume();
      await world.settle();
      world.clock.advance(1_000);
    }
    await world.send(['late']);
    world.clock.advance(1_000);
    await world.consume();
    world.clock.advance(1_000);
    let looks = 0;
    let isBehind = true;
    let whileBehind: number | undefined;
    const looksMax = isRewoundBefore ? LOOKS_IN_VAIN : LOOKS_UNTIL_THERE;
    const sleep = async () => {
      world.clock.advance(1);
      const count = (await world.deliveries()).reduce((sum, delivery) => sum + messageCount(delivery), 0);
      if (looks++ === looksMax || count === BODIES.length) isBehind = false;
      if (isBehind) await new Promise((resolve) => setImmediate(resolve));
      else {
        whileBehind ??= count;
        await world.settle();
      }
    };
    const service = world.process({}, { clock: { nowMs: () => world.clock.nowMs(), sleep } });
    const { id } = await startRewind(service, world.everything());
    await world.runRewinds(service);
    return { world, whileBehind, job: await getRewind(service, 'orders', id) };
  }

  it('already brings what is archived, and then the rest, each once', async () => {
    const { world, whileBehind, job } = await rewindBehind(false);

    expect(whileBehind).toBe(BODIES.length);
    expect(job).toMatchObject({
      state: 'done',
      messagesRewound: 7,
      messagesMatched: 7,
      objectsDone: 3,
      objectsTotal: 3,
    });
    expect(await world.consume()).toEqual([...BODIES, 'late']);
  });

  it('waits where an older rewind has named something, of which the feed may have more to tell', async () => {
    const { world, whileBehind, job } = await rewindBehind(true);

    expect(whileBehind).toBe(0);
    expect(job).toMatchObject({ state: 'done', messagesRewound: 7 });
    expect(await world.consume()).toEqual([...BODIES, 'late']);
  });
});
