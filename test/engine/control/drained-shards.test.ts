import { describe, expect, it } from 'vitest';
import { withAction } from '../../../src/engine/control/change-route.ts';
import { deleteQueue, purgeQueue, queueCounts, send, undoPurge } from '../../../src/engine/index.ts';
import { discardDue } from '../../../src/engine/upkeep/discard.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { QueueError } from '../../../src/model/errors.ts';
import { cellId, KEY_END, keyFrom, type ShardId, shardKey } from '../../../src/model/ids.ts';
import { PURGE_UNDO_MS } from '../../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../../src/model/message.ts';
import type { Queue } from '../../../src/model/queue.ts';
import { replaced } from '../../simulation/replaced.ts';
import { change, controlOnce, drainFirst, queueNamed } from '../../support/controlling.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../../support/dying.ts';
import { given, type World } from '../../support/given.ts';

const DAY_MS = 86_400_000;
/** The hard limit of a route, and the longest request. */
const DRAINED_AFTER_MS = 40_000;
const TWO_SHARDS = { queues: { orders: { shards: { min: 2, max: 2 } } } };

const splitOf = (queue: Queue) => ({ kind: 'split', queueId: queue.id, cells: [cellId(0)], cause: 'test' }) as const;
const routeOf = async (world: World) => (await queueNamed(world)).route.shards;
const isOnRoute = async (world: World, shard: ShardId) => (await routeOf(world)).some(({ id }) => id === shard);

/** Moves a message into a shard, against the route: a late effect of a request whose caller no longer waited. */
async function strayInto(world: World, shard: ShardId): Promise<void> {
  await world.send(['stray']);
  const [sent] = await world.deliveries();
  if (sent === undefined) throw new Error('nothing was sent');
  const { id } = await queueNamed(world);
  await world.ports.shards.put([{ shard: shardKey(id, shard), delivery: sent }]);
  await world.ports.shards.tryRemove(sent.shard, sent.key, {});
}

describe('a draining shard', () => {
  it('leaves the route once it is empty and nobody can send into it any more', async () => {
    const world = await given(TWO_SHARDS);
    const { id } = await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS);

    await controlOnce(world.service);
    const before = await isOnRoute(world, id);
    world.clock.advance(1);
    await controlOnce(world.service);

    expect([before, await isOnRoute(world, id)]).toEqual([true, false]);
  });

  it('stays while something is in it, and all of it is received', async () => {
    const world = await given({ ...TWO_SHARDS, sent: ['1', '2', '3', '4', '5', '6', '7', '8'] });
    const { id } = await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);

    await controlOnce(world.service);
    const before = await isOnRoute(world, id);
    const consumed = await world.consume();
    await controlOnce(world.service);

    expect(consumed).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect([before, await isOnRoute(world, id)]).toEqual([true, false]);
  });

  it('keeps what is sent into it by a route at its limit, and no older route sends', async () => {
    const world = await given();
    let isCatalogGone = false;
    const { catalog } = world.ports;
    const get: typeof catalog.get = async (kind, name) => {
      if (isCatalogGone) throw new QueueError('Unavailable', 'no answer');
      return await catalog.get(kind, name);
    };
    const stale = world.process({ routeFreshMs: 5_000 }, { catalog: replaced(catalog, { get }) });
    await stale.routes.get('orders');
    isCatalogGone = true;
    await change(world, (queue) => withAction(queue, splitOf(queue), world.clock.nowMs()) ?? queue);
    const { id } = await drainFirst(world, 'oldest');
    const sendOne = (body: string) => send(stale, { queue: 'orders', messages: [{ body, attributes: NO_ATTRIBUTES }] });

    world.clock.advance(9_999);
    const [last] = await sendOne('last');
    world.clock.advance(1);
    const tooLate = await sendOne('too late').catch((error: unknown) => error);
    world.clock.advance(DRAINED_AFTER_MS);
    await controlOnce(world.service);

    expect(last).toHaveProperty('id');
    expect(tooLate).toMatchObject({ code: 'Unavailable' });
    expect(await isOnRoute(world, id)).toBe(true);
    expect(await world.consume()).toEqual(['last']);
  });

  it('keeps counting for its queue when it has left', async () => {
    const world = await given({ ...TWO_SHARDS, sent: ['1', '2', '3', '4', '5', '6'] });
    await world.consume();
    await world.settle();
    await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);

    await controlOnce(world.service);

    const { counts } = await queueCounts(world.service, 'orders');
    expect(counts).toMatchObject({ sent: 6, deleted: 6, ready: 0, inFlight: 0 });
  });

  it('comes back when something is found in it within a day', async () => {
    const world = await given(TWO_SHARDS);
    const { id } = await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);
    await controlOnce(world.service);
    world.clock.advance(DAY_MS - 60_000);
    await strayInto(world, id);

    await controlOnce(world.service);

    expect(await isOnRoute(world, id)).toBe(true);
    expect(await world.consume()).toEqual(['stray']);
  });

  it('is forgotten after a day', async () => {
    const world = await given(TWO_SHARDS);
    await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);
    await controlOnce(world.service);
    const noted = await world.service.catalog.list('removedShard', { limit: 10 });

    world.clock.advance(DAY_MS + 1);
    await controlOnce(world.service);

    expect(noted).toHaveLength(1);
    expect(await world.service.catalog.list('removedShard', { limit: 10 })).toEqual([]);
  });

  it('that comes back after a purge brings nothing back that was purged, unless the purge is undone', async () => {
    const world = await given(TWO_SHARDS);
    const { id } = await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);
    await controlOnce(world.service);
    await strayInto(world, id);
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');

    await controlOnce(world.service);
    const purged = await world.consume();
    await undoPurge(world.service, 'orders');

    expect(purged).toEqual([]);
    expect(await world.consume()).toEqual(['stray']);
  });

  it('of a deleted queue is discarded with it, also when it had left', async () => {
    const world = await given(TWO_SHARDS);
    const { id } = await drainFirst(world);
    const queue = await queueNamed(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);
    await controlOnce(world.service);
    await strayInto(world, id);
    await deleteQueue(world.service, 'orders');
    world.clock.advance(PURGE_UNDO_MS);

    await controlOnce(world.service);
    await discardDue(world.service);

    const range = { from: keyFrom(0 as EpochMs), before: KEY_END, limit: 10, isConsistent: true };
    expect((await world.ports.shards.list(shardKey(queue.id, id), range)).deliveries).toEqual([]);
  });

  it('that holds only what is due much later is not asked until then, and then in time', async () => {
    const world = await given({ queues: { orders: { shards: { min: 2, max: 2 }, delayMs: DAY_MS } } });
    await world.send(['1']);
    await world.send(['2']);
    await world.send(['3']);
    await world.send(['4']);
    const { id } = await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);
    await world.settle();

    await controlOnce(world.service);
    const noted = (await routeOf(world)).find((shard) => shard.id === id);
    world.clock.advance(DAY_MS);

    expect(noted?.nextDueMs).toBeGreaterThan(0);
    expect(await world.consume()).toEqual(['1', '2', '3', '4']);
  });

  it('is still asked while a consumer holds a message of it and may give it back', async () => {
    const world = await given({ ...TWO_SHARDS, sent: ['1', '2', '3', '4', '5', '6', '7', '8'] });
    const held = await world.receive({ visibilityMs: 40_000_000 });
    const { id } = await drainFirst(world);
    world.clock.advance(DRAINED_AFTER_MS + 1);
    await world.settle();

    await controlOnce(world.service);
    const noted = (await routeOf(world)).find((shard) => shard.id === id);
    await world.changeVisibility(held, 0);

    expect(held.length).toBeGreaterThan(0);
    expect(noted).not.toHaveProperty('nextDueMs');
    expect((await world.consume()).length).toBe(8);
  });

  it('leaves the route after a purge once nothing new is in it, and comes back when that is undone', async () => {
    const world = await given({ sent: ['before'] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(DRAINED_AFTER_MS);

    await controlOnce(world.service);
    const early = (await routeOf(world)).length;
    world.clock.advance(1);
    await controlOnce(world.service);

    expect([early, (await routeOf(world)).length]).toEqual([2, 1]);
    await undoPurge(world.service, 'orders');
    expect(await world.consume()).toEqual(['before']);
  });

  it('is still asked after a purge while newer messages are left', async () => {
    const world = await given({ sent: ['before'] });
    const stale = world.process({ routeFreshMs: 5_000 });
    await stale.routes.get('orders');
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(1);
    await send(stale, { queue: 'orders', messages: [{ body: 'after', attributes: NO_ATTRIBUTES }] });
    world.clock.advance(DRAINED_AFTER_MS + 1);

    await controlOnce(world.service);

    expect(await routeOf(world)).toHaveLength(2);
    expect(await world.consume()).toEqual(['after']);
  });

  it('is lost by no controller that dies between any two steps', async () => {
    const died = await dieAfterEachStep(async (steps) => {
      const world = await given({ queues: { orders: { shards: { min: 3, max: 3 } } }, sent: ['1', '2', '3', '4'] });
      const { id } = await drainFirst(world);
      await drainFirst(world);
      world.clock.advance(DRAINED_AFTER_MS + 1);
      const mortal = world.process({}, dyingAfter(steps, world.ports));

      const death = await deathOf(controlOnce(mortal));
      const isGone = !(await isOnRoute(world, id));
      const notes = await world.service.catalog.list('removedShard', { limit: 10 });

      expect(isGone && notes.length === 0).toBe(false);
      expect(await world.consume()).toEqual(['1', '2', '3', '4']);
      return death;
    });

    expect(died).toBeGreaterThan(5);
  });
});
