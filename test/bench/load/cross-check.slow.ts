import { describe, expect, it } from 'vitest';
import { runAggregate } from '../../../bench/load/aggregate/index.ts';
import { runDetailed } from '../../../bench/load/detailed/index.ts';
import type { Recorder } from '../../../bench/load/world/recorder.ts';
import type { RunOptions } from '../../../bench/load/world/run.ts';
import {
  CROSS_CHECK,
  type Scenario,
  SHARING_CHECK,
  SHARING_SEED,
  THROTTLED_CHECK,
  WEIGHTS_CHECK,
} from '../../../bench/load/world/scenarios.ts';

/** Neither mode may be off the other one by more. */
const APART = 0.1;
const SEEDS = [1, 2, 3, 4, 5];

type Figures = Recorder['figures'];
type Of = (name: keyof Figures) => number;

const average = (runs: readonly Figures[]): Of => {
  return (name) => runs.reduce((sum, figures) => sum + figures[name], 0) / runs.length;
};

/** One run of the aggregate mode costs next to nothing: the average of some says more than chance does. */
const aggregateOf = (scenario: Scenario, controller: RunOptions['controller'], seeds: readonly number[] = SEEDS) =>
  average(seeds.map((seed) => runAggregate(scenario, { controller, seed }).recorder.figures));

async function detailedOf(scenario: Scenario, controller: RunOptions['controller'], seeds: readonly number[]) {
  const runs: Figures[] = [];
  for (const seed of seeds) runs.push((await runDetailed(scenario, { controller, seed })).figures);
  return average(runs);
}

const apart = (one: number, other: number): number => Math.abs(one / other - 1);
const throttledShare = (of: Of): number => of('throttled') / of('requests');

/** Runs one by one take up to a minute of computing each: a suite of its own in CI. */
describe('the aggregate mode', { timeout: 600_000 }, () => {
  it('gives 2,000 requests a second the shards that they get one by one', async () => {
    const aggregate = aggregateOf(CROSS_CHECK, 'plan');

    const detailed = await detailedOf(CROSS_CHECK, 'plan', [2]);

    for (const name of ['shardHours', 'writeUnits', 'requests'] as const)
      expect(apart(aggregate(name), detailed(name))).toBeLessThan(APART);
    expect([aggregate('failed'), detailed('failed')]).toEqual([0, 0]);
  });

  it('has receives follow the sends where shards weigh unlike', async () => {
    const aggregate = aggregateOf(WEIGHTS_CHECK, 'held');

    const detailed = await detailedOf(WEIGHTS_CHECK, 'held', [2]);

    for (const name of ['shardHours', 'writeUnits', 'requests'] as const)
      expect(apart(aggregate(name), detailed(name))).toBeLessThan(APART);
  });

  it('throttles as many of them as one by one, for as long, where shards share a partition', async () => {
    const aggregate = aggregateOf(SHARING_CHECK, 'held', [SHARING_SEED]);

    const detailed = await detailedOf(SHARING_CHECK, 'held', [SHARING_SEED]);

    expect(apart(throttledShare(aggregate), throttledShare(detailed))).toBeLessThan(APART);
    for (const name of ['meanAddedMs', 'p99AddedMs', 'shardHours', 'writeUnits', 'requests'] as const)
      expect(apart(aggregate(name), detailed(name))).toBeLessThan(APART);
  });

  it('throttles as many of them as one by one, for as long, where two shards drown', async () => {
    const aggregate = aggregateOf(THROTTLED_CHECK, 'held');

    const detailed = await detailedOf(THROTTLED_CHECK, 'held', [2]);

    expect(apart(throttledShare(aggregate), throttledShare(detailed))).toBeLessThan(APART);
    for (const name of ['meanAddedMs', 'p99AddedMs', 'shardHours', 'writeUnits', 'requests', 'failed'] as const)
      expect(apart(aggregate(name), detailed(name))).toBeLessThan(APART);
  });
});
