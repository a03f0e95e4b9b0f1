import { describe, expect, it } from 'vitest';
import { deleteQueue, purgeQueue, runRewind, startRewind } from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import { removeFinishedHolds } from '../../src/engine/upkeep/finished-holds.ts';
import { HOLD_REST_MS, PURGE_UNDO_MS } from '../../src/model/limits.ts';
import { given, type World } from '../support/given.ts';

/** Interval of walks over the holds. */
const WALK_MS = 6 * 3_600_000;

/** A queue with a message that was deleted, rewound, and deleted again. */
async function givenDeletedAgain(into = 'orders'): Promise<World> {
  const world = await given({ queues: { orders: {}, copies: {} }, sent: ['one'] });
  await world.consume();
  await world.settle();
  world.clock.advance(1_000);
  await world.rewind({ into });
  await world.settle();
  await world.consume(into);
  await world.settle();
  return world;
}

const holdsOf = async (world: World) => await world.service.catalog.list('hold', { limit: 10 });

/** Lets time pass until a walk over the holds runs. */
async function walk(world: World, ms = WALK_MS): Promise<void> {
  world.clock.advance(ms);
  await removeFinishedHolds(world.service);
}

describe('a hold', () => {
  it('leaves when nothing of it waits any more, and the next rewind brings the same messages once', async () => {
    const world = await givenDeletedAgain();

    await walk(world);

    expect(await holdsOf(world)).toEqual([]);
    expect(await world.rewind({ by: 'deletedAt' })).toMatchObject({ messagesRewound: 1 });
    expect(await world.consume()).toEqual(['one']);
  });

  it('stays an hour, in which a step of its rewind may come again', async () => {
    const world = await givenDeletedAgain();

    await walk(world, HOLD_REST_MS - 1);

    expect(await holdsOf(world)).toHaveLength(1);
  });

  it('stays while a message of it waits', async () => {
    const world = await given({ sent: ['one', 'two'] });
    await world.consume();
    await world.settle();
    world.clock.advance(1_000);
    await world.rewind();
    await world.settle();
    await world.delete(await world.receive({ max: 1 }));
    await world.settle();

    await walk(world);

    const holds = await holdsOf(world);
    expect(holds).not.toEqual([]);
    expect(await world.rewind()).toMatchObject({ messagesRewound: 1 });
  });

  it('stays while a rewind is at work that began before the last message was deleted again', async () => {
    const world = await given({ sent: ['one'] });
    await world.consume();
    await world.settle();
    world.clock.advance(1_000);
    await world.rewind();
    await world.settle();
    world.clock.advance(1_000);
    await startRewind(world.service, world.everything());
    world.clock.advance(1_000);
    await world.consume();
    await world.settle();

    await walk(world);
    await world.runRewinds();

    expect(await world.consume()).toEqual([]);
    await walk(world, HOLD_REST_MS);
    await walk(world);
    expect(await holdsOf(world)).toEqual([]);
  });

  it('is not put again by a repeat of its rewind, which is over', async () => {
    const world = await givenDeletedAgain();
    const [job] = await world.service.catalog.list('rewind', { limit: 1 });
    await walk(world);

    if (job !== undefined) await runRewind(world.service, job.value.queueId, job.value.id);

    expect(await holdsOf(world)).toEqual([]);
    expect(await world.consume()).toEqual([]);
  });

  it('stays where it names what was purged, so that no rewind brings that', async () => {
    const world = await given({ sent: ['one'] });
    await world.consume();
    await world.settle();
    world.clock.advance(1_000);
    await world.rewind();
    await world.settle();
    world.clock.advance(1_000);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(PURGE_UNDO_MS);
    await discardDue(world.service);
    await world.settle();

    await walk(world);
    await walk(world);

    expect(await holdsOf(world)).toHaveLength(1);
    expect(await world.rewind()).toMatchObject({ messagesRewound: 0 });
  });

  it('leaves where what it names was purged in a queue that is gone', async () => {
    const world = await given({ queues: { orders: {}, copies: {} }, sent: ['one'] });
    await world.consume();
    await world.settle();
    world.clock.advance(1_000);
    await world.rewind({ into: 'copies' });
    await world.settle();
    await deleteQueue(world.service, 'copies');
    world.clock.advance(PURGE_UNDO_MS);
    for (let run = 0; run < 2; run++) await discardDue(world.service);
    await world.settle();

    await walk(world);
    await walk(world);

    expect(await holdsOf(world)).toEqual([]);
    expect(await world.rewind()).toMatchObject({ messagesRewound: 1 });
  });

  it('without a note of its end gets one first', async () => {
    const world = await givenDeletedAgain();
    for (const { name, value, version } of await holdsOf(world)) {
      const { finishedAtMs: _, ...unnoted } = value;
      await world.service.catalog.tryPut('hold', name, unnoted, version);
    }

    await walk(world);
    expect(await holdsOf(world)).toMatchObject([{ value: { finishedAtMs: world.clock.nowMs() } }]);
    await walk(world);

    expect(await holdsOf(world)).toEqual([]);
  });

  it('is found however many there are, a run at a time', async () => {
    const world = await givenDeletedAgain();
    const [stored] = await holdsOf(world);
    if (stored === undefined) throw new Error('a hold is there');
    for (let number = 0; number < 450; number++) {
      const name = stored.name.replace(/\.0\//, `.${number + 1}/`);
      await world.service.catalog.tryPut('hold', name, stored.value, 0);
    }

    await walk(world);

    expect(await holdsOf(world)).toEqual([]);
  });
});
