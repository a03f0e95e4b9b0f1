import { describe, expect, it } from 'vitest';
import { planInTurns } from '../../src/engine/control/plan-in-turns.ts';
import { purgeQueue, send } from '../../src/engine/index.ts';
import { Breather } from '../../src/engine/memory/breather.ts';
import { lookAtReady } from '../../src/engine/push/ready.ts';
import { everyRecord } from '../../src/engine/records/every-record.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, type QueueId, shardId } from '../../src/model/ids.ts';
import type { ObservedLoad } from '../../src/model/load.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { DEFAULT_PLAN_LIMITS, type PlanInput, type PlanQueue, plan } from '../../src/model/plan/index.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { given } from '../support/given.ts';

const NO_LOAD = { queues: new Map(), cells: new Map(), receivingMs: 0 };
const LOAD: ObservedLoad = { latest: NO_LOAD, recent: NO_LOAD, earlier: NO_LOAD };

/** A clock that advances 3 ms at each read; notes when work gives way. */
function givenBusyClock(startMs = 0): Clock & { readonly pausedAtMs: number[] } {
  const pausedAtMs: number[] = [];
  let atMs = startMs;
  return {
    pausedAtMs,
    nowMs: () => (atMs += 3) as EpochMs,
    sleep: async () => void pausedAtMs.push(atMs),
  };
}

const queueOf = (number: number, shardCount: number): PlanQueue => ({
  id: `queue-${number}` as QueueId,
  min: 1,
  max: 500,
  shards: Array.from({ length: shardCount }, (_, shard) => ({
    id: shardId(cellId(0), shard),
    state: 'open',
    sinceMs: 0 as EpochMs,
  })),
});

const planOf = (queues: readonly PlanQueue[]): PlanInput => ({
  queues,
  cells: [{ id: cellId(0), state: 'open', writeUnitsMax: Number.POSITIVE_INFINITY }],
  load: LOAD,
  limits: DEFAULT_PLAN_LIMITS,
  nowMs: 1_000_000_000 as EpochMs,
});

describe('background work', () => {
  it('gives way once it has gone on for 10 ms, and not before', async () => {
    const clock = givenBusyClock();
    const breather = new Breather(clock);

    for (let step = 0; step < 12; step++) await breather.pause();

    expect(clock.pausedAtMs).toEqual([15, 30, 45]);
  });

  it('plans for many queues in turns, and comes to the same', async () => {
    const clock = givenBusyClock();
    const input = planOf(Array.from({ length: 100 }, (_, number) => queueOf(number, 1 + (number % 3))));

    const actions = await planInTurns(clock, input);

    expect(actions).toEqual(plan(input));
    expect(clock.pausedAtMs.length).toBeGreaterThan(10);
  });

  it('walks over records in turns', async () => {
    const clock = givenBusyClock();
    const { service } = await given();
    for (let number = 0; number < 450; number++) {
      await service.catalog.tryPut('queueName', `name-${number}`, { name: 'orders' }, 0);
    }

    let count = 0;
    for await (const _ of everyRecord({ ...service, clock }, 'queueName')) count++;

    expect(count).toBe(451);
    expect(clock.pausedAtMs.length).toBeGreaterThan(0);
  });
});

describe('the plan of a queue with thousands of shards', () => {
  it('reads its route a few times, not once for each shard', () => {
    let reads = 0;
    const { shards, ...queue } = queueOf(1, 4_000);
    const counted = new Proxy(shards, {
      get: (target, name) => {
        if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
        return Reflect.get(target, name) as unknown;
      },
    });

    plan(planOf([{ ...queue, shards: counted }]));

    expect(reads).toBeLessThan(20 * shards.length);
  });

  it('gives way while it looks for messages to push behind those that a purge took', async () => {
    const world = await given();
    const messages = Array.from({ length: 300 }, (_, number) => ({
      body: 'delayed',
      attributes: NO_ATTRIBUTES,
      delayMs: 60_000 + number,
    }));
    for (let start = 0; start < 300; start += 100)
      await send(world.service, { queue: 'orders', messages: messages.slice(start, start + 100) });
    await purgeQueue(world.service, 'orders');
    const { queue } = await world.service.routes.get('orders');
    const clock = givenBusyClock(world.clock.advance(120_000));

    await lookAtReady({ shards: world.ports.shards, clock }, queue, 1);

    expect(clock.pausedAtMs.length).toBeGreaterThan(0);
  });
});
