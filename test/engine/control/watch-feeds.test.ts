import { describe, expect, it } from 'vitest';
import { type QueueService, watchFeeds } from '../../../src/engine/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { cellId, KEY_END, keyFrom, NO_QUEUE, shardId, shardKey } from '../../../src/model/ids.ts';
import { given, type World } from '../../support/given.ts';

const MINUTE_MS = 60_000;
const CELL = cellId(0);

/** Lets minutes pass, follows the feed in some of them, and looks at it after each; returns the silences in minutes. */
async function pass(world: World, count: number, isFollowed: boolean, service = world.service): Promise<number[]> {
  const silences: number[] = [];
  for (let minute = 0; minute < count; minute++) {
    world.clock.advance(MINUTE_MS);
    if (isFollowed) await world.settle();
    silences.push((await watchFeeds(service)) / MINUTE_MS);
  }
  return silences;
}

/** How many barriers the cell holds. */
async function barriersOf({ shards }: Pick<QueueService, 'shards'>): Promise<number> {
  const all = { from: keyFrom(0 as EpochMs), before: KEY_END, limit: 100, isConsistent: true };
  return (await shards.list(shardKey(NO_QUEUE, shardId(CELL, 0)), all)).deliveries.length;
}

describe('the watch over feeds', () => {
  it('finds no silence while a feed is followed, and leaves no barrier for long', async () => {
    const world = await given();

    const silences = await pass(world, 14, true);

    expect(silences).toEqual(silences.map(() => 0));
    expect(await barriersOf(world.service)).toBeLessThanOrEqual(1);
  });

  it('tells for how long nobody has followed a feed, with two barriers at most', async () => {
    const world = await given();

    const silences = await pass(world, 40, false);

    const start = silences.findIndex((minutes) => minutes > 0);
    expect(start).toBeLessThanOrEqual(5);
    expect(silences.slice(start)).toEqual(silences.slice(start).map((_, index) => index + 1));
    expect(await barriersOf(world.service)).toBe(2);
  });

  it('finds the silence over when the feed goes on', async () => {
    const world = await given();
    await pass(world, 30, false);

    const silences = await pass(world, 6, true);

    expect(silences).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('finds within minutes that a feed was followed while no look was made', async () => {
    const world = await given();
    await pass(world, 5, true);
    await world.settle();
    world.clock.advance(180 * MINUTE_MS);

    const silences = await pass(world, 7, true);

    expect(silences.at(-1)).toBe(0);
  });

  it('puts nothing into a leaving cell without shards, and takes away what it had put', async () => {
    const world = await given();
    await pass(world, 5, false);
    expect(await barriersOf(world.service)).toBe(1);
    const leaving = world.process({ cells: [cellId(1)], leavingCells: [CELL] });

    await watchFeeds(leaving);

    expect(await barriersOf(world.service)).toBe(0);
    expect(await pass(world, 6, false, leaving)).not.toContain(undefined);
    expect(await barriersOf(world.service)).toBe(0);
  });
});
