import { describe, expect, it } from 'vitest';
import { writeArchive } from '../../src/engine/archive/archive-writer.ts';
import { readConsumed } from '../../src/engine/archive/consumed.ts';
import { archive, queueCounts, updateQueue } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import { QueueError } from '../../src/model/errors.ts';
import { HOUR_MS } from '../../src/model/spans.ts';
import { replaced } from '../simulation/replaced.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';
import { at, freshText } from '../support/ids.ts';

const archived = async (world: World) => await world.ports.objects.list('archive/', { limit: 1_000 });
const payloads = async (world: World) => await world.ports.objects.list('payloads/', { limit: 1_000 });

/** Messages of all kinds, some deleted together and some one by one; returns the changes that are not archived yet. */
async function givenConsumed(): Promise<{ world: World; changes: Change[]; bodies: string[] }> {
  const world = await given();
  const bodies = ['a', 'b', 'c', ...Array.from({ length: 10 }, (_, number) => `${number}${freshText(300)}`)];
  for (const body of bodies.slice(0, 3)) await world.send([body]);
  await world.send(bodies.slice(3));
  world.clock.advance(1_000);
  const messages = await world.receive();
  for (const message of messages.slice(0, 5)) await world.delete([message]);
  await world.delete(messages.slice(5));
  world.clock.advance(1_000);
  return { world, changes: await world.takeChanges(), bodies: messages.map(({ body }) => body).toSorted() };
}

describe('the archiver', () => {
  it('stores what was deleted before it removes its block', async () => {
    const { world, changes, bodies } = await givenConsumed();
    const ids = changes.flatMap(({ after }) => after?.parts ?? []).filter(({ kind }) => kind === 'block');

    await archive(world.service, changes);

    expect(ids.length).toBeGreaterThan(0);
    expect(await archived(world)).toHaveLength(1);
    await world.rewind();
    expect(await world.consume()).toEqual(bodies);
  });

  it('removes the object of a large message with its block, and keeps the message', async () => {
    const world = await given();
    const large = freshText(100_000);
    await world.send([large]);
    const before = await payloads(world);

    await world.consume();
    world.clock.advance(1);
    await world.settle();

    expect(before).toHaveLength(1);
    expect(await payloads(world)).toEqual([]);
    await world.rewind();
    expect(await world.consume()).toEqual([large]);
  });

  it.each([
    ['lies between two that an object of an earlier try holds', ['other', 'orders', 'other']],
    ['is the first of its batch', ['orders', 'other']],
  ])('archives what %s, though its class has changed since', async (_, queues) => {
    const month = 30 * 86_400_000;
    const world = await given({ queues: { orders: { rewindMs: month / 5 }, other: { rewindMs: month } } });
    await world.settle();
    for (const queue of queues) {
      await world.send([queue], { queue });
      await world.delete(await world.receive({ queue }), queue);
    }
    const batch = await world.takeChanges();
    const objects = replaced(world.ports.objects, {
      putIfAbsent: async (name, ...rest) => {
        if (name.startsWith('archive/7d/')) throw new QueueError('Throttled', 'slow down');
        return await world.ports.objects.putIfAbsent(name, ...rest);
      },
    });
    await expect(archive(world.process({}, { objects }), batch)).rejects.toThrow('slow down');

    await updateQueue(world.service, { name: 'orders', settings: { rewindMs: month } });
    await archive(world.service, batch);
    await archive(world.service, batch);
    world.clock.advance(1_000);
    const orders = await world.rewind({ queue: 'orders' });
    const other = await world.rewind({ queue: 'other' });

    expect([orders.messagesRewound, other.messagesRewound]).toEqual([1, queues.length - 1]);
  });

  it('writes again what a damaged object of an earlier try does not hold', async () => {
    const { world, changes, bodies } = await givenConsumed();
    const damage: typeof world.ports.objects.putIfAbsent = async (name) => {
      await world.ports.objects.putIfAbsent(name, Buffer.from('not an archive object'));
      throw new QueueError('Throttled', 'slow down');
    };
    const damaging = replaced(world.ports.objects, { putIfAbsent: damage });
    await expect(archive(world.process({}, { objects: damaging }), changes)).rejects.toThrow('slow down');

    await archive(world.service, changes);
    await world.rewind();

    expect(await world.consume()).toEqual(bodies);
  });

  it('leaves nothing out and takes nothing twice, after whichever step it died', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const { world, changes, bodies } = await givenConsumed();
      const death = await deathOf(archive(world.process({}, dyingAfter(steps, world.ports)), changes));

      await archive(world.service, changes);

      const { counts } = await queueCounts(world.service, 'orders');
      expect(counts).toMatchObject({ sent: bodies.length, deleted: bodies.length, ready: 0, inFlight: 0 });
      await world.rewind();
      expect(await world.consume()).toEqual(bodies);
      return death;
    });

    expect(deaths).toBeGreaterThan(8);
  });

  it.each<[string, (changes: Change[]) => Change[][]]>([
    ['the same again', (changes) => [changes, changes]],
    ['one by one, then all at once', (changes) => [...changes.map((change) => [change]), changes]],
    ['shorter, then longer', (changes) => [changes.slice(0, 12), changes]],
    ['longer, then shorter', (changes) => [changes, changes.slice(0, 12), changes.slice(10)]],
    ['cut otherwise', (changes) => [changes.slice(0, 12), changes.slice(10, 15), changes.slice(11)]],
  ])('takes each message once when batches come %s', async (_, cut) => {
    const { world, changes, bodies } = await givenConsumed();
    expect(changes.length).toBeGreaterThan(12);

    for (const batch of cut(changes)) await archive(world.service, batch);

    const { counts } = await queueCounts(world.service, 'orders');
    expect(counts).toMatchObject({ sent: bodies.length, deleted: bodies.length });
    const job = await world.rewind();
    expect(job.messagesRewound).toBe(bodies.length);
    expect(await world.consume()).toEqual(bodies);
  });

  it('counts once what two objects hold, where a batch was cut otherwise before anything was removed', async () => {
    const { world, changes, bodies } = await givenConsumed();
    // The state that processes leave which die after they stored their objects.
    const onlyObjects = async (batch: readonly Change[]) =>
      await writeArchive(world.service, await readConsumed(world.service, batch, new Map()));
    await onlyObjects(changes.slice(0, -2));
    await onlyObjects(changes.slice(-5));

    const job = await world.rewind();

    expect((await archived(world)).length).toBeGreaterThan(1);
    expect(job).toMatchObject({ state: 'done', messagesRewound: bodies.length });
    expect(await world.consume()).toEqual(bodies);
  });

  it('puts each hour of deletion into objects of its own, so that a late batch is found by its hours', async () => {
    const world = await given({ sent: ['early', 'late'] });
    const messages = await world.receive({ visibilityMs: 12 * HOUR_MS });
    await world.delete(messages.slice(0, 1));
    world.clock.advance(5 * HOUR_MS);
    await world.delete(messages.slice(1));
    world.clock.advance(1);

    const job = await world.rewind({ by: 'deletedAt', fromMs: at(5 * HOUR_MS) });

    expect(job.messagesRewound).toBe(1);
    expect((await archived(world)).length).toBe(2);
  });

  it('closes an object between changes, never within one', async () => {
    const world = await given({ sent: ['rewound'] });
    await world.consume();
    const large = Array.from({ length: 6 }, () => freshText(750_000));
    world.clock.advance(1);
    for (const body of large) await world.send([body]);
    world.clock.advance(1);
    await world.rewind({ toMs: at(1) });
    const fromMs = world.clock.advance(1);
    await world.settle();
    // The second of these fills the object, which also gets its "deleted again" entries.
    for (const max of [4, 3]) await world.delete(await world.receive({ max }));
    world.clock.advance(1);

    const job = await world.rewind({ by: 'deletedAt', fromMs });

    expect(job.messagesRewound).toBe(7);
    expect(await world.consume()).toEqual([...large, 'rewound'].toSorted());
  });
});
