import { describe, expect, it } from 'vitest';
import { purgeQueue, queueCounts, startRewind, undoPurge } from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { SHARD_NUMBERS, type ShardId, shardNumber } from '../../src/model/ids.ts';
import { PURGE_UNDO_MS } from '../../src/model/limits.ts';
import type { Queue } from '../../src/model/queue.ts';
import { change, controlOnce, queueNamed, shardsOf } from '../support/controlling.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';

const MINUTE_MS = 60_000;
/** Each process reads a queue's record every five seconds. */
const RECORD_BYTES_MAX = 8_192;

const recordBytes = async (world: World): Promise<number> => JSON.stringify(await queueNamed(world)).length;
const purgeCount = async (world: World) => (await world.ports.catalog.list('purge', { limit: 1_000 })).length;

/** Discards until nothing is left, like the timer every minute. */
async function discardAll(world: World): Promise<void> {
  for (let run = 0; run < 3; run++) await discardDue(world.service);
}

async function setNextNumber(world: World, nextShardNumber: number): Promise<void> {
  await change(world, (queue) => ({ ...queue, nextShardNumber }));
}

describe('many purges', () => {
  it('do not grow the record of their queue, one a minute', async () => {
    const world = await given({ queues: { orders: { shards: { min: 4, max: 100 } } } });
    const sizes: number[] = [];

    for (let purge = 0; purge < 59; purge++) {
      await purgeQueue(world.service, 'orders');
      world.clock.advance(MINUTE_MS);
      await controlOnce(world.service);
      sizes.push(await recordBytes(world));
    }

    expect(Math.max(...sizes)).toBeLessThan(RECORD_BYTES_MAX);
    expect(await purgeCount(world)).toBe(59);
  });

  it('do not grow it one after the other either, and all can be undone', async () => {
    const world = await given();
    const purges = 100;
    for (let purge = 0; purge < purges; purge++) {
      await world.send([`before ${purge}`]);
      world.clock.advance(1);
      await purgeQueue(world.service, 'orders');
    }
    expect(await recordBytes(world)).toBeLessThan(RECORD_BYTES_MAX);
    expect(await world.consume()).toEqual([]);

    for (let purge = 0; purge < purges; purge++) await undoPurge(world.service, 'orders');

    expect(await world.consume()).toHaveLength(purges);
    await expect(undoPurge(world.service, 'orders')).rejects.toMatchObject({ code: 'NothingToUndo' });
    expect(await purgeCount(world)).toBe(0);
  });

  it('give nothing back that the one before took, though the clock of the next one is behind', async () => {
    const world = await given({ sent: ['before'] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    const clock = { nowMs: () => (world.clock.nowMs() - 2_000) as EpochMs, sleep: async () => {} };
    const behind = world.process({}, { clock });

    await purgeQueue(behind, 'orders');

    expect(await world.consume()).toEqual([]);
    await undoPurge(world.service, 'orders');
    expect(await world.consume()).toEqual([]);
    await undoPurge(world.service, 'orders');
    expect(await world.consume()).toEqual(['before']);
  });

  it('can be undone one by one, though another came between two tries of one', async () => {
    const world = await given({ sent: ['before'] });
    world.clock.advance(1);
    const { catalog } = world.ports;
    let tries = 0;
    const tryPut: typeof catalog.tryPut = async (kind, name, value, version) => {
      const outcome = await catalog.tryPut(kind, name, value, version);
      if (kind !== 'queue' || tries++ > 0) return outcome;
      await purgeQueue(world.service, 'orders');
      return 'unclear';
    };
    const losing = new Proxy(catalog, {
      get: (target, call: keyof typeof catalog) => (call === 'tryPut' ? tryPut : target[call].bind(target)),
    });
    const unlucky = world.process({}, { catalog: losing });

    await purgeQueue(unlucky, 'orders');

    expect(await purgeCount(world)).toBe(3);
    for (let purge = 0; purge < 3; purge++) await undoPurge(world.service, 'orders');
    expect(await world.consume()).toEqual(['before']);
  });

  it('are all discarded after their hour, and what came after the last one stays', async () => {
    const world = await given();
    for (let purge = 0; purge < 70; purge++) {
      await world.send(['before']);
      world.clock.advance(1);
      await purgeQueue(world.service, 'orders');
      if (purge % 20 === 0) {
        world.clock.advance(MINUTE_MS);
        await controlOnce(world.service);
      }
    }
    await world.send(['after']);
    world.clock.advance(PURGE_UNDO_MS);

    await discardAll(world);
    await world.settle();

    expect(await purgeCount(world)).toBe(0);
    const { counts } = await queueCounts(world.service, 'orders');
    expect(counts).toMatchObject({ sent: 71, purged: 70, ready: 1 });
    expect(await world.consume()).toEqual(['after']);
  });

  it('leave the open shards there were when each is undone', async () => {
    const world = await given({ queues: { orders: { shards: { min: 2, max: 2 } } } });
    const before = await shardsOf(world);

    for (let round = 0; round < 12; round++) {
      await purgeQueue(world.service, 'orders');
      await world.send([`after ${round}`]);
      await undoPurge(world.service, 'orders');
    }

    expect(await shardsOf(world)).toEqual(before);
    expect(await world.consume()).toHaveLength(12);
  });

  it('and their undos lose nothing though the process dies after any step', async () => {
    await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['first'] });
      world.clock.advance(1);
      await purgeQueue(world.service, 'orders');
      await world.send(['second']);
      world.clock.advance(1);
      const mortal = world.process({}, dyingAfter(steps, world.ports));
      const purgeDeath = await deathOf(purgeQueue(mortal, 'orders'));
      const death = purgeDeath ?? (await deathOf(undoPurge(mortal, 'orders')));
      const { lastPurge } = await queueNamed(world);
      if (lastPurge !== undefined && (await world.consume()).length === 0) await undoPurge(world.service, 'orders');

      await undoPurge(world.service, 'orders').catch(() => {});
      world.clock.advance(2 * PURGE_UNDO_MS);
      await discardAll(world);

      const { counts } = await queueCounts(world.service, 'orders');
      expect(counts).toMatchObject({ sent: 2, purged: 0 });
      expect(await purgeCount(world)).toBe(0);
      return death;
    });
  });
});

describe('a purge while a rewind is at work', () => {
  it('ends what a rewind has not placed yet', async () => {
    const world = await given({ queues: { orders: {}, copies: {} }, sent: ['a', 'b'] });
    await world.consume();
    world.clock.advance(1);
    await startRewind(world.service, world.everything());
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');

    await world.runRewinds();

    expect(await world.consume()).toEqual([]);
    world.clock.advance(1);
    expect(await world.rewind({ into: 'copies' })).toMatchObject({ state: 'done', messagesRewound: 2 });
    expect(await world.rewind()).toMatchObject({ state: 'done', messagesRewound: 2 });
  });
});

describe('numbers of shards', () => {
  const numbersOf = (queue: Queue) => queue.route.shards.map(({ id }) => shardNumber(id));
  const givenLast = async (used: number): Promise<World> => {
    const world = await given({ seed: used + 1 });
    await setNextNumber(world, SHARD_NUMBERS);
    return world;
  };

  it('are given again once all were, of shards that nothing ever lay in', async () => {
    const world = await givenLast(0);

    await purgeQueue(world.service, 'orders');

    const [fresh = -1, old] = numbersOf(await queueNamed(world));
    expect(fresh).toBeGreaterThanOrEqual(0);
    expect(fresh).toBeLessThan(SHARD_NUMBERS);
    expect(old).toBe(0);
    expect(fresh).not.toBe(old);
    await world.send(['after']);
    expect(await world.consume()).toEqual(['after']);
  });

  it('are not given again of shards that a total names: then the open shards stay, and the purge holds', async () => {
    const world = await givenLast(1);
    const { catalog } = world.ports;
    const touched = new Proxy(catalog, {
      get: (target, name): unknown => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (kind: string, ...rest: unknown[]): Promise<unknown> =>
          name === 'get' && kind === 'totals'
            ? { name: '', version: 1, value: { sent: 1 } }
            : await Reflect.apply(value, target, [kind, ...rest]);
      },
    });
    await world.send(['before']);
    world.clock.advance(1);

    await purgeQueue(world.process({}, { catalog: touched }), 'orders');
    await world.send(['after']);

    const { route } = await queueNamed(world);
    expect(route.shards.map(({ id, state }) => [shardNumber(id), state])).toEqual([[0, 'open']]);
    expect(await world.consume()).toEqual(['after']);
    await undoPurge(world.service, 'orders');
    expect(await world.consume()).toEqual(['before']);
  });

  it('stay distinct on a route, among purges and among shards taken off it', async () => {
    const world = await givenLast(2);
    const seen = new Set<ShardId>();

    for (let purge = 0; purge < 20; purge++) {
      await purgeQueue(world.service, 'orders');
      for (const { id } of (await queueNamed(world)).route.shards) seen.add(id);
      world.clock.advance(MINUTE_MS);
      await controlOnce(world.service);
    }

    expect(seen.size).toBe(21);
  });
});
