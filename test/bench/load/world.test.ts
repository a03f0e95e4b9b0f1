import { describe, expect, it } from 'vitest';
import { LoadedShards } from '../../../bench/load/aggregate/loaded-shards.ts';
import { binomial, poisson, STORE_CALL_MEAN_MS, storeCallMs } from '../../../bench/load/world/chance.ts';
import { OracleController } from '../../../bench/load/world/controllers.ts';
import { Deployment } from '../../../bench/load/world/deployment.ts';
import { Fleet, Growth } from '../../../bench/load/world/fleet.ts';
import { Recorder } from '../../../bench/load/world/recorder.ts';
import { START_MS } from '../../../bench/load/world/run.ts';
import { SCENARIOS, type Scenario, scaled } from '../../../bench/load/world/scenarios.ts';
import { placeOf } from '../../../bench/load/world/table.ts';
import { chooseOpenShard } from '../../../src/engine/memory/open-shard.ts';
import { cellOfShard, shardKey } from '../../../src/model/ids.ts';
import type { Queue } from '../../../src/model/queue.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';

const random = () => new SeededRandom(11);
const times = <One>(count: number, draw: () => One): One[] => Array.from({ length: count }, draw);
const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

describe('chance', () => {
  it.each([0.3, 7, 400])('draws %d events on average', (expected) => {
    const chance = random();

    expect(mean(times(20_000, () => poisson(chance, expected))) / expected).toBeCloseTo(1, 1);
  });

  it.each([
    [5, 0.2],
    [1_000, 0.3],
  ])('draws from %d tries as many as succeed', (tries, probability) => {
    const chance = random();

    expect(mean(times(20_000, () => binomial(chance, tries, probability))) / (tries * probability)).toBeCloseTo(1, 1);
  });

  it('draws latencies with the median and the 99th percentile of its constants', () => {
    const chance = random();
    const drawn = times(50_000, () => storeCallMs(chance)).sort((one, other) => one - other);

    expect(drawn[25_000]).toBeCloseTo(4, 0);
    expect((drawn[49_500] ?? 0) / 20).toBeCloseTo(1, 1);
    expect(mean(drawn)).toBeCloseTo(STORE_CALL_MEAN_MS, 0);
  });
});

describe('functions', () => {
  it('gain at most 1,000 instances each 10 s, and save nothing up', () => {
    const growth = new Growth();

    expect([0, 5_000, 60_000, 60_001].map((ms) => growth.take(5_000, ms))).toEqual([1_000, 0, 1_000, 0]);
  });

  it('use the instance that was used last', () => {
    let started = 0;
    const fleet = new Fleet(() => ++started);
    const [one, two] = [fleet.acquire(0), fleet.acquire(0)];

    fleet.release(one?.instance ?? 0, 1);
    fleet.release(two?.instance ?? 0, 2);

    expect(fleet.acquire(3)).toEqual({ instance: 2, isNew: false });
  });
});

describe('sends of the aggregate mode', () => {
  const scenario: Scenario = {
    ...(SCENARIOS[0] as Scenario),
    queues: [{ name: 'orders', shards: 4, requests: () => 1 }],
  };
  const open = () => {
    const deployment = new Deployment(scenario, { nowMs: START_MS, random: random() });
    const queue = deployment.queues[0] as Queue;
    return { deployment, queue, shards: new LoadedShards(deployment, queue.id, false) };
  };

  it('choose shards as the engine chooses them', () => {
    const { queue, shards } = open();
    const chance = random();
    shards.refresh(START_MS);

    const chosen = times(20_000, () => chooseOpenShard({ random: chance }, queue));

    for (const { id, share } of shards.all.values()) {
      expect(chosen.filter((one) => one === id).length / 20_000).toBeCloseTo(share, 1);
    }
  });

  it('take up a new route within the seconds that a process keeps one', () => {
    const { deployment, queue, shards } = open();
    const changed = deployment.withShards(queue, 4, START_MS);
    deployment.change(changed, START_MS);
    const shareOfNew = (afterMs: number) => {
      shards.refresh(START_MS + afterMs);
      const news = changed.route.shards.slice(4).map(({ id }) => shards.all.get(id)?.share ?? 0);
      return news.reduce((sum, share) => sum + share, 0);
    };

    expect([0, 2_500, 5_000].map(shareOfNew)).toEqual([0, 0.25, 0.5]);
  });
});

describe('the oracle', () => {
  it('holds as many shards as the load needs, each in a partition of its own', () => {
    const [headline] = SCENARIOS as [Scenario];
    const deployment = new Deployment(headline, { nowMs: START_MS, random: new SeededRandom(4) });

    new OracleController(() => 200 * 650).step(deployment, START_MS);

    const [queue] = deployment.queues as [Queue];
    const partitions = queue.route.shards.map(({ id }) => {
      const cell = cellOfShard(id);
      return `${cell} ${deployment.tables.get(cell)?.partitionAt(placeOf(shardKey(queue.id, id)))}`;
    });
    expect(new Set(partitions).size).toBe(200);
    expect(queue.route.shards).toHaveLength(200);
  });
});

describe('scenarios', () => {
  it('scale the load and nothing else', () => {
    for (const scenario of SCENARIOS) {
      const small = scaled(scenario, 0.02);

      expect(small.queues[0]?.requests(3_600_000)).toBeCloseTo(0.02 * (scenario.queues[0]?.requests(3_600_000) ?? 0));
      expect({ ...small, queues: [] }).toEqual({ ...scenario, queues: [] });
    }
  });

  it('have 1.2 billion requests in a day', () => {
    const day = SCENARIOS.find(({ name }) => name === 'day');

    const hourly = times(24 * 60, () => 0).map((_, minute) => {
      return 60 * (day?.queues ?? []).reduce((sum, { requests }) => sum + requests(minute * 60_000), 0);
    });

    expect(hourly.reduce((sum, one) => sum + one, 0) / 1.2e9).toBeCloseTo(1, 2);
  });
});

describe('the recorder', () => {
  it('counts requests from the end of the warm-up on, and shards of the whole run', () => {
    const recorder = new Recorder(60_000);
    const ending = { count: 10, isFailed: true, isThrottled: true, addedMs: 100 };

    recorder.stand(0, { shards: 2, planned: 0, waiting: 0 });
    recorder.end(59_999, ending);
    recorder.end(60_000, ending);
    for (const processes of [3, 7, 2]) recorder.serve(processes);
    recorder.stand(1_800_000, { shards: 3, planned: 0, waiting: 0 });

    expect(recorder.figures).toMatchObject({ requests: 10, failed: 10, throttled: 10, shardHours: 1, peakShards: 3 });
    expect(recorder.figures.peakProcesses).toBe(7);
    expect(recorder.figures.p99AddedMs / 100).toBeCloseTo(1, 1);
  });
});
