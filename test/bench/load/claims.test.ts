import { describe, expect, it } from 'vitest';
import { Avoided } from '../../../bench/load/aggregate/avoided.ts';
import { ClaimRaces } from '../../../bench/load/aggregate/claim-races.ts';
import { begun } from '../../../bench/load/aggregate/cohorts.ts';
import { Hints } from '../../../bench/load/aggregate/hints.ts';
import { type LoadedShard, LoadedShards } from '../../../bench/load/aggregate/loaded-shards.ts';
import { firstLooks } from '../../../bench/load/aggregate/looks.ts';
import { searchAmong } from '../../../bench/load/aggregate/search.ts';
import { Deployment } from '../../../bench/load/world/deployment.ts';
import { InstanceCount } from '../../../bench/load/world/instances.ts';
import { START_MS } from '../../../bench/load/world/run.ts';
import { SCENARIOS, type Scenario } from '../../../bench/load/world/scenarios.ts';
import type { Queue } from '../../../src/model/queue.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';

const scenario: Scenario = {
  ...(SCENARIOS[0] as Scenario),
  queues: [{ name: 'orders', shards: 3, requests: () => 1 }],
};

function openShards() {
  const deployment = new Deployment(scenario, { nowMs: START_MS, random: new SeededRandom(11) });
  const shards = new LoadedShards(deployment, (deployment.queues[0] as Queue).id, false);
  shards.refresh(START_MS);
  const [one, two, three] = shards.all.values();
  return { shards, one: one as LoadedShard, two: two as LoadedShard, three: three as LoadedShard };
}

describe('claims', () => {
  const calm = { passing: 200, givingUp: 0, waiting: 0, visible: 400 };

  it('are lost less often once processes have met each other, and more often where little is due', () => {
    const races = new ClaimRaces();
    const first = races.lossOf(calm);
    for (let step = 0; step < 100; step++) races.note(calm, { count: 20, used: 20, started: 20 });
    const later = races.lossOf(calm);

    expect(first).toBeGreaterThan(0.3);
    expect(later).toBeLessThan(0.05);
    expect(races.lossOf({ ...calm, visible: 10 })).toBeGreaterThan(4 * later);
  });

  it('are lost more often while some wait for the store, and to processes that were just started', () => {
    const races = new ClaimRaces();
    for (let step = 0; step < 100; step++) races.note(calm, { count: 20, used: 20, started: 20 });
    const before = races.lossOf(calm);
    const held = races.lossOf({ ...calm, givingUp: 100, waiting: 100 });
    races.note(calm, { count: 0, used: 40, started: 40 });

    expect(held).toBeGreaterThan(2 * before);
    expect(races.lossOf(calm)).toBeGreaterThan(2 * before);
  });

  it('are never lost by a single consumer', () => {
    expect(new ClaimRaces().lossOf({ passing: 0, givingUp: 0, waiting: 0, visible: 1 })).toBe(0);
  });
});

describe('hints', () => {
  it('spread with each look of a process, are lost with one in vain, and forgotten in time', () => {
    const hints = new Hints();
    hints.note(true, 3, 0);
    const seen = hints.part(0);
    hints.note(false, 1, 0);

    expect(seen).toBeCloseTo(1 - Math.exp(-3));
    expect(hints.part(0)).toBeCloseTo(seen / Math.E);
    expect(hints.part(10_000)).toBeCloseTo(seen / Math.E ** 2);
  });

  it('send every second look where something was seen', () => {
    const { shards, one, two } = openShards();
    const before = firstLooks(shards.receivable, START_MS).partOf(one);
    one.hints.note(true, 100, START_MS);
    const { partOf } = firstLooks(shards.receivable, START_MS);

    expect(before).toBeCloseTo(1 / 3);
    expect([partOf(one), partOf(two)].map((part) => Math.round(6 * part))).toEqual([4, 1]);
  });

  it('send it where of two shards the older was seen: most often to one that is far behind', () => {
    const { shards, one, two, three } = openShards();
    for (const [shard, count] of [
      [one, 1],
      [two, 1],
      [three, 1_000],
    ] as const) {
      shard.hints.note(true, 100, START_MS);
      shard.addReady(count);
    }
    const { partOf } = firstLooks(shards.receivable, START_MS);

    // Of nine pairs the last one is in five; every second look goes anywhere.
    expect(partOf(three)).toBeCloseTo(1 / 6 + 5 / 18, 2);
    expect(partOf(one)).toBeCloseTo(partOf(two));
    expect(partOf(one) + partOf(two) + partOf(three)).toBeCloseTo(1);
  });
});

describe('what is about to be taken', () => {
  it('is forgotten once no claim of the shard has come to its end for some seconds', () => {
    const { one } = openShards();
    for (let step = 0; step < 30; step++) one.noteClaims({ passed: 20, givenUp: 0 }, START_MS + 100 * step, 100);
    const busy = one.takenSoon(START_MS + 3_000, 100);

    expect(busy).toBeGreaterThan(1);
    expect(one.takenSoon(START_MS + 10_000, 100)).toBeLessThan(0.01);
  });
});

describe('receives that look further', () => {
  const search = (count: number, attempt: number) => {
    const { one, two, three } = openShards();
    for (const shard of [one, two, three]) shard.addReady(10);
    const found = new Map<LoadedShard, number>();
    const cohort = { ...begun('query', one, count), attempt };
    const world = { random: new SeededRandom(5), avoided: new Avoided(), nowMs: START_MS };
    const left = searchAmong([one, two, three], cohort, world, (part) => {
      part.shard.addReady(-part.count);
      found.set(part.shard, (found.get(part.shard) ?? 0) + part.count);
    });
    return { left, here: found.get(one) ?? 0, there: (found.get(two) ?? 0) + (found.get(three) ?? 0) };
  };

  it('find all there is, but not in the shard that they have missed', () => {
    expect(search(35, 0)).toEqual({ left: 5, here: 10, there: 20 });
    expect(search(35, 1)).toEqual({ left: 15, here: 0, there: 20 });
  });

  it('end when they have missed as many as there are', () => {
    expect(search(5, 3)).toEqual({ left: 5, here: 0, there: 0 });
  });
});

describe('instances', () => {
  it('that wait are needed beside those that take requests, and know only a part of what these do', () => {
    const count = new InstanceCount('send');
    count.admit(100, { waiting: 0, tickMs: 100, nowMs: 0 });
    const free = count.used;
    count.admit(100, { waiting: 50, tickMs: 100, nowMs: 100 });

    expect(count.used).toBeGreaterThan(free + 25);
    expect(count.used).toBeLessThan(free + 50);
    expect(count.started).toBeGreaterThanOrEqual(free + 50);
  });
});
