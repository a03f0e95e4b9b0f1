import { describe, expect, it } from 'vitest';
import {
  countRewind,
  createQueue,
  deleteQueue,
  purgeQueue,
  queueCounts,
  receive,
  send,
  undoPurge,
} from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import { PURGE_UNDO_MS } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { HOUR_MS } from '../../src/model/spans.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

const message = (body: string) => ({ body, attributes: NO_ATTRIBUTES });

/** Discards until nothing is left, like the timer every minute. */
async function discardAll(world: World): Promise<void> {
  for (let run = 0; run < 3; run++) await discardDue(world.service);
}

describe('a purge', () => {
  it('takes what was sent before it and leaves what is sent after it', async () => {
    const world = await given({ sent: ['before'] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    await world.send(['after']);

    expect(await world.consume()).toEqual(['after']);
  });

  it('loses nothing that a process sends by an older route', async () => {
    const world = await given();
    const stale = world.process({ routeFreshMs: 5_000 });
    await send(stale, { queue: 'orders', messages: [message('before')] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(1);

    await send(stale, { queue: 'orders', messages: [message('after')] });
    const byOld = await receive(stale, { queue: 'orders', max: 1, waitMs: 0, visibilityMs: 1_000 });

    // A process with the old route may still see purged messages; no other gets them.
    expect(byOld).toHaveLength(1);
    world.clock.advance(10_000);
    expect(await world.consume()).toEqual(['after']);
  });

  it('counts at once what it took, exactly', async () => {
    const world = await given({ sent: ['one', 'two', 'three'] });
    const [first] = await world.receive({ max: 1 });
    await world.delete(first === undefined ? [] : [first]);
    world.clock.advance(1);

    await purgeQueue(world.service, 'orders');
    await world.send(['four']);

    const { counts } = await queueCounts(world.service, 'orders');
    expect(counts).toMatchObject({ sent: 4, deleted: 1, purged: 2, ready: 1, inFlight: 0 });
  });

  it('counts exactly after any number of others, each of which can be undone', async () => {
    const world = await given({ queues: { orders: { shards: { min: 3, max: 3 } } } });
    const purges = 10;
    let deleted = 0;
    for (let purge = 0; purge < purges; purge++) {
      await world.send(['kept', 'held', 'deleted']);
      const [first] = await world.receive({ max: 1 });
      const held = await world.receive({ max: 1 });
      await world.delete(first === undefined ? [] : [first]);
      world.clock.advance(1);
      await purgeQueue(world.service, 'orders');
      if (purge % 2 === 0) continue;
      await world.delete(held);
      deleted++;
    }
    deleted += purges;
    const sent = 3 * purges;

    const after = await queueCounts(world.service, 'orders');
    await undoPurge(world.service, 'orders');
    const undone = await queueCounts(world.service, 'orders');

    expect(after).toMatchObject({
      isExact: true,
      counts: { sent, deleted, purged: sent - deleted, ready: 0, inFlight: 0 },
    });
    expect(undone).toMatchObject({ isExact: true, counts: { sent, deleted, purged: sent - deleted - 1, ready: 1 } });
  });

  it('counts exactly though it took more than is ever counted exactly', async () => {
    const world = await given();
    for (let request = 0; request < 3; request++) await world.send(Array.from({ length: 1_000 }, () => 'much'));
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    await world.send(['one']);

    const counted = await queueCounts(world.service, 'orders');

    expect(counted).toMatchObject({ isExact: true, counts: { sent: 3_001, purged: 3_000, ready: 1 } });
  });

  it('takes what was sent in its own millisecond, as it was answered before', async () => {
    const world = await given();
    await world.send(['before']);

    await purgeQueue(world.service, 'orders');
    await world.send(['after']);

    expect(await world.consume()).toEqual(['after']);
  });

  it('can be undone for an hour: everything is as before, and later messages stay', async () => {
    const world = await given({ sent: ['before'] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    await world.send(['after']);
    world.clock.advance(PURGE_UNDO_MS - 1);
    await discardAll(world);

    await undoPurge(world.service, 'orders');

    expect(await world.consume()).toEqual(['after', 'before']);
  });

  it('refuses to be undone after its hour, or twice', async () => {
    const world = await given({ sent: ['one'] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    await undoPurge(world.service, 'orders');
    await expect(undoPurge(world.service, 'orders')).rejects.toMatchObject({ code: 'NothingToUndo' });
    await purgeQueue(world.service, 'orders');
    world.clock.advance(PURGE_UNDO_MS);

    await expect(undoPurge(world.service, 'orders')).rejects.toMatchObject({ code: 'NothingToUndo' });
  });

  it('discards after its hour what it took, with blocks and objects, and archives nothing of it', async () => {
    const world = await given({ sent: ['small'] });
    await world.send(Array.from({ length: 20 }, () => freshText(200)));
    await world.send([freshText(100_000)]);
    await world.receive({ max: 5, visibilityMs: 2 * HOUR_MS });
    const blocks = (await world.deliveries()).flatMap(({ parts }) => parts);
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(PURGE_UNDO_MS);

    await discardAll(world);
    await world.settle();

    expect(blocks.some(({ kind }) => kind === 'block')).toBe(true);
    expect(await world.deliveries()).toEqual([]);
    expect(await world.ports.objects.list('', { limit: 10 })).toEqual([]);
    const { counts } = await queueCounts(world.service, 'orders');
    expect(counts).toMatchObject({ sent: 22, purged: 22, ready: 0, inFlight: 0 });
    expect(await world.ports.catalog.list('purge', { limit: 1 })).toEqual([]);
    expect(await countRewind(world.service, world.everything())).toMatchObject({ matched: 0 });
  });

  it('is discarded whole though the discarder dies after any step', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['one', 'two'] });
      await world.send(Array.from({ length: 10 }, () => freshText(200)));
      await world.receive({ max: 5, visibilityMs: 2 * HOUR_MS });
      world.clock.advance(1);
      await purgeQueue(world.service, 'orders');
      await world.send(['after']);
      world.clock.advance(PURGE_UNDO_MS);
      const death = await deathOf(discardDue(world.process({}, dyingAfter(steps, world.ports))));

      await discardAll(world);

      const { counts } = await queueCounts(world.service, 'orders');
      expect(counts).toMatchObject({ sent: 13, purged: 12, ready: 1 });
      expect(await world.consume()).toEqual(['after']);
      return death;
    });
  });
});

describe('a purge of rewound messages', () => {
  it('is final: no later rewind finds them, before they are discarded and after', async () => {
    const world = await given({ sent: ['a', 'b', 'c'] });
    await world.consume();
    world.clock.advance(1);
    await world.rewind();
    await world.delete(await world.receive({ max: 1 }));
    await world.receive({ max: 1, visibilityMs: 2 * HOUR_MS });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(1);

    expect(await countRewind(world.service, world.everything())).toMatchObject({ matched: 1 });
    world.clock.advance(PURGE_UNDO_MS);
    await discardAll(world);
    expect((await world.rewind()).messagesRewound).toBe(1);
    expect(await world.consume()).toHaveLength(1);
  });

  it('notes on the hold what was purged', async () => {
    const world = await given({ sent: ['a', 'b', 'c'] });
    await world.consume();
    world.clock.advance(1);
    const job = await world.rewind();
    await world.delete(await world.receive({ max: 1 }));
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(PURGE_UNDO_MS);

    await discardAll(world);
    await world.settle();

    const [hold] = await world.ports.catalog.list('hold', { prefix: '', limit: 10 });
    expect(hold?.value).toMatchObject({ rewindId: job.id, messages: [[0, 3]], done: [[0, 1]], purged: [[1, 2]] });
  });

  it('in another queue leaves the queue they were rewound from its own', async () => {
    const world = await given({ queues: { orders: {}, replay: {} }, sent: ['a'] });
    await world.consume();
    world.clock.advance(1);
    await world.rewind({ into: 'replay' });
    world.clock.advance(1);
    await purgeQueue(world.service, 'replay');
    world.clock.advance(PURGE_UNDO_MS);
    await discardAll(world);

    expect((await world.rewind({ into: 'replay' })).messagesRewound).toBe(0);
    expect((await world.rewind()).messagesRewound).toBe(1);
  });

  it('in the queue itself keeps them from other queues too', async () => {
    const world = await given({ queues: { orders: {}, replay: {} }, sent: ['a'] });
    await world.consume();
    world.clock.advance(1);
    await world.rewind();
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(PURGE_UNDO_MS);
    await discardAll(world);

    expect((await world.rewind({ into: 'replay' })).messagesRewound).toBe(0);
  });
});

describe('a deleted queue', () => {
  it('keeps nothing: an hour later it is discarded, and its name does not bring it back', async () => {
    const world = await given({ sent: ['old'] });
    const [delivery] = await world.deliveries();
    expect(delivery).toBeDefined();
    await deleteQueue(world.service, 'orders');
    await createQueue(world.service, { name: 'orders', settings: {} });
    world.clock.advance(PURGE_UNDO_MS);

    await discardAll(world);

    expect(delivery && (await world.ports.shards.get(delivery.shard, delivery.key))).toBeUndefined();
    expect(await world.ports.catalog.list('deletedQueue', { limit: 10 })).toEqual([]);
    expect(await world.consume()).toEqual([]);
    await world.send(['new']);
    expect(await world.consume()).toEqual(['new']);
  });

  it('refuses receipts of the queue that had the name before', async () => {
    const world = await given({ sent: ['old'] });
    const messages = await world.receive();
    await deleteQueue(world.service, 'orders');
    await createQueue(world.service, { name: 'orders', settings: {} });

    expect(await world.delete(messages)).toEqual(['invalid']);
  });

  it('leaves no room for its name while a process may still send by its route', async () => {
    const world = await given({ settings: { routeFreshMs: 5_000 } });
    const deletedAtMs = world.clock.nowMs();
    await deleteQueue(world.service, 'orders');

    const { queue } = await createQueue(world.service, { name: 'orders', settings: {} });

    expect(queue.createdAtMs - deletedAtMs).toBeGreaterThanOrEqual(13_000);
  });
});
