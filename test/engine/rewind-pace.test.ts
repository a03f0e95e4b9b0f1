import { describe, expect, it } from 'vitest';
import { cancelRewind, getRewind, shareOutRewind, startRewind } from '../../src/engine/index.ts';
import { DAY_MS } from '../../src/model/spans.ts';
import { BODIES, givenTwoObjects } from '../support/rewinding.ts';

describe('a rewind with a pace', () => {
  it('brings no more in a second than was asked for, on average since its start', async () => {
    const world = await givenTwoObjects();
    const job = await startRewind(world.service, { ...world.everything(), perSecond: 1 });

    await world.runRewinds();

    // The second three come after the time of the first three, and the rewind ends after the time of all.
    const ended = await getRewind(world.service, 'orders', job.id);
    expect(ended).toMatchObject({ state: 'done', messagesRewound: 6, perSecond: 1 });
    expect(world.clock.nowMs() - job.startedAtMs).toBeGreaterThanOrEqual(6_000);
    expect(await world.consume()).toEqual(BODIES);
  });

  it('stops within a second when it is cancelled, and takes back messages that are not received', async () => {
    const world = await givenTwoObjects();
    const job = await startRewind(world.service, { ...world.everything(), perSecond: 1 });
    const { clock } = world;
    let sleeps = 0;
    const sleep = async (ms: number) => {
      if (++sleeps === 2) await cancelRewind(world.service, 'orders', job.id);
      await clock.sleep(ms);
    };

    await world.runRewinds(world.process({}, { clock: { nowMs: () => clock.nowMs(), sleep } }));

    const ended = await getRewind(world.service, 'orders', job.id);
    expect(ended).toMatchObject({ state: 'cancelled', messagesRewound: 0 });
    expect(clock.nowMs() - job.startedAtMs).toBeLessThan(6_000);
    expect(await world.consume()).toEqual([]);
  });

  it('says that an object expired, not that it is damaged, when it takes longer than the archive is kept', async () => {
    const world = await givenTwoObjects();
    const job = await startRewind(world.service, { ...world.everything(), perSecond: 1 });
    const { clock, ports } = world;
    const [, last = ''] = await ports.objects.list('archive/', { limit: 10 });
    const told: unknown[] = [];
    // The lifecycle of a bucket removes what no rewind has named yet.
    const sleep = async (ms: number) => {
      clock.advance(10 * DAY_MS);
      await ports.objects.remove(last);
      await clock.sleep(ms);
    };
    const runner = world.process(
      {},
      { clock: { nowMs: () => clock.nowMs(), sleep }, onDamage: (damage) => void told.push(damage) },
    );

    await world.runRewinds(runner);

    expect(await getRewind(world.service, 'orders', job.id)).toMatchObject({
      state: 'failed',
      error: `${last} expired before the rewind came to it`,
      messagesRewound: 3,
      damaged: 3,
    });
    expect(told).toEqual([]);
  });

  it('is not shared out: its last step does all of it', async () => {
    const world = await givenTwoObjects();
    const { queueId, id } = await startRewind(world.service, { ...world.everything(), perSecond: 1_000 });

    expect(await shareOutRewind(world.service, { queueId, rewindId: id })).toBe(false);
  });
});
