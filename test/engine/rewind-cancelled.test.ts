import { describe, expect, it } from 'vitest';
import { cancelRewind, getRewind, queueCounts, startRewind, unfinishedRewinds } from '../../src/engine/index.ts';
import type { RewindId } from '../../src/model/ids.ts';
import { deathOf, dieAfterEachStep, dyingAfter, dyingBefore } from '../support/dying.ts';
import type { World } from '../support/given.ts';
import { BODIES, givenTwoObjects } from '../support/rewinding.ts';

/** A running rewind: it has made the messages of the first object available, and is cancelled before the second. */
async function givenHalfRewound(): Promise<{ world: World; id: RewindId; received: string[] }> {
  const world = await givenTwoObjects();
  const { id } = await startRewind(world.service, world.everything());
  const isProgress = (step: string, [kind]: readonly unknown[]) => step === 'tryPut' && kind === 'rewind';
  await deathOf(world.runRewinds(world.process({}, dyingBefore(isProgress, world.ports))));
  const messages = await world.receive({ max: 1 });
  await cancelRewind(world.service, 'orders', id);
  return { world, id, received: messages.map(({ body }) => body) };
}

const without = (bodies: readonly string[]) => BODIES.filter((body) => !bodies.includes(body));

describe('a rewind that is cancelled', () => {
  it('takes back what nobody has received, and a later one finds just that', async () => {
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

  it('lets who received a message keep it: it is deleted, and found by a later one', async () => {
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

  it('takes back what nobody has received after its end too, and a later one finds just that', async () => {
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
      expect(await world.consume()).toEqual(without(received));
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
