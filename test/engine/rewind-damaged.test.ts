import { describe, expect, it } from 'vitest';
import { writeArchive } from '../../src/engine/archive-writer.ts';
import { readConsumed } from '../../src/engine/consumed.ts';
import { countRewind, receive } from '../../src/engine/index.ts';
import { archiveIndexEnd } from '../../src/model/archive-object.ts';
import { given, type World } from '../support/given.ts';
import { BODIES, givenTwoObjects } from '../support/rewinding.ts';

/** Puts other bytes in an object's place; without any, it is missing from then on. Returns what was there. */
async function replaceObject(world: World, name: string, bytes?: Uint8Array): Promise<Uint8Array> {
  const { objects } = world.ports;
  const before = await objects.get(name);
  if (before === undefined) throw new Error(`there is no object ${name}`);
  await objects.remove(name);
  if (bytes !== undefined) await objects.putIfAbsent(name, bytes);
  return before;
}

const archiveNames = async (world: World) => await world.ports.objects.list('archive/', { limit: 10 });
const HALF = BODIES.slice(3);

describe('a rewind that meets a damaged archive', () => {
  it.each<[string, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ['is missing', () => undefined],
    ['is something else', () => Buffer.from('not an archive object')],
    ['is cut within its index', (bytes) => bytes.subarray(0, 20)],
    ['is cut within its slice', (bytes) => bytes.subarray(0, -20)],
    ['has other bytes in its index', (bytes) => Buffer.from(bytes).fill(0xff, 12, 40)],
  ])('fails by the name of an object that %s, and brings the rest', async (_, damage) => {
    const world = await givenTwoObjects();
    const [name = ''] = await archiveNames(world);
    const bytes = await replaceObject(world, name);
    const damaged = damage(bytes);
    if (damaged !== undefined) await world.ports.objects.putIfAbsent(name, damaged);

    const job = await world.rewind();

    expect(job).toMatchObject({ state: 'failed', messagesRewound: 3, objectsTotal: 2 });
    expect(job.error).toContain(name);
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

  it('takes from an overlapping object what a damaged one held too', async () => {
    const world = await given({ sent: BODIES });
    for (const message of await world.receive()) await world.delete([message]);
    world.clock.advance(1);
    const entries = await readConsumed(world.service, await world.takeChanges());
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
});
