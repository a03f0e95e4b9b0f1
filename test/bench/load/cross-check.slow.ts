import { describe, expect, it } from 'vitest';
import { runAggregate } from '../../../bench/load/aggregate.ts';
import { runDetailed } from '../../../bench/load/detailed.ts';
import type { Recorder } from '../../../bench/load/recorder.ts';
import type { RunOptions } from '../../../bench/load/run.ts';
import { CROSS_CHECK, type Scenario, THROTTLED_CHECK } from '../../../bench/load/scenarios.ts';

/** Neither mode may be off the other one by more. */
const APART = 0.1;
/** Waits of requests that compete with each other's repeats: the aggregate mode tells of shorter ones. */
const WAITS_APART = 0.25;
const SEEDS = [1, 2, 3, 4, 5];

type Figures = Recorder['figures'];

/** One run of the aggregate mode costs next to nothing: the average of some says more than chance does. */
function aggregateOf(scenario: Scenario, controller: RunOptions['controller']) {
  const runs = SEEDS.map((seed) => runAggregate(scenario, { controller, seed }).recorder.figures);
  return (name: keyof Figures) => runs.reduce((sum, figures) => sum + figures[name], 0) / runs.length;
}

const apart = (one: number, other: number): number => Math.abs(one / other - 1);

/** Each takes half a minute of computing: a suite of its own in CI. */
describe('the aggregate mode', { timeout: 600_000 }, () => {
  it('gives 2,000 requests a second the shards that they get one by one', async () => {
    const aggregate = aggregateOf(CROSS_CHECK, 'plan');

    const { figures } = await runDetailed(CROSS_CHECK, { controller: 'plan', seed: 2 });

    expect(apart(aggregate('shardHours'), figures.shardHours)).toBeLessThan(APART);
    expect(apart(aggregate('writeUnits'), figures.writeUnits)).toBeLessThan(APART);
    expect(apart(aggregate('requests'), figures.requests)).toBeLessThan(APART);
    expect([aggregate('failed'), figures.failed]).toEqual([0, 0]);
  });

  it('throttles as many of 2,000 requests a second as one by one, for as long', async () => {
    const aggregate = aggregateOf(THROTTLED_CHECK, 'held');

    const { figures } = await runDetailed(THROTTLED_CHECK, { controller: 'held', seed: 2 });

    const throttledShare = aggregate('throttled') / aggregate('requests');
    expect(apart(throttledShare, figures.throttled / figures.requests)).toBeLessThan(APART);
    expect(apart(aggregate('meanAddedMs'), figures.meanAddedMs)).toBeLessThan(WAITS_APART);
    expect(apart(aggregate('writeUnits'), figures.writeUnits)).toBeLessThan(APART);
    expect(apart(aggregate('requests'), figures.requests)).toBeLessThan(APART);
    expect(apart(aggregate('shardHours'), figures.shardHours)).toBeLessThan(APART);
  });
});
