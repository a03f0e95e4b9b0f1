import { describe, expect, it } from 'vitest';
import { writeArchive } from '../../src/engine/archive/archive-writer.ts';
import { readConsumed } from '../../src/engine/archive/consumed.ts';
import {
  cancelRewind,
  countRewind,
  type Damage,
  getRewind,
  peek,
  queueCounts,
  receive,
} from '../../src/engine/index.ts';
import { archiveIndexEnd } from '../../src/model/archive-object.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';
import { BODIES, givenTwoObjects } from '../support/rewinding.ts';

/** Replaces an object's bytes, or removes the object; returns the previous bytes. */
async function replaceObject(world: World, name: string, bytes?: Uint8Array): Promise<Uint8Array> {
  const { objects } = world.ports;
  const before = await objects.get(name);
  if (before === undefined) throw new Error(`there is no object ${name}`);
  await objects.remove(name);
  if (bytes !== undefined) await objects.putIfAbsent(name, bytes);
  return before;
}

/** In the order of writing: names end with a number without leading zeros, so their text sorts differently. */
async function archiveNames(world: World): Promise<string[]> {
  const names = await world.ports.objects.list('archive/', { limit: 10 });
  return names.toSorted(new Intl.Collator('en', { numeric: true }).compare);
}

const HALF = BODIES.slice(3);

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const damaged = Buffer.from(bytes);
  damaged[at] = (damaged[at] ?? 0) ^ 1;
  return damaged;
};

describe('a rewind that meets a damaged archive', () => {
  it.each<[string, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ['is missing', () => undefined],
    ['is something else', () => Buffer.from('not an archive object')],
    ['is cut within its index', (bytes) => bytes.subarray(0, 20)],
    ['is cut within its slice', (bytes) => bytes.subarray(0, -20)],
    ['has other bytes in its index', (bytes) => Buffer.from(bytes).fill(0xff, 12, 40)],
    ['has one flipped bit in the head of its slice', (bytes) => flipped(bytes, archiveIndexEnd(bytes) + 8)],
  ])('says what it cannot bring of an object that %s, and brings the rest', async (_, damage) => {
    const world = await givenTwoObjects();
    const told: Damage[] = [];
    world.service = world.process({}, { onDamage: (damage) => void told.push(damage) });
    const [name = ''] = await archiveNames(world);
    const bytes = await replaceObject(world, name);
    const damaged = damage(bytes);
    if (damaged !== undefined) await world.ports.objects.putIfAbsent(name, damaged);

    const counted = await countRewind(world.service, world.everything());
    const job = await world.rewind();

    expect(counted).toMatchObject({ matched: 3, damaged: 3 });
    expect(job).toMatchObject({ state: 'failed', messagesRewound: 3, damaged: 3, objectsTotal: 2 });
    expect(job.error).toContain(name);
    expect(told).toEqual([{ queueId: job.queueId, what: job.error, messageCount: 3 }]);
    expect(await world.consume()).toEqual(HALF);
  });

  it('brings what was missing, and nothing twice, when it is started again over the mended object', async () => {
    const world = await givenTwoObjects();
    const [name = ''] = await archiveNames(world);
    const bytes = await replaceObject(world, name);
    await world.rewind();

    await world.ports.objects.putIfAbsent(name, bytes);
    world.clock.advance(1);
    const job = await world.rewind();

    expect(job).toMatchObject({ state: 'done', messagesRewound: 3 });
    expect(await world.consume()).toEqual(BODIES);
  });

  it('takes back, when it is cancelled, what it brought from an object that was damaged since', async () => {
    const world = await givenTwoObjects();
    const { id } = await world.rewind();
    const [name = ''] = await archiveNames(world);
    await replaceObject(world, name, Buffer.from('not an archive object'));

    await cancelRewind(world.service, 'orders', id);
    await world.runRewinds();

    expect(await getRewind(world.service, 'orders', id)).toMatchObject({ state: 'cancelled', messagesRewound: 0 });
    expect(await queueCounts(world.service, 'orders')).toMatchObject({ counts: { ready: 0, rewound: 0, deleted: 6 } });
  });

  it('takes from an overlapping object what a damaged one held too', async () => {
    const world = await given({ sent: BODIES });
    for (const message of await world.receive()) await world.delete([message]);
    world.clock.advance(1);
    const entries = await readConsumed(world.service, await world.takeChanges(), new Map());
    await writeArchive(world.service, entries.slice(0, 4));
    await writeArchive(world.service, entries.slice(2));
    const names = await archiveNames(world);
    const [first = ''] = names;
    const bytes = await replaceObject(world, first);
    const slice = archiveIndexEnd(bytes);
    await world.ports.objects.putIfAbsent(first, Buffer.from(bytes).fill(0xff, slice, slice + 20));

    const job = await world.rewind();

    expect(names).toHaveLength(2);
    expect(job).toMatchObject({ state: 'failed', messagesRewound: 4 });
    expect(job.error).toContain(first);
    expect(await world.consume()).toHaveLength(4);
  });

  it('is not counted beforehand as if the damaged part could be had', async () => {
    const world = await givenTwoObjects();
    const [name = ''] = await archiveNames(world);
    await replaceObject(world, name);

    expect(await countRewind(world.service, world.everything())).toMatchObject({ matched: 3 });
  });

  it('leaves a message unanswered, not the others, whose object is gone when it is received', async () => {
    const world = await givenTwoObjects();
    await world.rewind();
    const [name = ''] = await archiveNames(world);
    await replaceObject(world, name);

    const bodies = (await receive(world.process(), { queue: 'orders', max: 100, waitMs: 0 })).map(({ body }) => body);

    expect(bodies.toSorted()).toEqual(HALF);
  });

  it('brings by a filter what it can read of a slice, and says how much it cannot', async () => {
    const world = await given();
    const attributes = { kind: { type: 'string', value: 'kept' } } as const;
    await world.send(
      Array.from({ length: 40 }, () => freshText(2_000)),
      { attributes },
    );
    await world.consume();
    await world.settle();
    world.clock.advance(1);
    const [name = ''] = await archiveNames(world);
    const bytes = await replaceObject(world, name);
    await world.ports.objects.putIfAbsent(name, flipped(bytes, bytes.length - 1));
    const filter = { attributes: { kind: 'kept' } };

    const counted = await countRewind(world.service, world.everything({ filter }));
    const job = await world.rewind({ filter });

    expect(job.state).toBe('failed');
    expect(job.messagesRewound).toBeGreaterThan(10);
    expect(job.messagesRewound + (job.damaged ?? 0)).toBe(40);
    expect(counted).toMatchObject({ matched: job.messagesRewound, damaged: job.damaged });
    expect(await world.consume()).toHaveLength(job.messagesRewound);
  });

  it('shows to a look what of the deleted messages can be read, and the others without a body', async () => {
    const world = await given();
    await world.send(Array.from({ length: 40 }, () => freshText(2_000)));
    await world.consume();
    await world.settle();
    const [name = ''] = await archiveNames(world);
    const bytes = await replaceObject(world, name);
    await world.ports.objects.putIfAbsent(name, flipped(bytes, bytes.length - 1));

    const { messages } = await peek(world.service, { queue: 'orders', state: 'deleted', limit: 100 });

    const damaged = messages.filter(({ damage }) => damage !== undefined);
    expect(messages).toHaveLength(40);
    expect(damaged.length).toBeGreaterThan(0);
    expect(damaged.length).toBeLessThan(30);
    expect(damaged[0]).toMatchObject({ body: '', damage: `${name}, slice 0 is damaged` });
  });
});
