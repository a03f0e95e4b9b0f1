import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeVisibility,
  findMessage,
  type MessageState,
  peek,
  purgeQueue,
  type SeenMessage,
  send,
  startRedrive,
  undoPurge,
} from '../../src/engine/index.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';
import { runs } from '../support/runs.ts';

const STATES = ['ready', 'delayed', 'inFlight', 'deleted'] as const;
const QUEUES = ['orders', 'dead', 'copies'] as const;
type QueueName = (typeof QUEUES)[number];

/** Small bodies are stored in a delivery, the next in a block, the largest in an object. */
const BODY_LENGTHS = [10, 2_000, 40_000];

type Step =
  | { readonly kind: 'send'; readonly count: number; readonly length: number; readonly delayMs: number }
  | { readonly kind: 'receive' | 'receiveAndDelete'; readonly queue: QueueName; readonly max: number }
  | { readonly kind: 'giveBack' | 'extend'; readonly queue: QueueName; readonly max: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'rewind' | 'rewindIntoCopies' | 'redrive' };

const queue = fc.constantFrom(...QUEUES);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    count: fc.integer({ min: 1, max: 12 }),
    length: fc.constantFrom(...BODY_LENGTHS),
    delayMs: fc.constantFrom(0, 0, 45_000, 3_600_000),
  }),
  fc.record({
    kind: fc.constantFrom('receive' as const, 'receiveAndDelete' as const, 'giveBack' as const, 'extend' as const),
    queue,
    max: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 30_000, 60_000) }),
  fc.record({ kind: fc.constantFrom('rewind' as const, 'rewindIntoCopies' as const, 'redrive' as const) }),
);

async function take(world: World, sent: Map<string, string>, one: Step): Promise<void> {
  const { service } = world;
  switch (one.kind) {
    case 'send': {
      const bodies = Array.from({ length: one.count }, () => freshText(one.length));
      const messages = bodies.map((body) => ({ body, attributes: NO_ATTRIBUTES, delayMs: one.delayMs }));
      const outcomes = await send(service, { queue: 'orders', messages });
      for (const [index, outcome] of outcomes.entries()) if ('id' in outcome) sent.set(outcome.id, bodies[index] ?? '');
      return;
    }
    case 'pass':
      world.clock.advance(one.ms);
      return;
    case 'redrive':
      await startRedrive(service, { queue: 'dead' });
      await world.runRewinds();
      return;
    case 'rewind':
    case 'rewindIntoCopies':
      world.clock.advance(1);
      await world.rewind(one.kind === 'rewind' ? {} : { into: 'copies' });
      return;
    case 'receive':
    case 'receiveAndDelete':
    case 'giveBack':
    case 'extend': {
      const messages = await world.receive({ queue: one.queue, max: one.max });
      if (one.kind === 'receiveAndDelete') await world.delete(messages, one.queue);
      if ((one.kind !== 'giveBack' && one.kind !== 'extend') || messages.length === 0) return;
      const visibilityMs = one.kind === 'giveBack' ? 0 : 40_000;
      const entries = messages.map(({ receipt }) => ({ receipt, visibilityMs }));
      await changeVisibility(service, { queue: one.queue, entries });
    }
  }
}

/** All messages that a look at a queue shows in a state. */
async function lookAll(world: World, name: string, state: MessageState): Promise<SeenMessage[]> {
  const seen: SeenMessage[] = [];
  let cursor: string | undefined;
  do {
    const page = await peek(world.service, {
      queue: name,
      state,
      limit: 100,
      ...(cursor === undefined ? {} : { cursor }),
    });
    seen.push(...page.messages);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return seen;
}

describe('a message', () => {
  it('keeps its id from send to dead letter, archive and rewind, and is found by it in every state', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
        const deadLetter = { queue: 'dead', maxReceives: 1 };
        const world = await given({ queues: { dead: {}, copies: {}, orders: { deadLetter } } });
        const sent = new Map<string, string>();
        for (const one of steps) await take(world, sent, one);
        await world.settle();

        const ids = new Set<string>();
        for (const name of QUEUES) {
          for (const state of STATES) {
            for (const { id, body } of await lookAll(world, name, state)) {
              met.add(`${name} ${state}`);
              ids.add(id);
              expect(sent.get(id)).toBe(body);
              const found = await findMessage(world.service, { queue: name, id: id.toUpperCase() });
              expect(found).toMatchObject({ message: { id, body, state } });
            }
          }
        }
        expect(ids).toEqual(new Set(sent.keys()));
      }),
      { ...runs(40), examples: [[EVERYTHING]] },
    );
    expect([...met]).toEqual(expect.arrayContaining(MET_AT_LEAST));
  });
});

/** Queues in which the example below leaves messages. */
const MET_AT_LEAST = [
  ...STATES.map((state) => `orders ${state}`),
  ...['ready', 'inFlight', 'deleted'].map((state) => `dead ${state}`),
  ...['ready', 'inFlight'].map((state) => `copies ${state}`),
];

/** Leaves messages in each state, except delayed ones where nothing is sent. */
const EVERYTHING: Step[] = [
  { kind: 'send', count: 12, length: 10, delayMs: 0 },
  { kind: 'receive', queue: 'orders', max: 20 },
  { kind: 'pass', ms: 60_000 },
  { kind: 'receive', queue: 'orders', max: 20 },
  { kind: 'receiveAndDelete', queue: 'dead', max: 4 },
  { kind: 'receive', queue: 'dead', max: 4 },
  { kind: 'send', count: 12, length: 2_000, delayMs: 0 },
  { kind: 'receiveAndDelete', queue: 'orders', max: 9 },
  { kind: 'rewindIntoCopies' },
  { kind: 'receive', queue: 'copies', max: 3 },
  { kind: 'receiveAndDelete', queue: 'copies', max: 3 },
  { kind: 'rewind' },
  { kind: 'receiveAndDelete', queue: 'orders', max: 4 },
  { kind: 'receive', queue: 'orders', max: 4 },
  { kind: 'send', count: 3, length: 40_000, delayMs: 3_600_000 },
];

describe('a message that was purged', () => {
  it.each(['ready', 'in flight'])('is not found any more where it was %s, until the purge is undone', async (state) => {
    const world = await given();
    const [id = ''] = await world.send(['apple']);
    if (state === 'in flight') await world.receive();

    await purgeQueue(world.service, 'orders');
    const purged = await findMessage(world.service, { queue: 'orders', id });
    await undoPurge(world.service, 'orders');
    const restored = await findMessage(world.service, { queue: 'orders', id });

    expect(purged).toMatchObject({ searched: { isComplete: true } });
    expect(restored).toMatchObject({ message: { id } });
  });
});

describe('a message behind many others in flight', () => {
  it.each([
    ['is found, over several pages', 4, { message: { state: 'inFlight' } }],
    ['is not said to be nowhere where too many wait to look at them all', 1, { searched: { isComplete: false } }],
  ])('%s', async (_, pageLimit, found) => {
    const world = await given();
    await world.send(Array.from({ length: 40 }, () => freshText(10)));
    for (let count = 0; count < 39; count++) await world.receive({ max: 1 });
    world.clock.advance(1);
    const [last] = await world.receive({ max: 1 });
    const { shards } = world.ports;
    const list: typeof shards.list = (shard, range) => shards.list(shard, { ...range, limit: pageLimit });
    const service = world.process({}, { shards: replaced(shards, { list }) });

    const outcome = await findMessage(service, { queue: 'orders', id: last?.id ?? '' });

    expect(outcome).toMatchObject(found);
    // A caller that goes on from there sees that it would search the same again.
    if ('searched' in outcome) expect(outcome.searched.toMs).toBe(outcome.searched.fromMs);
  });
});

describe('the search of the archive', () => {
  it('continues through any number of objects of an hour, and reads each about once', async () => {
    const world = await given({ queues: { orders: {}, copies: {} } });
    await world.send(Array.from({ length: 40 }, () => freshText(10)));
    await world.consume();
    world.clock.advance(1_000);
    await world.rewind({ into: 'copies' });
    const messages = await world.receive({ queue: 'copies' });
    for (const message of messages) {
      world.clock.advance(1_000);
      await world.delete([message], 'copies');
      await world.settle();
    }
    const { objects } = world.ports;
    let reads = 0;
    const get: typeof objects.get = async (name, range) => {
      reads += range?.offset === 0 ? 1 : 0;
      return await objects.get(name, range);
    };
    const service = world.process({}, { objects: replaced(objects, { get }) });
    const id = messages.at(-1)?.id ?? '';

    let found = await findMessage(service, { queue: 'copies', id });
    for (let calls = 1; 'searched' in found && !found.searched.isComplete && calls < 5; calls++) {
      found = await findMessage(service, { queue: 'copies', id, fromMs: found.searched.toMs });
    }

    expect(found).toMatchObject({ message: { id, state: 'deleted' } });
    expect(reads).toBeLessThan(50);
  });

  it('reads a slice once, however many single deletes an object tells of', async () => {
    const world = await given({ queues: { orders: {}, copies: {} } });
    await world.send(Array.from({ length: 100 }, () => freshText(10)));
    await world.consume();
    world.clock.advance(1_000);
    await world.rewind({ into: 'copies' });
    const messages = await world.receive({ queue: 'copies' });
    for (const message of messages) await world.delete([message], 'copies');
    await world.settle();
    const { catalog } = world.ports;
    let lists = 0;
    const list: typeof catalog.list = async (kind, range) => {
      lists++;
      return await catalog.list(kind, range);
    };
    const service = world.process({}, { catalog: replaced(catalog, { list }) });
    const id = messages[0]?.id ?? '';

    const found = await findMessage(service, { queue: 'copies', id });
    const looked = await peek(service, { queue: 'copies', state: 'deleted', limit: 1_000 });

    expect(found).toMatchObject({ message: { id, state: 'deleted' } });
    expect(looked.messages).toHaveLength(100);
    expect(lists).toBeLessThan(10);
  });
});
