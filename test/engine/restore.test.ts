import { describe, expect, it } from 'vitest';
import {
  archive,
  createQueue,
  deleteQueue,
  getQueue,
  getRewind,
  queueCounts,
  restoreQueue,
  startRewind,
} from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import { PURGE_UNDO_MS } from '../../src/model/limits.ts';
import { replaced } from '../simulation/replaced.ts';
import { deathOf, dieAfterEachStep, dyingAfter, dyingBefore } from '../support/dying.ts';
import { given } from '../support/given.ts';

describe('a deleted queue', () => {
  it('comes back within its hour with messages, leases, settings, tags and counts', async () => {
    const settings = { visibilityMs: 120_000, tags: { team: 'one' } };
    const world = await given({ queues: { orders: settings }, sent: ['one', 'two', 'three'] });
    await world.delete(await world.receive({ max: 1 }));
    const held = await world.receive({ max: 1 });
    const { undoUntilMs } = await deleteQueue(world.service, 'orders');
    await discardDue(world.service);

    const restored = await restoreQueue(world.service, { name: 'orders' });

    expect(undoUntilMs - world.clock.nowMs()).toBe(PURGE_UNDO_MS);
    expect(restored.settings).toMatchObject(settings);
    const { counts } = await queueCounts(world.service, 'orders');
    expect(counts).toMatchObject({ sent: 3, deleted: 1, ready: 1, inFlight: 1 });
    expect(await world.delete(held)).toEqual(['done']);
    expect(await world.consume()).toHaveLength(1);
    world.clock.advance(2 * PURGE_UNDO_MS);
    await discardDue(world.service);
    await world.send(['after']);
    expect(await world.consume()).toEqual(['after']);
  });

  it('has what was deleted in it archived, though it is restored while the archiver looks for it', async () => {
    const world = await given({ sent: ['one'] });
    await world.settle();
    await world.delete(await world.receive());
    const batch = await world.takeChanges();
    await deleteQueue(world.service, 'orders');
    const { catalog } = world.ports;
    const get: typeof catalog.get = async (kind, name, options) => {
      if (kind === 'deletedQueue') await restoreQueue(world.service, { name: 'orders' });
      return await catalog.get(kind, name, options);
    };

    await archive(world.process({}, { catalog: replaced(catalog, { get }) }), batch);

    world.clock.advance(1_000);
    await world.settle();
    await world.rewind();
    expect(await world.consume()).toEqual(['one']);
  });

  it('is not there to restore after its hour, twice, or where none was deleted', async () => {
    const world = await given({ queues: { orders: {}, other: {} } });
    const restore = (name: string) => restoreQueue(world.service, { name });

    await expect(restore('unknown')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(restore('other')).rejects.toMatchObject({ code: 'NotFound' });
    await deleteQueue(world.service, 'orders');
    await restore('orders');
    await expect(restore('orders')).rejects.toMatchObject({ code: 'NotFound' });
    await deleteQueue(world.service, 'orders');
    world.clock.advance(PURGE_UNDO_MS);
    await expect(restore('orders')).rejects.toMatchObject({ code: 'NotFound' });
  });

  it('is the last of several that had the name', async () => {
    const world = await given({ sent: ['first'] });
    await deleteQueue(world.service, 'orders');
    world.clock.advance(1);
    await createQueue(world.service, { name: 'orders', settings: {} });
    await world.send(['second']);
    await deleteQueue(world.service, 'orders');

    await restoreQueue(world.service, { name: 'orders' });
    await restoreQueue(world.service, { name: 'orders', as: 'older' });

    expect(await world.consume()).toEqual(['second']);
    expect(await world.consume('older')).toEqual(['first']);
  });

  it('gets another name where its own was taken, and is archived under it', async () => {
    const world = await given({ sent: ['old', 'older'] });
    await world.delete(await world.receive({ max: 1 }));
    await world.settle();
    await deleteQueue(world.service, 'orders');
    await createQueue(world.service, { name: 'orders', settings: {} });
    await expect(restoreQueue(world.service, { name: 'orders' })).rejects.toMatchObject({ code: 'QueueExists' });

    await restoreQueue(world.process(), { name: 'orders', as: 'former' });

    expect((await getQueue(world.service, 'former')).name).toBe('former');
    expect(await world.consume('former')).toHaveLength(1);
    await world.settle();
    world.clock.advance(1);
    expect(await world.rewind({ queue: 'former' })).toMatchObject({ messagesRewound: 2 });
    expect(await world.consume()).toEqual([]);
    expect(await world.consume('former')).toEqual(['old', 'older']);
  });

  it('frees the name it had when it gets another one', async () => {
    const world = await given({ sent: ['old'] });
    await deleteQueue(world.service, 'orders');
    await restoreQueue(world.service, { name: 'orders', as: 'former' });

    const { isNew } = await createQueue(world.service, { name: 'orders', settings: {} });

    expect(isNew).toBe(true);
    expect(await world.consume()).toEqual([]);
    expect(await world.consume('former')).toEqual(['old']);
  });

  it('keeps what was deleted in it just before for rewinds', async () => {
    const world = await given({ sent: ['one'] });
    await world.consume();
    await deleteQueue(world.service, 'orders');
    await world.settle();
    world.clock.advance(1);

    await restoreQueue(world.service, { name: 'orders' });

    expect(await world.rewind()).toMatchObject({ messagesRewound: 1 });
  });

  it('comes back with its running rewind cancelled, which takes back the messages that are not received', async () => {
    const world = await given({ sent: ['one', 'two'] });
    await world.consume();
    world.clock.advance(1);
    const waiting = await startRewind(world.service, world.everything());
    await deleteQueue(world.service, 'orders');
    await world.runRewinds();
    const { messagesRewound } = await getRewindOfDeleted(world, waiting.id);

    await restoreQueue(world.service, { name: 'orders' });
    await world.runRewinds();

    expect(messagesRewound).toBe(0);
    expect(await getRewind(world.service, 'orders', waiting.id)).toMatchObject({ state: 'cancelled' });
    expect(await getRewind(world.service, 'orders', waiting.id)).not.toHaveProperty('error');
    expect(await world.consume()).toEqual([]);
    expect(await world.rewind()).toMatchObject({ state: 'done', messagesRewound: 2 });
  });

  it('keeps what a rewind that was over had brought', async () => {
    const world = await given({ sent: ['one'] });
    await world.consume();
    world.clock.advance(1);
    const { id } = await world.rewind();
    world.clock.advance(1);
    await deleteQueue(world.service, 'orders');

    await restoreQueue(world.service, { name: 'orders' });
    await world.runRewinds();

    expect(await getRewind(world.service, 'orders', id)).toMatchObject({ state: 'done' });
    expect(await world.consume()).toEqual(['one']);
  });

  it.each(['orders', 'former'])('is restored as %s by a repeated call when the first one died', async (as) => {
    await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['one'] });
      await deleteQueue(world.service, 'orders');
      const death = await deathOf(
        restoreQueue(world.process({}, dyingAfter(steps, world.ports)), { name: 'orders', as }),
      );
      const noted = await world.ports.catalog.list('deletedQueue', { limit: 1 });

      if (noted.length > 0) await restoreQueue(world.service, { name: 'orders', as });

      expect(await world.consume(as)).toEqual(['one']);
      expect(await world.ports.catalog.list('deletedQueue', { limit: 1 })).toEqual([]);
      return death;
    });
  });

  it('stays deleted when it is deleted again while a process still goes on with its restore', async () => {
    const world = await given({ sent: ['one'] });
    await deleteQueue(world.service, 'orders');
    const isLast = (step: string, [kind]: readonly unknown[]) => step === 'tryPut' && kind === 'queue';
    await deathOf(restoreQueue(world.process({}, dyingBefore(isLast, world.ports)), { name: 'orders' }));
    const { catalog } = world.ports;
    const list: typeof catalog.list = async (kind, range) => {
      const found = await catalog.list(kind, range);
      if (kind === 'deletedQueue') {
        await discardDue(world.service);
        world.clock.advance(1);
        await deleteQueue(world.service, 'orders');
      }
      return found;
    };

    await discardDue(world.process({}, { catalog: replaced(catalog, { list }) }));

    await expect(queueCounts(world.service, 'orders')).rejects.toMatchObject({ code: 'QueueNotFound' });
    await restoreQueue(world.service, { name: 'orders' });
    expect(await world.consume()).toEqual(['one']);
  });

  it('is restored, or stays deleted, though the process dies after any step', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['one'] });
      await deleteQueue(world.service, 'orders');
      const dying = world.process({}, dyingAfter(steps, world.ports));
      const death = await deathOf(restoreQueue(dying, { name: 'orders', as: 'former' }));
      await discardDue(world.service);

      const names = (await world.ports.catalog.list('queue', { limit: 10 }))
        .filter(({ value }) => value.deletedAtMs === undefined)
        .map(({ name }) => name);

      const noted = await world.ports.catalog.list('deletedQueue', { limit: 10 });
      expect([names, noted.length]).toEqual(names.length === 0 ? [[], 1] : [['former'], 0]);
      if (names.length === 0) await restoreQueue(world.service, { name: 'orders', as: 'former' });
      expect(await world.consume('former')).toEqual(['one']);
      return death;
    });
  });

  it('is not restored any more once its discard has begun', async () => {
    const world = await given({ sent: ['one'] });
    await deleteQueue(world.service, 'orders');
    const [noted] = await world.ports.catalog.list('deletedQueue', { limit: 1 });
    world.clock.advance(PURGE_UNDO_MS);
    await discardDue(world.service);

    // A process whose clock is far behind.
    const clock = { nowMs: () => noted?.value.deletedAtMs ?? world.clock.nowMs(), sleep: async () => {} };
    const late = world.process({}, { clock });

    await expect(restoreQueue(late, { name: 'orders' })).rejects.toMatchObject({ code: 'NotFound' });
  });
});

async function getRewindOfDeleted(world: Awaited<ReturnType<typeof given>>, id: string) {
  const jobs = await world.ports.catalog.list('rewind', { limit: 10 });
  const job = jobs.find(({ value }) => value.id === id);
  if (job === undefined) throw new Error(`there is no rewind ${id}`);
  return job.value;
}
