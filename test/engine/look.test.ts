import { describe, expect, it } from 'vitest';
import { findMessage, type MessageState, peek, queueCounts, send } from '../../src/engine/index.ts';
import { ANSWER_BYTES_MAX } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { change } from '../support/controlling.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

/** One message in each state, named after it. */
async function givenEachState() {
  const world = await given();
  const [deleted] = await world.send(['deleted']);
  await world.consume();
  const [inFlight] = await world.send(['inFlight']);
  await world.receive();
  const [ready] = await world.send(['ready']);
  const [delayed] = await send(world.service, {
    queue: 'orders',
    messages: [{ body: 'delayed', attributes: NO_ATTRIBUTES, delayMs: 60_000 }],
  });
  world.clock.advance(1_000);
  await world.settle();
  const delayedId = delayed !== undefined && 'id' in delayed ? delayed.id : undefined;
  return { world, ids: { deleted, inFlight, ready, delayed: delayedId } };
}

/** All pages of a look. */
async function lookAtPages(world: World, state: MessageState, limit: number, from?: string): Promise<string[][]> {
  const all: string[][] = [];
  for (let cursor = from, pages = 0; pages < 100; pages++) {
    const page = await peek(world.service, {
      queue: 'orders',
      state,
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    all.push(page.messages.map(({ body }) => body));
    cursor = page.cursor;
    if (cursor === undefined) return all;
  }
  throw new Error('a look does not end');
}

const look = async (world: World, state: MessageState, limit = 100): Promise<string[]> =>
  (await lookAtPages(world, state, limit)).flat();

const STATES = ['ready', 'delayed', 'inFlight', 'deleted'] as const;

const DELETED = { queue: 'orders', state: 'deleted', limit: 100 } as const;

describe('a look', () => {
  it.each(STATES)('shows just what is %s, and takes nothing', async (state) => {
    const { world } = await givenEachState();

    expect(await look(world, state)).toEqual([state]);
    expect(await look(world, state)).toEqual([state]);
    expect((await world.receive()).map(({ body, receiveCount }) => [body, receiveCount])).toEqual([['ready', 1]]);
  });

  it.each(STATES)('finds a message that is %s by its id', async (state) => {
    const { world, ids } = await givenEachState();

    const found = await findMessage(world.service, { queue: 'orders', id: ids[state] ?? '' });

    expect(found).toMatchObject({ message: { id: ids[state], body: state, state } });
  });

  it('goes page by page through large requests, each message once', async () => {
    const world = await given();
    const bodies = Array.from({ length: 250 }, (_, number) => String(number).padStart(3, '0'));
    await world.send(bodies);

    expect((await look(world, 'ready', 7)).toSorted()).toEqual(bodies);
    await world.receive();
    expect((await look(world, 'inFlight', 7)).toSorted()).toEqual(bodies);
    await world.delete(await world.receive());
    world.clock.advance(30_000);
    await world.consume();
    await world.settle();
    expect((await look(world, 'deleted', 7)).toSorted()).toEqual(bodies);
  });

  it('continues behind a shard that has left the route since the last page', async () => {
    const world = await given({ settings: { shardsPerQueue: 4 } });
    for (let number = 0; number < 40; number++) await world.send([`${number}`]);
    const first = await peek(world.service, { queue: 'orders', state: 'ready', limit: 3 });
    await change(world, (queue) => {
      const [, ...others] = queue.route.shards;
      return { ...queue, route: { version: queue.route.version + 1, shards: others } };
    });
    const left = (await world.deliveries()).length;

    const behind = await lookAtPages(world, 'ready', 3, first.cursor);

    expect(left).toBeGreaterThan(0);
    expect(behind.flat()).toHaveLength(left);
  });

  it.each(STATES)('shows no more at once of what is %s than an answer may hold', async (state) => {
    const world = await given();
    const bodies = Array.from(
      { length: 12 },
      (_, number) => `${String(number).padStart(2, '0')} ${freshText(500_000)}`,
    );
    const delayMs = state === 'delayed' ? 60_000 : 0;
    for (const body of bodies)
      await send(world.service, { queue: 'orders', messages: [{ body, attributes: NO_ATTRIBUTES, delayMs }] });
    if (state === 'inFlight') while ((await world.receive()).length > 0);
    if (state === 'deleted') await world.consume();
    await world.settle();
    world.clock.advance(1);

    const pages = await lookAtPages(world, state, 1_000);

    expect(pages.flat().toSorted()).toEqual(bodies);
    for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(ANSWER_BYTES_MAX);
  });

  it('at deleted messages reads no list of objects again that a page before has passed', async () => {
    const world = await given({ sent: Array.from({ length: 60 }, (_, n) => `m${n}`) });
    for (const message of await world.receive()) {
      await world.delete([message]);
      await world.settle();
    }
    const { catalog } = world.ports;
    const listed: number[] = [];
    const list: typeof catalog.list = async (kind, range) => {
      const found = await catalog.list(kind, range);
      if (kind === 'archived') listed.push(found.length);
      return found;
    };
    const service = world.process({}, { catalog: replaced(catalog, { list }) });
    let seen = 0;
    let cursor: string | undefined;
    do {
      const page = await peek(service, { ...DELETED, ...(cursor === undefined ? {} : { cursor }) });
      seen += page.messages.length;
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(seen).toBe(60);
    expect(listed.toSorted((one, other) => other - one)).toEqual([60, 44, 28, 12]);
  });

  it('reads no more blocks than an answer may hold', async () => {
    const world = await given();
    for (let sent = 0; sent < 12; sent++) await world.send([freshText(500_000)]);
    let bytes = 0;
    const { objects } = world.ports;
    const counting = replaced(objects, {
      get: async (name, range) => {
        const read = await objects.get(name, range);
        bytes += read?.length ?? 0;
        return read;
      },
    });

    await peek(world.process({}, { objects: counting }), { queue: 'orders', state: 'ready', limit: 1_000 });

    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(ANSWER_BYTES_MAX);
  });

  it('finds a rewound message by its id, ready and in flight', async () => {
    const { world, ids } = await givenEachState();
    const job = await world.rewind();

    const found = await findMessage(world.service, { queue: 'orders', id: ids.deleted ?? '' });
    const messages = await world.receive();
    const received = await findMessage(world.service, { queue: 'orders', id: ids.deleted ?? '' });

    expect(found).toMatchObject({ message: { body: 'deleted', state: 'ready', rewoundBy: job.id } });
    expect(messages.map(({ body }) => body).toSorted()).toEqual(['deleted', 'ready']);
    expect(received).toMatchObject({ message: { body: 'deleted', state: 'inFlight' } });
  });
});

describe('the counts', () => {
  it('tell each state exactly, and add up', async () => {
    const { world } = await givenEachState();

    const { counts, isExact, oldestReadyAgeMs } = await queueCounts(world.service, 'orders');

    expect(isExact).toBe(true);
    expect(oldestReadyAgeMs).toBeGreaterThanOrEqual(1_000);
    expect(counts).toEqual({
      ready: 1,
      delayed: 1,
      inFlight: 1,
      deadLettered: 0,
      deleted: 1,
      purged: 0,
      damaged: 0,
      sent: 4,
      rewound: 0,
    });
  });

  it('move a dead letter from one queue to the other, and add up in both', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['poison', 'good'] });
    const messages = await world.receive();
    await world.delete(messages.filter(({ body }) => body === 'good'));
    world.clock.advance(30_000);
    await world.receive();

    const source = await queueCounts(world.service, 'orders');
    const target = await queueCounts(world.service, 'dead');

    expect(source.counts).toMatchObject({ sent: 2, deleted: 1, deadLettered: 1, ready: 0, inFlight: 0 });
    expect(target.counts).toMatchObject({ sent: 1, ready: 1 });
  });

  it('hold for thousands too, of which only the sum is exact', async () => {
    const world = await given();
    for (let round = 0; round < 5; round++) await world.send(Array.from({ length: 1_000 }, (_, number) => `${number}`));
    await world.delete(await world.receive({ max: 100 }));
    await world.settle();

    const { counts } = await queueCounts(world.service, 'orders');

    expect(counts).toMatchObject({ sent: 5_000, deleted: 100 });
    expect(counts.ready + counts.inFlight + counts.delayed).toBe(4_900);
  });
});
