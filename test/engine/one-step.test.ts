import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  changeVisibility,
  createQueue,
  deleteMessages,
  openQueueService,
  type QueueService,
  type ReceivedMessage,
  receive,
  send,
} from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, KEY_END, keyFrom, shardKey } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { openMemoryDatabase } from '../../src/stores/embedded/database.ts';
import { MemoryObjectStore } from '../../src/stores/embedded/memory-object-store.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { ManualClock } from '../support/clock.ts';
import { START_MS } from '../support/ids.ts';
import { inSteps } from '../support/in-steps.ts';

const QUEUE = 'orders';
const HOUR_MS = 3_600_000;

/** One queue with its store, and the messages of its consumers. */
class Side {
  readonly clock = new ManualClock(START_MS);
  readonly oneSteps = { count: 0 };
  readonly #service: QueueService;
  #held: ReceivedMessage[] = [];

  constructor(road: 'one step' | 'steps') {
    const { shards, catalog, ledger, arrivals } = openMemoryDatabase(this.clock);
    const takeOver = shards.tryTakeOver?.bind(shards);
    shards.tryTakeOver = async (...step) => {
      const outcome = (await takeOver?.(...step)) ?? 'refused';
      if (outcome === 'done') this.oneSteps.count++;
      return outcome;
    };
    const ports = { catalog, ledger, arrivals, clock: this.clock, random: new SeededRandom(7) };
    this.#service = openQueueService(
      {
        ...ports,
        shards: road === 'steps' ? inSteps(shards) : shards,
        objects: new MemoryObjectStore(),
        runner: { start: async () => {} },
      },
      { thresholds: DEFAULT_THRESHOLDS, cells: [cellId(0)], shardsPerQueue: 1, routeFreshMs: 0 },
    );
  }

  async open(): Promise<void> {
    await createQueue(this.#service, { name: 'dead', settings: {} });
    const settings = { visibilityMs: 60_000, retentionMs: HOUR_MS, deadLetter: { queue: 'dead', maxReceives: 2 } };
    await createQueue(this.#service, { name: QUEUE, settings });
  }

  async take(step: Step): Promise<unknown> {
    const service = this.#service;
    const some = (count: number) => this.#held.splice(0, count).map(({ receipt }) => receipt);
    switch (step.kind) {
      case 'send':
        return await send(service, {
          queue: QUEUE,
          messages: step.bodies.map((bytes, number) => ({
            body: `${number}`.padEnd(bytes, 'x'),
            attributes: NO_ATTRIBUTES,
            delayMs: step.delayMs,
          })),
        });
      case 'receive': {
        const messages = await receive(service, { queue: QUEUE, max: step.max, waitMs: 0 });
        this.#held.push(...messages);
        return messages;
      }
      case 'delete':
        return await deleteMessages(service, { queue: QUEUE, receipts: some(step.count) });
      case 'give back': {
        const entries = some(step.count).map((receipt) => ({ receipt, visibilityMs: step.visibilityMs }));
        return await changeVisibility(service, { queue: QUEUE, entries });
      }
      case 'wait':
        return this.clock.advance(step.ms);
    }
  }

  /** Every delivery of both queues, with its marks. */
  async stored(): Promise<unknown> {
    const ranges = { from: keyFrom(0 as EpochMs), before: KEY_END };
    const found = [];
    for (const name of ['dead', QUEUE]) {
      const { queue } = await this.#service.routes.get(name);
      for (const { id } of queue.route.shards) {
        const range = { ...ranges, limit: 1_000, isConsistent: true };
        found.push((await this.#service.shards.list(shardKey(queue.id, id), range)).deliveries);
      }
    }
    return found;
  }
}

type Step =
  | { readonly kind: 'send'; readonly bodies: readonly number[]; readonly delayMs: number }
  | { readonly kind: 'receive'; readonly max: number }
  | { readonly kind: 'delete'; readonly count: number }
  | { readonly kind: 'give back'; readonly count: number; readonly visibilityMs: number }
  | { readonly kind: 'wait'; readonly ms: number };

const count = fc.integer({ min: 1, max: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      bodies: fc.array(fc.constantFrom(3, 100, 700, 5_000), { minLength: 1, maxLength: 12 }),
      delayMs: fc.constantFrom(0, 0, 5_000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('receive' as const), max: count }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), count }) },
  fc.record({ kind: fc.constant('give back' as const), count, visibilityMs: fc.constantFrom(0, 1_000, 120_000) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 2_000, 61_000, HOUR_MS) }),
);

it('answers and stores the same, whether a claim is one step or several', async () => {
  let oneSteps = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const [single, several] = [new Side('one step'), new Side('steps')];
      await Promise.all([single.open(), several.open()]);
      for (const taken of steps) {
        expect(await single.take(taken)).toEqual(await several.take(taken));
        expect(await single.stored()).toEqual(await several.stored());
      }
      expect(several.oneSteps.count).toBe(0);
      oneSteps += single.oneSteps.count;
    }),
    { numRuns: 60 },
  );
  expect(oneSteps).toBeGreaterThan(60);
});
