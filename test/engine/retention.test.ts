import { describe, expect, it } from 'vitest';
import { expireDue } from '../../src/engine/claims/expire-messages.ts';
import { queueCounts, receive, send, startRedrive, startRewind, updateQueue } from '../../src/engine/index.ts';
import { blockId } from '../../src/model/ids.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

const MINUTE = 60_000;

/** Two messages that are too old, and a young one. */
async function givenOldAndYoung(): Promise<World> {
  const world = await given({ queues: { orders: { retentionMs: MINUTE } } });
  await world.send(['old', 'older']);
  world.clock.advance(MINUTE);
  await world.send(['young']);
  return world;
}

/** The queue keeps all messages from now on, and two minutes pass. */
async function endRetention(world: World): Promise<void> {
  await updateQueue(world.service, {
    name: 'orders',
    settings: (current) => {
      const { retentionMs: _, ...settings } = current;
      return settings;
    },
  });
  world.clock.advance(2 * MINUTE);
}

const countsOf = async (world: World, queue = 'orders') => (await queueCounts(world.service, queue)).counts;

describe('the retention of a queue', () => {
  it('lets no message be received that is too old, and takes those behind it', async () => {
    const world = await givenOldAndYoung();

    const received = await world.receive({ max: 1 });

    expect(received.map(({ body }) => body)).toEqual(['young']);
  });

  it('counts messages that are too old as deleted, and a rewind brings them back for as long again', async () => {
    const world = await givenOldAndYoung();
    await expireDue(world.service);
    await world.settle();
    const before = await countsOf(world);
    world.clock.advance(1);

    const job = await world.rewind();

    expect(before).toMatchObject({ sent: 3, deleted: 2, ready: 1 });
    expect(job).toMatchObject({ state: 'done', messagesRewound: 2 });
    expect(await world.consume()).toEqual(['old', 'older', 'young']);
  });

  it('begins when a delay is over, however long it was', async () => {
    const world = await given({ queues: { orders: { retentionMs: MINUTE } } });
    const messages = [{ body: 'late', attributes: NO_ATTRIBUTES, delayMs: 10 * MINUTE }];
    await send(world.service, { queue: 'orders', messages });
    world.clock.advance(10 * MINUTE);
    await expireDue(world.service);

    const first = await world.receive({ visibilityMs: MINUTE - 1 });
    world.clock.advance(MINUTE - 1);
    const again = await world.receive({ visibilityMs: 1_000 });
    world.clock.advance(1_000);
    await expireDue(world.service);

    expect([first, again].map((all) => all.map(({ body }) => body))).toEqual([['late'], ['late']]);
    expect(await world.receive()).toEqual([]);
    expect(await countsOf(world)).toMatchObject({ sent: 1, deleted: 1 });
  });

  it('takes no message that was young when it ended from a receive that paused meanwhile', async () => {
    const world = await given({ queues: { orders: { retentionMs: MINUTE } }, sent: ['young'] });
    const { shards } = world.ports;
    const list: typeof shards.list = async (shard, range) => {
      const page = await shards.list(shard, range);
      await endRetention(world);
      return page;
    };
    const paused = world.process({}, { shards: Object.assign(Object.create(shards), { list }) });

    await receive(paused, { queue: 'orders', max: 1, waitMs: 0, visibilityMs: 1_000 });

    world.clock.advance(MINUTE);
    expect(await world.consume()).toEqual(['young']);
  });

  it('takes no message that was young when it ended from a background run that paused', async () => {
    const world = await given({ queues: { orders: { retentionMs: MINUTE } }, sent: ['young'] });
    const { catalog } = world.ports;
    const list: typeof catalog.list = async (kind, range) => {
      const page = await catalog.list(kind, range);
      await endRetention(world);
      return page;
    };
    const paused = world.process({}, { catalog: Object.assign(Object.create(catalog), { list }) });

    await expireDue(paused);

    expect(await world.consume()).toEqual(['young']);
  });

  it('leaves no block behind', async () => {
    const world = await given({ queues: { orders: { retentionMs: MINUTE } } });
    await world.send([freshText(5_000)]);
    const [sent] = await world.deliveries();
    world.clock.advance(MINUTE);

    await expireDue(world.service);
    await world.settle();

    const ids = (sent?.parts ?? []).flatMap((part) => (part.kind === 'block' ? [blockId(part.origin)] : []));
    expect(ids).toHaveLength(1);
    expect(await world.service.shards.getBlocks(ids)).toEqual(new Map());
  });

  it('begins for rewound messages when they come, however long their rewind takes', async () => {
    const world = await given({ queues: { orders: { retentionMs: MINUTE } }, sent: ['one', 'two'] });
    await world.consume();
    await world.settle();
    world.clock.advance(1);
    await startRewind(world.service, world.everything());

    world.clock.advance(MINUTE + 1);
    await world.runRewinds();

    expect(await world.consume()).toEqual(['one', 'two']);
  });

  it('begins anew with a rewind, and ends again', async () => {
    const world = await givenOldAndYoung();
    expect(await world.consume()).toEqual(['young']);
    await world.settle();
    world.clock.advance(1);
    await world.rewind();

    world.clock.advance(MINUTE);
    await expireDue(world.service);

    expect(await world.consume()).toEqual([]);
    expect(await countsOf(world)).toMatchObject({ sent: 3, rewound: 3, deleted: 6 });
  });

  it('finds what was given back, one page of it in the background', async () => {
    const world = await given({ queues: { orders: { retentionMs: MINUTE } }, sent: ['given back', 'in flight'] });
    const [one, two] = await world.receive({ visibilityMs: 10 * MINUTE });
    world.clock.advance(MINUTE - 1);
    await world.changeVisibility(one === undefined ? [] : [one], 0);
    world.clock.advance(1);

    await expireDue(world.service);

    expect(await countsOf(world)).toMatchObject({ ready: 0, inFlight: 1, deleted: 1 });
    expect(await world.delete(two === undefined ? [] : [two])).toEqual(['done']);
  });

  it('moves no dead letter back that is too old', async () => {
    const dead = { retentionMs: MINUTE };
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    const world = await given({ queues: { dead, orders: { deadLetter } }, sent: ['a'] });
    await world.receive({ visibilityMs: 0 });
    world.clock.advance(MINUTE);
    await world.receive();
    await startRedrive(world.service, { queue: 'dead' });

    await world.runRewinds();
    await expireDue(world.service);

    expect(await world.consume()).toEqual([]);
    expect(await countsOf(world, 'dead')).toMatchObject({ sent: 1, deleted: 1, ready: 0 });
  });

  it('does not change a queue without the setting', async () => {
    const world = await given({ sent: ['a'] });
    world.clock.advance(10_000 * MINUTE);

    await expireDue(world.service);

    expect(await world.consume()).toEqual(['a']);
  });

  it('passes over a long backlog of messages that are too old', async () => {
    const world = await given({ queues: { orders: { retentionMs: MINUTE } } });
    for (let batch = 0; batch < 5; batch++) await world.send(Array.from({ length: 100 }, (_, at) => `${batch}-${at}`));
    world.clock.advance(MINUTE);
    await world.send(['young']);

    expect((await world.receive({ max: 1 })).map(({ body }) => body)).toEqual(['young']);
    expect(await countsOf(world)).toMatchObject({ deleted: 500, inFlight: 1 });
  });

  it('lets each message be received or grow too old, never both, when processes race for it', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = await given({ queues: { orders: { retentionMs: MINUTE } }, seed });
      const [one, two, three] = [world.process(), world.process(), world.process()];
      for (let second = 0; second < 20; second++) {
        await world.send([`${second}`]);
        world.clock.advance(1_000);
      }
      // Half of them are too old; some are on leases that have just ended.
      await world.receive({ max: 6, visibilityMs: 1_000 });
      world.clock.advance(MINUTE - 10_000);
      const command = { queue: 'orders', max: 4, waitMs: 0 };

      const [first, second] = await Promise.all([receive(one, command), receive(two, command), expireDue(three)]);
      await world.delete([...first, ...second]);
      const rest = await world.consume();

      const bodies = [...first.map(({ body }) => body), ...second.map(({ body }) => body), ...rest];
      expect(bodies.map(Number).toSorted((a, b) => a - b)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19]);
      expect(await countsOf(world)).toMatchObject({ sent: 20, deleted: 20, ready: 0, inFlight: 0 });
      world.clock.advance(1);
      expect(await world.rewind()).toMatchObject({ messagesRewound: 20 });
    }
  });

  it.each(['a claim', 'the background'])('loses nothing to the archive when %s dies after any step', async (who) => {
    await dieAfterEachStep(async (steps) => {
      const world = await givenOldAndYoung();
      const dying = world.process({}, dyingAfter(steps, world.ports));
      const death = await deathOf(
        who === 'a claim' ? receive(dying, { queue: 'orders', max: 10, waitMs: 0 }) : expireDue(dying),
      );
      world.clock.advance(30_000);

      await expireDue(world.service);
      const bodies = await world.consume();
      await world.settle();
      world.clock.advance(1);
      await world.rewind();

      expect(new Set(bodies)).toEqual(new Set(['young']));
      expect(new Set(await world.consume())).toEqual(new Set(['old', 'older', 'young']));
      return death;
    });
  });
});
