import { describe, expect, it } from 'vitest';
import { cancelRewind, getRewind, queueCounts, startRewind, unfinishedRewinds } from '../../src/engine/index.ts';
import { BODIES, givenHalfRewound, givenTwoObjects } from '../support/rewinding.ts';

const without = (bodies: readonly string[]) => BODIES.filter((body) => !bodies.includes(body));

describe('a rewind that is cancelled', () => {
  it('takes back messages that are not received, and a later one finds just those', async () => {
    const { world, id, received } = await givenHalfRewound();

    await world.runRewinds();
    const cancelled = await getRewind(world.service, 'orders', id);
    const left = await world.consume();
    const { counts } = await queueCounts(world.service, 'orders');
    const again = await world.rewind();

    expect(received).toHaveLength(1);
    expect(cancelled).toMatchObject({ state: 'cancelled', messagesRewound: 1 });
    expect(cancelled.finishedAtMs).toBeDefined();
    expect(left).toEqual([]);
    expect(counts).toMatchObject({ sent: 6, rewound: 1, deleted: 6, inFlight: 1, ready: 0 });
    expect(again.messagesRewound).toBe(5);
    expect(await world.consume()).toEqual(without(received));
  });

  it('leaves a received message to its consumer: it is deleted, and a later rewind finds it', async () => {
    const { world, received } = await givenHalfRewound();
    await world.runRewinds();

    world.clock.advance(30_000);
    const left = await world.consume();
    world.clock.advance(1);
    const again = await world.rewind();

    expect(left).toEqual(received);
    expect(again.messagesRewound).toBe(6);
  });

  it('brings nothing when it had not begun', async () => {
    const world = await givenTwoObjects();
    const job = await startRewind(world.service, world.everything());

    await cancelRewind(world.service, 'orders', job.id);
    await world.runRewinds();

    expect(await world.consume()).toEqual([]);
    expect(await getRewind(world.service, 'orders', job.id)).toMatchObject({ state: 'cancelled', messagesRewound: 0 });
    expect((await world.rewind()).messagesRewound).toBe(6);
  });

  it('takes back messages that are not received after its end too, and a later one finds just those', async () => {
    const world = await givenTwoObjects();
    const job = await world.rewind();
    const received = await world.receive({ max: 2 });

    const { finishedAtMs } = await cancelRewind(world.service, 'orders', job.id);
    await world.runRewinds();

    expect(job.state).toBe('done');
    expect(finishedAtMs).toBeUndefined();
    expect(await getRewind(world.service, 'orders', job.id)).toMatchObject({ state: 'cancelled', messagesRewound: 2 });
    expect(await world.receive()).toEqual([]);
    const again = await world.rewind();
    expect(again.messagesRewound).toBe(BODIES.length - received.length);
  });

  it('stays cancelled when it is cancelled again, also at its very end', async () => {
    const world = await givenTwoObjects();
    const job = await startRewind(world.service, world.everything());
    await cancelRewind(world.service, 'orders', job.id);
    await world.runRewinds();

    const again = await cancelRewind(world.service, 'orders', job.id);

    expect(again).toMatchObject({ state: 'cancelled', messagesRewound: 0 });
    expect(again.finishedAtMs).toBeDefined();
    expect(await unfinishedRewinds(world.service)).toEqual([]);
  });

  it('is refused a day after its end', async () => {
    const world = await givenTwoObjects();
    const job = await world.rewind();
    world.clock.advance(86_400_001);

    const refusal = cancelRewind(world.service, 'orders', job.id);

    await expect(refusal).rejects.toMatchObject({ code: 'NotRunning' });
    expect(await world.consume()).toEqual(BODIES);
  });
});
