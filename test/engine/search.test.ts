import { describe, expect, it } from 'vitest';
import { receive } from '../../src/engine/index.ts';
import type { ShardKey } from '../../src/model/ids.ts';
import type { ShardStore } from '../../src/ports/shard-store.ts';
import { PollingArrivals } from '../../src/stores/dynamodb/polling-arrivals.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { given, type World } from '../support/given.ts';

const SHARDS = 300;
const MANY_SHARDS = { settings: { shardsPerQueue: SHARDS } };

/** A consumer in a process of its own, its reads, and the number of rounds of parallel reads. */
function consumerOf(world: World, seed: number) {
  const reads: { readonly shard: ShardKey; readonly isConsistent: boolean }[] = [];
  const { shards, clock } = world.ports;
  let rounds = 0;
  let underWay = 0;
  const list: ShardStore['list'] = async (shard, range) => {
    if (underWay++ === 0) rounds++;
    reads.push({ shard, isConsistent: range.isConsistent });
    try {
      return await shards.list(shard, range);
    } finally {
      // Reads that started together end together.
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
    }
  };
  const watched = new Proxy(shards, { get: (store, name) => (name === 'list' ? list : bound(store, name)) });
  const random = new SeededRandom(seed);
  const service = world.process({}, { shards: watched, random, arrivals: new PollingArrivals({ clock, random }) });
  return {
    reads,
    rounds: () => rounds,
    receive: (options: { max?: number; waitMs?: number } = {}) =>
      receive(service, { queue: 'orders', max: 10, waitMs: 0, ...options }),
  };
}

function bound(store: ShardStore, name: string | symbol): unknown {
  const value: unknown = Reflect.get(store, name);
  return typeof value === 'function' ? value.bind(store) : value;
}

describe('a receive on a queue of 300 shards', () => {
  it('finds what lies in three of them by its third round of reads', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = await given({ ...MANY_SHARDS, sent: ['one', 'two', 'three'], seed });
      const consumer = consumerOf(world, seed);

      const messages = await consumer.receive({ max: 1 });

      expect(messages).toHaveLength(1);
      expect(consumer.rounds()).toBeLessThanOrEqual(3);
    }
  });

  it('answers with nothing only after it has looked at all of them', async () => {
    const world = await given(MANY_SHARDS);
    const consumer = consumerOf(world, 1);

    const messages = await consumer.receive();

    expect(messages).toEqual([]);
    expect(new Set(consumer.reads.map(({ shard }) => shard)).size).toBe(SHARDS);
    expect(consumer.rounds()).toBe(2);
  });

  it('asks few of them where many have something', async () => {
    const world = await given({ ...MANY_SHARDS, settings: { shardsPerQueue: 40 } });
    for (let number = 0; number < 400; number++) await world.send([String(number)]);
    const consumer = consumerOf(world, 1);
    for (let take = 0; take < 20; take++) await consumer.receive({ max: 10 });
    const before = consumer.reads.length;

    for (let take = 0; take < 10; take++) await consumer.receive({ max: 10 });

    expect((consumer.reads.length - before) / 10).toBeLessThan(10);
  });

  it('looks where something was seen lately, and often enough elsewhere', async () => {
    const world = await given(MANY_SHARDS);
    await world.send(['seen']);
    const consumer = consumerOf(world, 3);
    const [seen] = await consumer.receive();
    const starts: boolean[] = [];

    for (let look = 0; look < 40; look++) {
      const at = consumer.reads.length;
      await consumer.receive();
      starts.push(seen !== undefined && consumer.reads[at]?.shard === seen.receipt.slice(1, 16));
    }

    // Once it is known to be empty, it is one of many again.
    expect(seen).toBeDefined();
    expect(starts.filter((isSame) => isSame).length).toBeLessThanOrEqual(3);
  });

  it('costs a consumer that waits at most two read units a second beside its first look', async () => {
    const world = await given(MANY_SHARDS);
    const consumer = consumerOf(world, 1);
    const startMs = world.clock.nowMs();

    await consumer.receive({ waitMs: 20_000 });

    const seconds = (world.clock.nowMs() - startMs) / 1_000;
    const later = consumer.reads.slice(SHARDS);
    const units = later.reduce((sum, { isConsistent }) => sum + (isConsistent ? 1 : 0.5), 0);
    expect(seconds).toBeGreaterThan(19);
    expect(new Set(later.map(({ isConsistent }) => isConsistent))).toEqual(new Set([false]));
    expect(units / seconds).toBeLessThanOrEqual(2.5);
    expect(units / seconds).toBeGreaterThan(1);
  });
});
