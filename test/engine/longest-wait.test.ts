import { describe, expect, it } from 'vitest';
import { receive, reportLoad, waitTakenMs } from '../../src/engine/index.ts';
import { WAIT_MS_MAX } from '../../src/model/limits.ts';
import { PollingArrivals } from '../../src/stores/dynamodb/polling-arrivals.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { controlOnce } from '../support/controlling.ts';
import { given, type World } from '../support/given.ts';

const PROCESSES_MAX = 100;
/** How long a process may use the published wait it has read. */
const READ_AGAIN_MS = 20_000;

/** A deployment with polling processes, in which receives may occupy this many. */
async function givenDeployment() {
  const world = await given({ settings: { receiveProcessesMax: PROCESSES_MAX } });
  const arrivals = new PollingArrivals({ clock: world.clock, random: new SeededRandom(1) });
  const service = world.process({}, { arrivals });
  const receiveFor = async (waitMs: number) => {
    const startMs = world.clock.nowMs();
    const messages = await receive(service, { queue: 'orders', max: 10, waitMs });
    return { messages, waitedMs: world.clock.nowMs() - startMs };
  };
  return { world, service, receiveFor };
}

/** Reports receives that occupied this many processes for the last minute, and lets the controller act on it. */
async function seeReceiving(world: World, processes: number): Promise<void> {
  for (let period = 0; period < 12; period++) {
    world.service.load.addReceiving(5_000 * processes);
    world.clock.advance(5_000);
    await reportLoad(world.service);
  }
  await controlOnce(world.service);
}

describe('a receive that waits', () => {
  it('waits as long as it is asked to while there are processes', async () => {
    const { world, service, receiveFor } = await givenDeployment();
    await seeReceiving(world, 40);

    const { waitedMs } = await receiveFor(WAIT_MS_MAX);

    expect(waitedMs).toBe(WAIT_MS_MAX);
    expect(await waitTakenMs(service, { queue: 'orders', max: 10, waitMs: WAIT_MS_MAX })).toBe(0);
  });

  it('waits less as receives fill their processes, and tells for how long its caller should pause', async () => {
    const { world, service, receiveFor } = await givenDeployment();
    await seeReceiving(world, 65);

    const { waitedMs } = await receiveFor(WAIT_MS_MAX);

    expect(waitedMs).toBe(10_000);
    expect(await waitTakenMs(service, { queue: 'orders', max: 10, waitMs: WAIT_MS_MAX })).toBe(10_000);
    expect(await waitTakenMs(service, { queue: 'orders', max: 10, waitMs: 5_000 })).toBe(0);
  });

  it('looks once when they are full, and receives what there is', async () => {
    const { world, service, receiveFor } = await givenDeployment();
    await seeReceiving(world, PROCESSES_MAX);

    const empty = await receiveFor(WAIT_MS_MAX);
    await world.send(['first']);
    const full = await receiveFor(WAIT_MS_MAX);

    expect([empty.messages.length, empty.waitedMs]).toEqual([0, 0]);
    expect(full.messages.map(({ body }) => body)).toEqual(['first']);
    expect(await waitTakenMs(service, { queue: 'orders', max: 10, waitMs: WAIT_MS_MAX })).toBe(WAIT_MS_MAX);
  });

  it('ends a wait that has begun when the published one falls', async () => {
    const { world, service } = await givenDeployment();
    const { arrivals } = service;
    const waits: number[] = [];
    const watched = world.process(
      {},
      {
        arrivals: {
          wait: async (shards, options) => {
            if (waits.push(options.attempt) === 3) await seeReceiving(world, PROCESSES_MAX);
            return await arrivals.wait(shards, options);
          },
        },
      },
    );

    const command = { queue: 'orders', max: 10, waitMs: 3 * 60_000 + WAIT_MS_MAX };
    await receive(watched, command);

    expect(waits).toHaveLength(3);
  });

  it('waits longer again, step by step, when there is room', async () => {
    const { world, receiveFor } = await givenDeployment();
    await seeReceiving(world, PROCESSES_MAX);
    const waited: number[] = [];
    for (let minute = 0; minute < 6; minute++) {
      await seeReceiving(world, 10);
      world.clock.advance(READ_AGAIN_MS);
      waited.push((await receiveFor(WAIT_MS_MAX)).waitedMs);
    }

    expect(waited).toEqual([1_000, 3_000, 7_000, 15_000, WAIT_MS_MAX, WAIT_MS_MAX]);
  });

  it('tells the time that it takes of a process', async () => {
    const { world, service, receiveFor } = await givenDeployment();

    await receiveFor(9_000);

    const report = service.load.take(world.clock.advance(1), 0);
    expect(report?.receivingMs).toBeGreaterThan(8_999);
  });

  it('never waits longer than the deployment is set to, which is nothing to pause for', async () => {
    const { world, service } = await givenDeployment();
    const set = world.process({ waitMsMax: 5_000 }, { arrivals: service.arrivals });
    const startMs = world.clock.nowMs();

    await receive(set, { queue: 'orders', max: 10, waitMs: WAIT_MS_MAX });

    expect(world.clock.nowMs() - startMs).toBe(5_000);
    expect(await waitTakenMs(set, { queue: 'orders', max: 10, waitMs: WAIT_MS_MAX })).toBe(0);
  });

  it('looks less often the longer its queue has brought nothing', async () => {
    const { world, service } = await givenDeployment();
    const { arrivals } = service;
    let looks = 0;
    const watched = world.process(
      {},
      { arrivals: { wait: (shards, options) => (looks++, arrivals.wait(shards, options)) } },
    );
    const looksOf = async () => {
      looks = 0;
      await receive(watched, { queue: 'orders', max: 10, waitMs: WAIT_MS_MAX });
      return looks;
    };

    const first = await looksOf();
    world.clock.advance(60_000);
    const quiet = await looksOf();
    world.clock.advance(600_000);
    const idle = await looksOf();
    await world.send(['first']);
    await looksOf();
    const busy = await looksOf();

    expect([first, busy]).toEqual([busy, first]);
    expect(quiet).toBeLessThan(0.65 * first);
    expect(idle).toBeLessThan(0.65 * quiet);
  });
});
