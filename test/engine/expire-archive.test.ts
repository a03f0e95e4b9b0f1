import { describe, expect, it } from 'vitest';
import { cancelRewind, deleteQueue, getRewind, startRewind } from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import { expireArchive } from '../../src/engine/upkeep/expire-archive.ts';
import { EXPIRED_REST_MS } from '../../src/model/limits.ts';
import { expiresAtMs } from '../../src/model/retention.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Interval of walks over the archive. */
const WALK_MS = 6 * HOUR_MS;

/** A queue that keeps deleted messages a day, with one that was just deleted. */
async function givenArchived(): Promise<World> {
  const world = await given({ queues: { orders: { rewindMs: DAY_MS }, copies: {} }, sent: ['one'] });
  await world.delete(await world.receive());
  await world.settle();
  return world;
}

const objectsOf = (world: World) => world.service.objects.list('archive/', { limit: 10 });
const recordsOf = async (world: World, kind: 'archived' | 'hold') =>
  (await world.service.catalog.list(kind, { limit: 10 })).map(({ name }) => name);

/** Lets the time of all objects pass, and the rest of their lifetime. */
async function expire(world: World): Promise<void> {
  for (const name of await objectsOf(world)) {
    const endMs = (expiresAtMs(name) ?? 0) + EXPIRED_REST_MS;
    world.clock.advance(Math.max(WALK_MS, endMs - world.clock.nowMs()));
  }
  await expireArchive(world.service);
}

describe('the archive, as time passes', () => {
  it('keeps an object for its class and two days more', async () => {
    const world = await givenArchived();

    world.clock.advance(3 * DAY_MS);
    await expireArchive(world.service);

    expect(await objectsOf(world)).toHaveLength(1);
  });

  it('then lets it go, with its listing, and a rewind finds nothing and misses nothing', async () => {
    const world = await givenArchived();

    await expire(world);

    expect(await objectsOf(world)).toEqual([]);
    expect(await recordsOf(world, 'archived')).toEqual([]);
    expect(await world.rewind()).toMatchObject({ state: 'done', messagesMatched: 0, objectsTotal: 0 });
  });

  it('forgets an object that the store removed by itself', async () => {
    const world = await givenArchived();
    for (const name of await objectsOf(world)) await world.service.objects.remove(name);

    world.clock.advance(4 * DAY_MS);
    await expireArchive(world.service);

    expect(await recordsOf(world, 'archived')).toEqual([]);
  });

  it.each(['orders', 'copies'])('keeps an object as long as a rewound message of it waits in %s', async (into) => {
    const world = await givenArchived();
    world.clock.advance(1);
    const [object = ''] = await objectsOf(world);
    await world.rewind({ into });
    await world.settle();

    await expire(world);

    const waiting = await world.receive({ queue: into });
    expect(waiting.map(({ body }) => body)).toEqual(['one']);
    await world.delete(waiting, into);
    await world.settle();
    world.clock.advance(WALK_MS);
    await expireArchive(world.service);
    // The remaining object says when the message was deleted again.
    expect(await objectsOf(world)).not.toContain(object);
    expect(await recordsOf(world, 'hold')).toEqual([]);
  });

  it('keeps an object while a rewind that may need it is at work', async () => {
    const world = await givenArchived();
    const [object = ''] = await objectsOf(world);
    world.clock.advance(1);
    await world.rewind();
    await world.consume();
    await world.settle();
    world.clock.advance((expiresAtMs(object) ?? 0) - world.clock.nowMs() - 1);
    await startRewind(world.service, world.everything());

    await expire(world);

    expect(await objectsOf(world)).toContain(object);
    await world.runRewinds();
    expect(await world.consume()).toEqual(['one']);
    await world.settle();
    world.clock.advance(WALK_MS);
    await expireArchive(world.service);
    expect(await objectsOf(world)).not.toContain(object);
  });

  it('keeps an object for a rewind that has not come to it yet, and may be cancelled later', async () => {
    const world = await givenArchived();
    const [object = ''] = await objectsOf(world);
    world.clock.advance((expiresAtMs(object) ?? 0) - world.clock.nowMs() - 1);
    const { id } = await startRewind(world.service, world.everything());

    await expire(world);
    await world.runRewinds();

    expect(await getRewind(world.service, 'orders', id)).toMatchObject({ state: 'done', messagesRewound: 1 });
    await cancelRewind(world.service, 'orders', id);
    await world.runRewinds();
    expect(await getRewind(world.service, 'orders', id)).toMatchObject({ state: 'cancelled', messagesRewound: 0 });
    expect(await world.consume()).toEqual([]);
  });

  it('leaves alone what was deleted again, where its object is past its time', async () => {
    const world = await givenArchived();
    world.clock.advance(1);
    await world.rewind();
    world.clock.advance(4 * DAY_MS);
    await world.consume();
    await world.settle();
    world.clock.advance(WALK_MS);
    await expireArchive(world.service);

    const job = await world.rewind({ by: 'deletedAt' });

    expect(job).toMatchObject({ state: 'done', messagesMatched: 0 });
  });
});

describe('the archive of a queue that keeps what is deleted for ever', () => {
  const FOREVER = { rewindMs: 'forever' } as const;

  /** Two queues with a deleted message each, in one object. */
  async function givenTwo(): Promise<World> {
    const world = await given({ queues: { orders: FOREVER, others: FOREVER }, sent: ['one'] });
    await world.send(['other'], { queue: 'others' });
    for (const queue of ['orders', 'others']) await world.delete(await world.receive({ queue }), queue);
    await world.settle();
    return world;
  }

  /** Waits until a deletion is final, the queue's content is discarded, and the archive is walked. */
  async function hoursPass(world: World): Promise<void> {
    world.clock.advance(WALK_MS);
    for (let run = 0; run < 2; run++) await discardDue(world.service);
    await expireArchive(world.service);
  }

  it('goes when the queue is gone for good, and not while it can be restored', async () => {
    const world = await given({ queues: { orders: FOREVER }, sent: ['one'] });
    await world.delete(await world.receive());
    await world.settle();
    await deleteQueue(world.service, 'orders');
    await expireArchive(world.service);
    const before = (await objectsOf(world)).length;

    await hoursPass(world);

    expect([before, await objectsOf(world)]).toEqual([1, []]);
    for (const kind of [
      'archived',
      'totals',
      'rewind',
      'purge',
      'removedShard',
      'deletedQueue',
      'decisions',
    ] as const) {
      expect([kind, await world.service.catalog.list(kind, { limit: 10 })]).toEqual([kind, []]);
    }
  });

  it('stays for another queue that has something in it', async () => {
    const world = await givenTwo();
    await deleteQueue(world.service, 'orders');

    await hoursPass(world);

    expect(await objectsOf(world)).toHaveLength(1);
    expect(await recordsOf(world, 'archived')).toHaveLength(1);
    expect(await world.rewind({ queue: 'others' })).toMatchObject({ messagesRewound: 1 });
  });

  it('stays while a message of it waits in another queue', async () => {
    const world = await givenTwo();
    world.clock.advance(1);
    await world.rewind({ into: 'others' });
    const { id } = (await world.service.routes.get('orders')).queue;
    const ofOrders = async () => (await recordsOf(world, 'archived')).filter((name) => name.startsWith(id));
    await deleteQueue(world.service, 'orders');

    await hoursPass(world);

    expect(await ofOrders()).toHaveLength(1);
    expect(await world.consume('others')).toEqual(['one']);
    await world.settle();
    await hoursPass(world);
    expect(await ofOrders()).toEqual([]);
  });
});

describe('what may expire by itself', () => {
  /** Notes the requests to the object store, and forwards them. */
  async function givenWatched(rewindMs: number | 'forever') {
    const world = await given({ queues: { orders: { rewindMs } } });
    const calls: string[] = [];
    const objects: ObjectStore = {
      putIfAbsent: (name, bytes, options) => {
        calls.push(`put, ${options?.canExpire === true ? 'can expire' : 'stays'}`);
        return world.ports.objects.putIfAbsent(name, bytes, options);
      },
      keep: async () => void calls.push('keep'),
      get: (name, range) => world.ports.objects.get(name, range),
      remove: (name) => world.ports.objects.remove(name),
      list: (prefix, range) => world.ports.objects.list(prefix, range),
    };
    const { shards } = world.ports;
    const put: typeof shards.put = (puts) => {
      if (puts.some(({ delivery }) => delivery.parts.some(({ kind }) => kind === 'archive'))) calls.push('refer');
      return shards.put(puts);
    };
    world.service = world.process({}, { objects, shards: replaced(shards, { put }) });
    await world.send(['one']);
    await world.consume();
    await world.settle();
    world.clock.advance(1);
    return { world, calls };
  }

  it('is an archive object, until a delivery is about to refer to it', async () => {
    const { world, calls } = await givenWatched(DAY_MS);

    await world.rewind();

    expect(calls).toEqual(['put, can expire', 'keep', 'refer']);
  });

  it('is nothing that is kept for ever', async () => {
    const { world, calls } = await givenWatched('forever');

    await world.rewind();

    expect(calls).toEqual(['put, stays', 'refer']);
  });
});
