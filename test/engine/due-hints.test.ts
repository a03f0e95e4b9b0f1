import { describe, expect, it } from 'vitest';
import { DueHints } from '../../src/engine/memory/due-hints.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { type ShardKey, shardKey } from '../../src/model/ids.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { given } from '../support/given.ts';

const NOW_MS = 1_800_000_000_000 as EpochMs;
const LOOKS = 10_000;

const hintsOf = (seed: number) =>
  new DueHints({ clock: { nowMs: () => NOW_MS, sleep: async () => {} }, random: new SeededRandom(seed) });

const place = (shard: string, weight = 1) => ({ shard: shard as ShardKey, weight });

/** The fraction of many looks that begins at each place. */
function firstParts(dueHints: DueHints, places: readonly ReturnType<typeof place>[]): number[] {
  const firsts = Array.from({ length: LOOKS }, () => dueHints.order(places)[0]?.shard);
  return places.map(({ shard }) => firsts.filter((first) => first === shard).length / LOOKS);
}

describe('the order in which shards are worth a look', () => {
  it('begins at each as often as its weight is part of all of them, for so often was it sent to', () => {
    const [one = 0, two = 0, three = 0] = firstParts(hintsOf(3), [place('a'), place('b', 0.3), place('c', 0.1)]);

    expect(one).toBeCloseTo(1 / 1.4, 1.5);
    expect(two).toBeCloseTo(0.3 / 1.4, 1.5);
    expect(three).toBeCloseTo(0.1 / 1.4, 1.5);
  });

  it('holds by weights where all have something as well', () => {
    const dueHints = hintsOf(4);
    for (const shard of ['a', 'b'] as ShardKey[]) dueHints.note(shard, NOW_MS);

    expect(firstParts(dueHints, [place('a'), place('b', 0.25)])[1]).toBeCloseTo(0.2, 1.5);
  });

  it('begins more often where something has waited longer, so that no shard stays behind', () => {
    const dueHints = hintsOf(5);
    for (const shard of ['a', 'b', 'c', 'd'] as ShardKey[]) dueHints.note(shard, NOW_MS - 500);
    dueHints.note('d' as ShardKey, NOW_MS - 20_000);

    const parts = firstParts(
      dueHints,
      ['a', 'b', 'c', 'd'].map((shard) => place(shard)),
    );

    // Every second look begins at the older one of two, and the last shard is in every second pair.
    expect(parts[3]).toBeCloseTo(0.5 * 0.25 + 0.5 * 0.5, 1.5);
    for (const part of parts.slice(0, 3)) expect(part).toBeGreaterThan(0.18);
  });

  it('begins every second time where something was seen, until that was taken by others', () => {
    const dueHints = hintsOf(6);
    const places = ['a', 'b', 'c', 'd'].map((shard) => place(shard));
    dueHints.note('a' as ShardKey, NOW_MS);
    const seen = firstParts(dueHints, places)[0];
    dueHints.note('a' as ShardKey, undefined);

    expect(seen).toBeCloseTo(0.5 + 0.5 * 0.25, 1.5);
    expect(firstParts(dueHints, places)[0]).toBeCloseTo(0.25, 1.5);
  });

  it('knows from a receive how long what it brought had waited', async () => {
    const world = await given({ settings: { shardsPerQueue: 2 }, sent: ['one', 'two'] });
    world.clock.advance(20_000);
    const [message] = await world.receive({ max: 1 });
    const { dueHints, routes } = world.service;
    const { queue } = await routes.get('orders');
    const places = queue.route.shards.map(({ id }) => ({ shard: shardKey(queue.id, id), weight: 1 }));
    const behind = places.filter((one) => dueHints.hintedAmong([one]) === 1);
    for (const { shard } of places) if (behind[0]?.shard !== shard) dueHints.note(shard, world.clock.nowMs());

    expect(message).toBeDefined();
    expect(behind).toHaveLength(1);
    expect(firstParts(dueHints, places)[places.findIndex(({ shard }) => shard === behind[0]?.shard)]).toBeGreaterThan(
      0.6,
    );
  });

  it('names each place once', () => {
    const dueHints = hintsOf(7);
    dueHints.note('b' as ShardKey, NOW_MS);
    const order = dueHints.order([place('a', 0.3), place('b'), place('c', 0.9)]);

    expect(order.map(({ shard }) => shard).toSorted()).toEqual(['a', 'b', 'c']);
  });
});
