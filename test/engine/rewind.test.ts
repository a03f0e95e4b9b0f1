import { describe, expect, it } from 'vitest';
import { countRewind, getRewind, queueCounts, type RewindCommand, startRewind } from '../../src/engine/index.ts';
import { given } from '../support/given.ts';
import { at } from '../support/ids.ts';
import { givenDeleted } from '../support/rewinding.ts';

describe('a rewind', () => {
  it('makes available what was deleted, with its id, body, attributes and time of sending', async () => {
    const world = await given();
    const attributes = { kind: { type: 'string', value: 'order' } } as const;
    const ids = await world.send(['one', 'two'], { attributes });
    const sentAtMs = world.clock.nowMs();
    world.clock.advance(5_000);
    await world.delete(await world.receive());
    world.clock.advance(1);

    const job = await world.rewind();
    const messages = await world.receive();

    expect(job).toMatchObject({
      state: 'done',
      messagesMatched: 2,
      messagesRewound: 2,
      objectsTotal: 1,
      objectsDone: 1,
    });
    expect(messages.map(({ id, body, ...more }) => ({ id, body, ...more }))).toMatchObject([
      { id: ids[0], body: 'one', attributes, sentAtMs, receiveCount: 1, rewoundBy: job.id },
      { id: ids[1], body: 'two', attributes, sentAtMs, receiveCount: 1, rewoundBy: job.id },
    ]);
  });

  it.each<[string, Partial<RewindCommand>, string[]]>([
    ['sent from a moment on, that moment included', { by: 'sentAt', fromMs: at(2_000) }, ['c', 'd']],
    ['sent before a moment, that moment not included', { by: 'sentAt', toMs: at(2_000) }, ['a', 'b']],
    ['sent within a window of one moment', { by: 'sentAt', fromMs: at(1_000), toMs: at(1_001) }, ['b']],
    ['deleted from a moment on', { by: 'deletedAt', fromMs: at(12_000) }, ['c', 'd']],
    ['deleted before a moment', { by: 'deletedAt', toMs: at(12_000) }, ['a', 'b']],
    ['deleted in no such window', { by: 'deletedAt', fromMs: at(10_001), toMs: at(11_000) }, []],
  ])('brings back what was %s', async (_, command, expected) => {
    const world = await givenDeleted(['a', 'b', 'c', 'd']);

    const { matched: counted } = await countRewind(world.service, world.everything(command));
    const job = await world.rewind(command);

    expect(counted).toBe(expected.length);
    expect(job.messagesRewound).toBe(expected.length);
    expect(await world.consume()).toEqual(expected);
  });

  it('brings back only messages with the attributes it asks for', async () => {
    const world = await given();
    const paid = (value: string) =>
      ({ paid: { type: 'string', value }, other: { type: 'number', value: '1' } }) as const;
    await world.send(['one', 'two'], { attributes: paid('yes') });
    await world.send(['three'], { attributes: paid('no') });
    await world.send(['four']);
    await world.consume();
    world.clock.advance(1);
    const filter = { attributes: { paid: 'yes' } };

    const { matched: counted } = await countRewind(world.service, world.everything({ filter }));
    await world.rewind({ filter });

    expect(counted).toBe(2);
    expect(await world.consume()).toEqual(['one', 'two']);
  });

  it('leaves what is not deleted where it is', async () => {
    const world = await given({ sent: ['in flight', 'deleted'] });
    const messages = await world.receive();
    await world.delete(messages.filter(({ body }) => body === 'deleted'));
    await world.send(['ready']);
    world.clock.advance(1);

    const job = await world.rewind();

    expect(job.messagesRewound).toBe(1);
    expect(await world.consume()).toEqual(['deleted', 'ready']);
  });

  it('leaves deleted what is deleted after it began', async () => {
    const world = await given({ sent: ['early', 'late'] });
    const messages = await world.receive();
    await world.delete(messages.filter(({ body }) => body === 'early'));
    world.clock.advance(1);

    const job = await startRewind(world.service, world.everything());
    await world.delete(messages.filter(({ body }) => body === 'late'));
    await world.runRewinds();

    expect(await getRewind(world.service, 'orders', job.id)).toMatchObject({ state: 'done', messagesRewound: 1 });
    expect(await world.consume()).toEqual(['early']);
  });

  it('finds a message once that was rewound and deleted again and again', async () => {
    const world = await givenDeleted(['a', 'b']);

    for (let round = 0; round < 3; round++) {
      world.clock.advance(1_000);
      const job = await world.rewind();
      expect(job.messagesRewound).toBe(2);
      expect(await world.consume()).toEqual(['a', 'b']);
    }
  });

  it('finds by time of deletion what was rewound and deleted again within the window', async () => {
    const world = await givenDeleted(['a', 'b', 'c']);
    await world.rewind({ fromMs: at(1_000) });
    world.clock.advance(60_000);
    const fromMs = world.clock.nowMs();
    const [b] = await world.receive({ max: 1 });
    await world.delete(b === undefined ? [] : [b]);
    world.clock.advance(1_000);

    const job = await world.rewind({ by: 'deletedAt', fromMs });

    expect(job.messagesRewound).toBe(1);
    expect((await world.receive()).map(({ body }) => body).toSorted()).toEqual(['b', 'c']);
  });

  it('skips messages that an older one made available and that still wait', async () => {
    const world = await givenDeleted(['a', 'b', 'c', 'd']);
    await world.rewind({ fromMs: at(1_000), toMs: at(3_000) });
    const [inFlight] = await world.receive({ max: 1 });

    const { matched: counted } = await countRewind(world.service, world.everything());
    const job = await world.rewind();

    expect(inFlight?.body).toBe('b');
    expect(counted).toBe(2);
    expect(job.messagesRewound).toBe(2);
    expect(await world.consume()).toEqual(['a', 'c', 'd']);
    world.clock.advance(30_000);
    expect(await world.consume()).toEqual(['b']);
  });

  it('counts exactly what it then brings back, though some was deleted again after it began', async () => {
    const world = await givenDeleted(['a', 'b', 'c']);
    await world.rewind();
    const messages = await world.receive();
    await world.delete(messages.slice(0, 1));
    world.clock.advance(1);

    const { matched: counted } = await countRewind(world.service, world.everything());
    await startRewind(world.service, world.everything());
    await world.delete(messages.slice(1, 2));
    await world.runRewinds();

    expect(counted).toBe(1);
    expect(await world.consume()).toEqual(['a']);
  });

  it('brings copies into another queue, and the queue itself keeps its own', async () => {
    const world = await given({ queues: { orders: {}, replay: {} }, sent: ['one', 'two'] });
    await world.consume();
    world.clock.advance(1);

    const first = await world.rewind({ into: 'replay' });
    const second = await world.rewind({ into: 'replay' });
    const own = await world.rewind();

    expect([first, second, own].map((job) => job.messagesRewound)).toEqual([2, 0, 2]);
    expect(await world.consume('replay')).toEqual(['one', 'two']);
    expect(await world.consume()).toEqual(['one', 'two']);
    world.clock.advance(1);
    expect((await world.rewind({ into: 'replay' })).messagesRewound).toBe(2);
  });

  it('counts what it brings as rewound, and what is deleted again as deleted again', async () => {
    const world = await givenDeleted(['a', 'b', 'c']);
    await world.rewind();
    await world.delete(await world.receive({ max: 1 }));

    const { counts, isExact } = await queueCounts(world.service, 'orders');

    expect(isExact).toBe(true);
    expect(counts).toMatchObject({ sent: 3, rewound: 3, deleted: 4, ready: 2, inFlight: 0 });
  });

  it('brings back thousands by references, in the order of their times', async () => {
    const world = await given();
    const bodies = Array.from({ length: 2_500 }, (_, number) => String(number).padStart(5, '0'));
    for (let start = 0; start < bodies.length; start += 500) {
      await world.send(bodies.slice(start, start + 500));
      world.clock.advance(1_000);
    }
    await world.consume();
    world.clock.advance(1);

    const job = await world.rewind();
    const changes = await world.takeChanges();
    const [first] = await world.receive({ max: 1 });

    expect(job.messagesRewound).toBe(2_500);
    expect(changes.filter(({ before }) => before === undefined).length).toBeLessThan(10);
    // Requests are in order; the blocks of one were sent at the same moment.
    expect(Number(first?.body)).toBeLessThan(500);
    expect([...(await world.consume()), first?.body ?? ''].toSorted()).toEqual(bodies);
  });
});
