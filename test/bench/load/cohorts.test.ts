import { describe, expect, it } from 'vitest';
import { begun, type Cohort, CohortCalendar, isWaiting } from '../../../bench/load/aggregate/cohorts.ts';
import { LoadedShards } from '../../../bench/load/aggregate/loaded-shards.ts';
import { Deployment } from '../../../bench/load/world/deployment.ts';
import { START_MS } from '../../../bench/load/world/run.ts';
import { SCENARIOS, type Scenario } from '../../../bench/load/world/scenarios.ts';
import type { Queue } from '../../../src/model/queue.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';

const SHARDS = 40;
const scenario: Scenario = {
  ...(SCENARIOS[0] as Scenario),
  queues: [{ name: 'orders', shards: SHARDS, requests: () => 1 }],
};

function openShards() {
  const deployment = new Deployment(scenario, { nowMs: START_MS, random: new SeededRandom(11) });
  const shards = new LoadedShards(deployment, (deployment.queues[0] as Queue).id, false);
  shards.refresh(START_MS);
  return [...shards.all.values()];
}

const sum = (cohorts: readonly Cohort[], of: (cohort: Cohort) => number) =>
  cohorts.reduce((all, cohort) => all + of(cohort), 0);

describe('cohorts of a tick', () => {
  const shards = openShards();
  /** Requests that wait 100 ms for each attempt, of so many unlike pasts for each shard. */
  const taken = (pasts: number): Cohort[] => {
    const calendar = new CohortCalendar(new SeededRandom(12));
    for (let attempt = 1; attempt <= pasts; attempt++) {
      for (const shard of shards) calendar.add(7, { ...begun('send', shard, 10), attempt, addedMs: 1_000 * attempt });
    }
    for (const shard of shards) calendar.add(7, begun('send', shard, 10));
    return [...(calendar.take(7) ?? [])];
  };

  it('stay apart by what they have been through, as long as they are few', () => {
    expect(taken(10)).toHaveLength(11 * SHARDS);
  });

  it('join where they are many, and keep their number and on average what they have waited', () => {
    const cohorts = taken(50);
    const waiting = cohorts.filter(isWaiting);

    expect(cohorts.length).toBeLessThanOrEqual(1_000 + 2 * SHARDS);
    expect(sum(cohorts, ({ count }) => count)).toBe(51 * 10 * SHARDS);
    expect(sum(waiting, ({ count }) => count)).toBe(50 * 10 * SHARDS);
    expect(sum(waiting, ({ addedMs }) => addedMs) / (50 * 25.5 * 1_000 * SHARDS)).toBeCloseTo(1, 1);
    expect(sum(waiting, ({ count, attempt }) => count * attempt * 100)).toBeCloseTo(
      sum(waiting, ({ addedMs }) => addedMs),
    );
  });
});
