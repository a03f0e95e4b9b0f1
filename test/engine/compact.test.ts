import { describe, expect, it } from 'vitest';
import { sweepCompactions } from '../../src/engine/archive/apply-compaction.ts';
import { archive, countRewind, getRewind, startRewind } from '../../src/engine/index.ts';
import { compactHour } from '../../src/engine/upkeep/compact.ts';
import { compactDue } from '../../src/engine/upkeep/compact-due.ts';
import type { Compaction } from '../../src/model/compaction.ts';
import { archiveNames, BODIES, givenQuiet, HOUR, HOUR_MS, listed, sweep } from '../support/compacting.ts';
import { given } from '../support/given.ts';
import { at, START_MS } from '../support/ids.ts';

describe('small archive objects', () => {
  it('become one, and a rewind brings what they held, once and in order', async () => {
    const { world } = await givenQuiet();

    await compactHour(world.service, 'orders', HOUR);
    const objects = await listed(world);
    const { matched: counted } = await countRewind(world.service, world.everything());
    const job = await world.rewind();
    const messages = await world.receive();

    expect(objects).toMatchObject([{ value: { messageCount: 5, sentFromMs: START_MS, deletedToMs: at(5_000) } }]);
    expect(counted).toBe(5);
    expect(job).toMatchObject({ state: 'done', messagesRewound: 5, objectsTotal: 1 });
    expect(messages.map(({ body }) => body)).toEqual(BODIES);
    expect(messages.map(({ sentAtMs }) => sentAtMs)).toEqual(BODIES.map((_, index) => at(1_000 * index)));
  });

  it('stay for an hour after their replacement, because readers may have the old list', async () => {
    const { world } = await givenQuiet();
    await compactHour(world.service, 'orders', HOUR);

    await sweepCompactions(world.service);
    const before = await archiveNames(world);
    await sweep(world);

    expect(before).toHaveLength(6);
    expect(await archiveNames(world)).toHaveLength(1);
    expect(await world.service.catalog.list('compaction', { limit: 10 })).toEqual([]);
    await world.rewind();
    expect(await world.consume()).toEqual(BODIES);
  });

  it('go though many compactions of other queues are not an hour old', async () => {
    const { world } = await givenQuiet();
    await compactHour(world.service, 'orders', HOUR);
    world.clock.advance(HOUR_MS);
    const { catalog } = world.ports;
    const [own] = await catalog.list('compaction', { limit: 1 });
    const recent = { ...(own?.value as Compaction), appliedAtMs: world.clock.nowMs() };
    const names = Array.from({ length: 150 }, (_, number) => `----------/${HOUR}/${number}`);
    await Promise.all(names.map((name) => catalog.tryPut('compaction', name, recent, 0)));

    await sweepCompactions(world.service);

    expect(await archiveNames(world)).toHaveLength(1);
    expect(await catalog.list('compaction', { limit: 1_000 })).toHaveLength(names.length);
  });

  it('are found by the time of deletion too', async () => {
    const { world } = await givenQuiet();
    await compactHour(world.service, 'orders', HOUR);
    await sweep(world);

    const job = await world.rewind({ by: 'deletedAt', fromMs: at(2_000), toMs: at(4_000) });

    expect(job.messagesRewound).toBe(2);
    expect(await world.consume()).toEqual(['b', 'c']);
  });

  it('stay as they are once a rewind has named them, so that nothing comes twice', async () => {
    const { world } = await givenQuiet();
    await world.rewind({ toMs: at(2_000) });

    await compactHour(world.service, 'orders', HOUR);
    await sweep(world);
    await world.rewind();

    expect(await listed(world)).toHaveLength(3);
    expect(await world.consume()).toEqual(BODIES);
    await world.settle();
    world.clock.advance(1);
    expect((await world.rewind({ by: 'deletedAt' })).messagesRewound).toBe(5);
    expect(await world.consume()).toEqual(BODIES);
  });

  it('stay while a rewind is at work', async () => {
    const { world } = await givenQuiet();
    await startRewind(world.service, world.everything());

    await compactHour(world.service, 'orders', HOUR);
    await world.runRewinds();

    expect(await listed(world)).toHaveLength(5);
    expect(await world.consume()).toEqual(BODIES);
  });

  it('are compacted again with what came later', async () => {
    const { world } = await givenQuiet();
    await compactHour(world.service, 'orders', HOUR);
    await world.send(['late']);
    await world.consume();
    await world.settle();
    world.clock.advance(1);

    await compactHour(world.service, 'orders', HOUR);
    await sweep(world);

    expect(await archiveNames(world)).toHaveLength(1);
    await world.rewind();
    expect(await world.consume()).toEqual([...BODIES, 'late']);
  });

  it('count once, though a batch of the feed comes again after they were compacted', async () => {
    const { world, batches } = await givenQuiet();
    await compactHour(world.service, 'orders', HOUR);
    await sweep(world);
    await world.rewind();
    await world.consume();
    await world.settle();
    world.clock.advance(1);

    for (const batch of batches) await archive(world.service, batch);
    const job = await world.rewind();

    expect(job.messagesRewound).toBe(5);
    expect(await world.consume()).toEqual(BODIES);
  });

  it('leave a damaged one to be named by a rewind, and bring the rest', async () => {
    const { world } = await givenQuiet();
    const [, damaged = ''] = await archiveNames(world);
    await world.ports.objects.remove(damaged);
    await world.ports.objects.putIfAbsent(damaged, Buffer.from('not an archive object'));

    await compactHour(world.service, 'orders', HOUR);
    await sweep(world);
    const job = await world.rewind();

    expect(job).toMatchObject({ state: 'failed', messagesRewound: 4 });
    expect(job.error).toContain(damaged);
    expect(await world.consume()).toHaveLength(4);
  });

  it('that several queues share go with the last of them', async () => {
    const world = await given({ queues: { orders: {}, others: {} } });
    for (const body of BODIES) {
      await world.send([body]);
      await world.send([body], { queue: 'others' });
      world.clock.advance(1_000);
      await world.consume();
      await world.consume('others');
      await world.settle();
    }

    await compactHour(world.service, 'orders', HOUR);
    await sweep(world);
    const afterOne = await archiveNames(world);
    await compactHour(world.service, 'others', HOUR);
    await sweep(world);

    expect(afterOne).toHaveLength(6);
    expect(await archiveNames(world)).toHaveLength(2);
    await world.rewind();
    await world.rewind({ queue: 'others' });
    expect(await world.consume()).toEqual(BODIES);
    expect(await world.consume('others')).toEqual(BODIES);
  });
});

describe('the compaction of what is due', () => {
  it('waits until an hour has been over for ten minutes, and does each hour once', async () => {
    const { world } = await givenQuiet();
    await compactDue(world.service);

    world.clock.advance(HOUR_MS - (START_MS % HOUR_MS));
    await compactDue(world.service);
    const early = await listed(world);
    world.clock.advance(10 * 60_000);
    await compactDue(world.service);

    expect(early).toHaveLength(5);
    expect(await listed(world)).toHaveLength(1);
    const before = await world.service.catalog.get('cursor', 'compaction');
    await compactDue(world.service);
    expect(await world.service.catalog.get('cursor', 'compaction')).toEqual(before);
  });

  it('handles in the morning every hour of the night', async () => {
    const { world } = await givenQuiet(['a', 'b']);
    await compactDue(world.service);
    world.clock.advance(2 * HOUR_MS);
    for (const body of ['c', 'd']) {
      await world.send([body]);
      await world.consume();
      await world.settle();
    }

    world.clock.advance(9 * HOUR_MS);
    await compactDue(world.service);
    await sweep(world);

    expect(await archiveNames(world)).toHaveLength(2);
    await world.rewind();
    expect(await world.consume()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('passes over a queue whose rewind is at work, which ends as it should', async () => {
    const { world } = await givenQuiet();
    await compactDue(world.service);
    world.clock.advance(2 * HOUR_MS);
    const { id } = await startRewind(world.service, world.everything());

    await compactDue(world.service);
    await world.runRewinds();

    expect(await getRewind(world.service, 'orders', id)).toMatchObject({ state: 'done', messagesRewound: 5 });
    expect(await world.consume()).toEqual(BODIES);
  });
});
