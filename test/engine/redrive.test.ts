import { describe, expect, it } from 'vitest';
import { cancelRewind, getRewind, peek, queueCounts, startRedrive } from '../../src/engine/index.ts';
import { type DeliveryKey, queueOfShard } from '../../src/model/ids.ts';
import { replaced } from '../simulation/replaced.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';

/** Three dead letters. */
async function givenDead(): Promise<World> {
  const deadLetter = { queue: 'dead', maxReceives: 1 };
  const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['a', 'b', 'c'] });
  await diesIn(world, 'orders');
  return world;
}

/** Uses up the receives of the ready messages, so that they end in the dead-letter queue. */
async function diesIn(world: World, ...queues: string[]): Promise<void> {
  for (const queue of queues) {
    await world.receive({ queue });
    world.clock.advance(30_000);
    await world.receive({ queue });
  }
  world.clock.advance(1);
}

describe('a redrive', () => {
  it('moves dead letters back to where they came from, and counts add up in both queues', async () => {
    const world = await givenDead();
    const job = await startRedrive(world.service, { queue: 'dead' });

    await world.runRewinds();

    expect(await getRewind(world.service, 'dead', job.id)).toMatchObject({ state: 'done', messagesRewound: 3 });
    expect((await queueCounts(world.service, 'dead')).counts).toMatchObject({ sent: 3, deleted: 3, ready: 0 });
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({
      sent: 3,
      deadLettered: 3,
      rewound: 3,
      ready: 3,
    });
    expect(await world.consume()).toEqual(['a', 'b', 'c']);
  });

  it('moves the messages that are named by their ids, and leaves the others', async () => {
    const world = await givenDead();
    const { messages } = await peek(world.service, { queue: 'dead', state: 'ready', limit: 10 });
    const named = messages.filter(({ body }) => body !== 'b').map(({ id }) => id);

    const job = await startRedrive(world.service, { queue: 'dead', ids: [...named, ...named] });
    await world.runRewinds();

    expect(await getRewind(world.service, 'dead', job.id)).toMatchObject({ state: 'done', messagesRewound: 2 });
    expect(await world.consume()).toEqual(['a', 'c']);
    expect((await queueCounts(world.service, 'dead')).counts).toMatchObject({ ready: 1 });
  });

  it('moves all messages that are named by their ids, though a crash has doubled one', async () => {
    const world = await givenDead();
    const { messages } = await peek(world.service, { queue: 'dead', state: 'ready', limit: 10 });
    const [first] = await world.deliveries('dead');
    if (first === undefined) throw new Error('no dead letter');
    const { shard, ...delivery } = first;
    const key = `${delivery.key.slice(0, -1)}${delivery.key.endsWith('z') ? 'y' : 'z'}` as DeliveryKey;
    await world.ports.shards.put([{ shard, delivery: { ...delivery, key } }]);

    await startRedrive(world.service, { queue: 'dead', ids: messages.map(({ id }) => id) });
    await world.runRewinds();

    expect((await queueCounts(world.service, 'dead')).counts).toMatchObject({ ready: 0, inFlight: 0 });
    expect(new Set(await world.consume())).toEqual(new Set(['a', 'b', 'c']));
  });

  it('brings each message back to the queue it came from when several send their dead letters', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter }, refunds: { deadLetter }, other: {} } });
    for (const queue of ['orders', 'refunds']) await world.send([`of ${queue}`], { queue });
    await diesIn(world, 'orders', 'refunds');
    await world.send(['sent here by itself'], { queue: 'dead' });

    const homeward = await startRedrive(world.service, { queue: 'dead' });
    await world.runRewinds();
    world.clock.advance(60_000);
    const elsewhere = await startRedrive(world.service, { queue: 'dead', into: 'other' });
    await world.runRewinds();

    expect(await getRewind(world.service, 'dead', homeward.id)).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/sent here by themselves/) as string,
      messagesRewound: 2,
      redrive: { readyCount: 3, isHomeward: true },
    });
    expect(await getRewind(world.service, 'dead', elsewhere.id)).toMatchObject({ state: 'done', messagesRewound: 1 });
    const bodies = await Promise.all(['orders', 'refunds', 'other', 'dead'].map((queue) => world.consume(queue)));
    expect(bodies).toEqual([['of orders'], ['of refunds'], ['sent here by itself'], []]);
  });

  it('remembers whose dead letter an archived message is', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter }, refunds: { deadLetter } }, sent: ['a'] });
    await world.consume();
    await world.settle();
    world.clock.advance(1_000);
    await world.rewind();
    await diesIn(world, 'orders');

    await startRedrive(world.service, { queue: 'dead' });
    await world.runRewinds();

    const { counts } = await queueCounts(world.service, 'orders');
    expect(counts).toMatchObject({ sent: 1, deleted: 1, rewound: 2, deadLettered: 1, ready: 1 });
    expect(await world.consume()).toEqual(['a']);
  });

  it('moves no more in a second than was asked for', async () => {
    const world = await givenDead();
    const startMs = world.clock.nowMs();
    await startRedrive(world.service, { queue: 'dead', perSecond: 1 });

    await world.runRewinds();

    expect(world.clock.nowMs() - startMs).toBeGreaterThanOrEqual(2_000);
    expect(await world.consume()).toEqual(['a', 'b', 'c']);
  });

  it('with a filter goes once over what is there, and leaves what does not match as it is', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } } });
    const kind = (value: string) => ({ kind: { type: 'string', value } }) as const;
    for (let n = 0; n < 6; n++) await world.send([`a${n}`, `b${n}`], { attributes: kind(n % 3 === 1 ? 'yes' : 'no') });
    await diesIn(world, 'orders');
    const before = await world.deliveries('dead');
    const job = await startRedrive(world.service, {
      queue: 'dead',
      perSecond: 1,
      filter: { attributes: { kind: 'yes' } },
    });
    const written: string[] = [];
    const stored = world.ports.shards;
    const shards = replaced(stored, {
      put: async (placements) => {
        written.push(...placements.map(({ shard }) => queueOfShard(shard)));
        return await stored.put(placements);
      },
    });

    await world.runRewinds(world.process({}, { shards }));

    expect(await getRewind(world.service, 'dead', job.id)).toMatchObject({
      state: 'done',
      messagesMatched: 4,
      messagesRewound: 4,
      redrive: { readyCount: 12, lookedAt: 12 },
    });
    // A lease and the delivery it moves, for each of the four: one message a second.
    expect(written).toHaveLength(8);
    const left = await world.receive({ queue: 'dead' });
    expect(left.map(({ body }) => body)).toHaveLength(8);
    expect(new Set(left.map(({ receiveCount }) => receiveCount))).toEqual(new Set([2]));
    expect(before.every(({ receiveCount }) => receiveCount === 0)).toBe(true);
    expect(await world.consume()).toEqual(['a1', 'a4', 'b1', 'b4']);
  });

  it('tells how far it is while it runs, at its pace, and stops when it is cancelled', async () => {
    const world = await givenDead();
    const job = await startRedrive(world.service, { queue: 'dead', perSecond: 1 });
    const seen: (number | undefined)[] = [];
    const { clock } = world;
    const sleep = async (ms: number) => {
      const { redrive } = await getRewind(world.service, 'dead', job.id);
      seen.push(redrive?.lookedAt);
      if (seen.length === 1) await cancelRewind(world.service, 'dead', job.id);
      await clock.sleep(ms);
    };

    await world.runRewinds(world.process({}, { clock: { nowMs: () => clock.nowMs(), sleep } }));

    expect(seen).toEqual([3]);
    const ended = await getRewind(world.service, 'dead', job.id);
    expect(ended.state).toBe('cancelled');
    expect(ended.messagesRewound).toBeLessThan(3);
    await expect(cancelRewind(world.service, 'dead', job.id)).resolves.toEqual(ended);
  });

  it('cannot be taken back when it has ended', async () => {
    const world = await givenDead();
    const job = await startRedrive(world.service, { queue: 'dead' });
    await world.runRewinds();

    const refusal = cancelRewind(world.service, 'dead', job.id);

    await expect(refusal).rejects.toMatchObject({ code: 'NotRunning' });
    expect(await world.consume()).toEqual(['a', 'b', 'c']);
  });

  it('moves what was there when it started, however much comes meanwhile', async () => {
    const world = await givenDead();
    const job = await startRedrive(world.service, { queue: 'dead', into: 'orders' });
    world.clock.advance(1_000);
    await world.send(['late'], { queue: 'dead' });

    await world.runRewinds();

    expect(await getRewind(world.service, 'dead', job.id)).toMatchObject({ state: 'done', messagesRewound: 3 });
    expect(await world.consume('dead')).toEqual(['late']);
  });

  it('moves no more than was asked for', async () => {
    const world = await givenDead();
    await startRedrive(world.service, { queue: 'dead', max: 2 });

    await world.runRewinds();

    expect(await world.consume()).toHaveLength(2);
  });

  it('loses nothing when its process dies after any step', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await givenDead();
      await startRedrive(world.service, { queue: 'dead' });
      const death = await deathOf(world.runRewinds(world.process({}, dyingAfter(steps, world.ports))));
      world.clock.advance(120_000);

      await world.resumeRewinds();

      const bodies = [...(await world.consume()), ...(await world.consume('dead'))];
      expect(new Set(bodies)).toEqual(new Set(['a', 'b', 'c']));
      return death;
    });
  });
});

describe('the receive count', () => {
  /** Receives the ready messages, returns how often each was received, and releases them. */
  async function countsIn(world: World, queue: string): Promise<number[]> {
    const messages = await world.receive({ queue, visibilityMs: 0 });
    world.clock.advance(1_000);
    return messages.map(({ receiveCount }) => receiveCount);
  }

  it('is kept through dead-letter queues and redrives, while each queue counts for its own limit', async () => {
    const settings = {
      last: {},
      dead: { deadLetter: { queue: 'last', maxReceives: 2 } },
      orders: { deadLetter: { queue: 'dead', maxReceives: 1 } },
    };
    const world = await given({ queues: settings, sent: ['a'] });
    const told: Record<string, number[]> = {};

    told['orders'] = [...(await countsIn(world, 'orders')), ...(await countsIn(world, 'orders'))];
    told['dead'] = await countsIn(world, 'dead');
    await startRedrive(world.service, { queue: 'dead' });
    await world.runRewinds();
    told['orders again'] = [...(await countsIn(world, 'orders')), ...(await countsIn(world, 'orders'))];
    told['dead again'] = [...(await countsIn(world, 'dead')), ...(await countsIn(world, 'dead'))];
    told['over the limit'] = await countsIn(world, 'dead');
    told['last'] = await countsIn(world, 'last');

    expect(told).toEqual({
      orders: [1],
      dead: [2],
      'orders again': [3],
      'dead again': [4, 5],
      'over the limit': [],
      last: [6],
    });
  });

  it('goes on where a rewound message dies, and is the same to a look', async () => {
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['a'] });
    await world.consume();
    world.clock.advance(1);
    await world.rewind();

    expect(await countsIn(world, 'orders')).toEqual([1]);
    expect(await countsIn(world, 'orders')).toEqual([]);
    const looked = await peek(world.service, { queue: 'dead', state: 'ready', limit: 1 });
    expect(looked.messages).toMatchObject([{ receiveCount: 1 }]);
    expect(await countsIn(world, 'dead')).toEqual([2]);
  });
});
