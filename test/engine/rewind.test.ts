import { describe, expect, it } from 'vitest';
import {
  countRewind,
  createQueue,
  deleteQueue,
  getRewind,
  listRewinds,
  queueCounts,
  type RewindCommand,
  startRewind,
  updateQueue,
} from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { given, type World } from '../support/given.ts';
import { at } from '../support/ids.ts';

/** One message a second, sent at 0 s, 1 s … and deleted ten seconds after it was sent. */
async function givenDeleted(bodies: readonly string[]): Promise<World> {
  const world = await given();
  for (const body of bodies) {
    await world.send([body]);
    world.clock.advance(1_000);
  }
  world.clock.advance(10_000 - 1_000 * bodies.length);
  for (const _ of bodies) {
    await world.delete(await world.receive({ max: 1 }));
    world.clock.advance(1_000);
  }
  return world;
}

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

    const counted = await countRewind(world.service, world.everything(command));
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

    const counted = await countRewind(world.service, world.everything({ filter }));
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

  it('leaves alone what an older one made available and nobody has deleted again', async () => {
    const world = await givenDeleted(['a', 'b', 'c', 'd']);
    await world.rewind({ fromMs: at(1_000), toMs: at(3_000) });
    const [inFlight] = await world.receive({ max: 1 });

    const counted = await countRewind(world.service, world.everything());
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

    const counted = await countRewind(world.service, world.everything());
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
    expect([...(await world.consume()), first?.body].toSorted()).toEqual(bodies);
  });
});

describe('a rewind is refused', () => {
  it.each<[string, Partial<RewindCommand>, string]>([
    ['from a moment that has not come yet', { fromMs: at(10_000_000) }, 'from'],
    ['from a moment after its end', { fromMs: at(5), toMs: at(4) }, 'from'],
    ['for a window without any time', { fromMs: at(5), toMs: at(5) }, 'from'],
    ['for a window before anything that is kept', { fromMs: 0 as EpochMs, toMs: at(0) }, 'to'],
    ['into a queue that does not exist', { into: 'nowhere' }, 'into'],
  ])('%s', async (_, command, field) => {
    const world = await givenDeleted(['a']);

    const refusal = startRewind(world.service, world.everything(command));

    await expect(refusal).rejects.toMatchObject({ code: 'InvalidField', field });
    expect(await listRewinds(world.service, 'orders')).toEqual([]);
  });

  it('where rewinding is off, and nothing was archived', async () => {
    const world = await given({ queues: { orders: { rewindMs: 0 } }, sent: ['gone'] });
    await world.consume();
    world.clock.advance(1);

    const refusal = startRewind(world.service, world.everything());

    await expect(refusal).rejects.toMatchObject({ code: 'InvalidField', field: 'rewindSeconds' });
    await world.settle();
    expect(await world.ports.objects.list('archive/', { limit: 10 })).toEqual([]);
    await updateQueue(world.service, { name: 'orders', settings: { rewindMs: 'forever' } });
    expect((await world.rewind()).messagesRewound).toBe(0);
  });

  it('while another one of the queue is at work', async () => {
    const world = await givenDeleted(['a']);
    await startRewind(world.service, world.everything());

    const refusal = startRewind(world.service, world.everything());

    await expect(refusal).rejects.toMatchObject({ code: 'Conflict' });
    await world.runRewinds();
    expect(await world.consume()).toEqual(['a']);
    world.clock.advance(1);
    expect((await world.rewind()).messagesRewound).toBe(1);
  });

  it('when two start at once: one of them runs', async () => {
    const world = await givenDeleted(['a']);
    const both = [world.process(), world.process()].map((process) => startRewind(process, world.everything()));

    const outcomes = await Promise.allSettled(both);
    await world.runRewinds();

    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await world.consume()).toEqual(['a']);
  });
});

describe('a rewind whose queues change', () => {
  it('says from which moment on it found what is kept', async () => {
    const world = await givenDeleted(['a']);

    const job = await world.rewind({ fromMs: 0 as EpochMs });

    expect(job).toMatchObject({ cutToMs: at(0), messagesRewound: 1 });
  });

  it('fails by name when its target was deleted, though another queue has the name by now', async () => {
    const world = await given({ queues: { orders: {}, replay: {} }, sent: ['one'] });
    await world.consume();
    world.clock.advance(1);
    const job = await startRewind(world.service, world.everything({ into: 'replay' }));
    await deleteQueue(world.service, 'replay');
    await createQueue(world.service, { name: 'replay', settings: {} });

    await world.runRewinds();

    const failed = await getRewind(world.service, 'orders', job.id);
    expect(failed).toMatchObject({ state: 'failed', messagesRewound: 0 });
    expect(failed.error).toContain('replay');
    expect(await world.receive({ queue: 'replay' })).toEqual([]);
    expect((await world.rewind()).messagesRewound).toBe(1);
  });

  it('ends when its own queue was deleted', async () => {
    const world = await givenDeleted(['a']);
    const job = await startRewind(world.service, world.everything());
    await deleteQueue(world.service, 'orders');

    await world.runRewinds();

    const stored = await world.ports.catalog.get('rewind', `${job.queueId}/${job.id}`);
    expect(stored?.value).toMatchObject({ state: 'failed', finishedAtMs: world.clock.nowMs() });
  });
});
