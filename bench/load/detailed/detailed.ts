import { createQueue, deleteMessages, type QueueService, receive, send } from '../../../src/engine/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { QueueError } from '../../../src/model/errors.ts';
import { shardKey } from '../../../src/model/ids.ts';
import { NO_ATTRIBUTES } from '../../../src/model/message.ts';
import type { Queue } from '../../../src/model/queue.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { SimulatedWorld } from '../../../src/stores/simulated/simulated-world.ts';
import { recordsOf } from '../../bodies.ts';
import {
  CATCH_UP_SECONDS,
  CONSUMER_WORK_MS,
  Deployment,
  exponential,
  Fleet,
  INSTANCE_START_MS,
  LAG_SECONDS,
  MESSAGES_PER_REQUEST,
  poisson,
  REQUEST_OWN_MS,
  Recorder,
  type RequestKind,
  type RunOptions,
  type Scenario,
  START_MS,
  Surroundings,
  startedBy,
  storeCallMs,
} from '../world/index.ts';
import { Instance } from './instance.ts';

/** Requests are drawn for this many milliseconds at a time. */
const DRAW_MS = 10;
const BODIES = 200;

/**
 * Runs a scenario of one queue request by request. Each is the engine's own send, receive or delete in a function
 * instance with caches of its own, over the simulated store behind the limits of its tables.
 */
export async function runDetailed(scenario: Scenario, options: RunOptions): Promise<Recorder> {
  const run = new DetailedRun(startedBy(scenario, options.controller), options);
  return await run.world.timeline.play(run.tell());
}

class DetailedRun {
  readonly world: SimulatedWorld;
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #recorder: Recorder;
  readonly #deployment: Deployment;
  readonly #surroundings: Surroundings;
  readonly #fleets: Readonly<Record<RequestKind, Fleet<Instance>>>;
  readonly #bodies: readonly (readonly { body: string; attributes: typeof NO_ATTRIBUTES }[])[];
  #started = 0;
  /** Deliveries that were sent and not received. */
  #waiting = 0;

  constructor(scenario: Scenario, { controller, seed }: RunOptions) {
    this.#scenario = scenario;
    this.#random = new SeededRandom(seed);
    this.#recorder = new Recorder(scenario.warmUpMs);
    // One way takes at least a millisecond of the timeline.
    const latencyMs = (random: SeededRandom) => Math.max(1, Math.round(storeCallMs(random) / 2));
    this.world = new SimulatedWorld({ seed, startMs: START_MS, leaseFloorMs: 5_000, latencyMs });
    this.#deployment = new Deployment(scenario, {
      nowMs: START_MS,
      random: this.#random,
      onRoute: (queue) => this.#store(queue),
    });
    const isEmpty = (queue: Queue['id'], shard: Queue['route']['shards'][number]['id']) =>
      [...this.world.deliveries.of(shardKey(queue, shard))].length === 0;
    this.#surroundings = new Surroundings(scenario, this.#deployment, { name: controller, isEmpty });
    const fleet = (kind: RequestKind) => new Fleet(() => this.#start(kind));
    this.#fleets = { send: fleet('send'), receive: fleet('receive'), delete: fleet('delete') };
    const bodies = recordsOf(100, this.#random.fork());
    this.#bodies = Array.from({ length: BODIES }, () =>
      Array.from({ length: MESSAGES_PER_REQUEST }, () => ({ body: bodies.next(), attributes: NO_ATTRIBUTES })),
    );
  }

  get #nowMs(): EpochMs {
    return this.world.timeline.nowMs;
  }

  async tell(): Promise<Recorder> {
    const { timeline } = this.world;
    for (const queue of this.#deployment.queues) {
      await createQueue(this.#start('send').service, { name: queue.name, settings: {} });
      this.#store(queue);
    }
    for (let atMs = 0; atMs < this.#scenario.durationMs; atMs += DRAW_MS) {
      if (atMs % 1_000 === 0) this.#stepSecond();
      for (const { name, requests } of this.#scenario.queues) this.#draw(name, requests(atMs) / 3);
      await timeline.sleep(DRAW_MS);
    }
    this.#stepSecond();
    return this.#recorder;
  }

  /** All processes read one record. */
  #store(queue: Queue): void {
    const stored = this.world.records.get('queue', queue.name);
    this.world.records.tryPut('queue', queue.name, queue, stored?.version ?? 0);
  }

  #start(kind: RequestKind): Instance {
    const { ports } = this.world.start(`${kind} ${this.#started++}`);
    return new Instance(ports, this.#deployment.tables, (units) => this.#recorder.use(units));
  }

  #stepSecond(): void {
    this.#surroundings.step(this.#nowMs);
    this.#recorder.stand(this.#nowMs - START_MS, { ...this.#deployment.standing, waiting: this.#waiting });
  }

  #draw(queue: string, third: number): void {
    const behind = (this.#waiting - LAG_SECONDS * third) / CATCH_UP_SECONDS;
    const receives = third + Math.min(third, Math.max(-third, behind));
    this.#spread(third, () => this.#send(queue));
    this.#spread(receives, () => this.#receive(queue));
  }

  #spread(perSecond: number, request: () => Promise<void>): void {
    for (let left = poisson(this.#random, (perSecond * DRAW_MS) / 1_000); left > 0; left--) {
      this.world.timeline.after(this.#random.below(DRAW_MS), () => void request());
    }
  }

  async #send(queue: string): Promise<void> {
    const messages = this.#random.pick(this.#bodies);
    await this.#call('send', async (service) => {
      const outcomes = await send(service, { queue, messages });
      const isStored = outcomes.every((outcome) => 'id' in outcome);
      if (isStored) this.#waiting++;
      return isStored;
    });
  }

  async #receive(queue: string): Promise<void> {
    let receipts: string[] = [];
    await this.#call('receive', async (service) => {
      const messages = await receive(service, { queue, max: MESSAGES_PER_REQUEST, waitMs: 0 });
      receipts = messages.map(({ receipt }) => receipt);
      return true;
    });
    if (receipts.length === 0) return;
    this.#waiting -= receipts.length / MESSAGES_PER_REQUEST;
    await this.world.timeline.sleep(exponential(this.#random, CONSUMER_WORK_MS));
    await this.#call('delete', async (service) => {
      const outcomes = await deleteMessages(service, { queue, receipts });
      return outcomes.every((outcome) => outcome !== 'unavailable' && outcome !== 'throttled');
    });
  }

  /** One request in an instance of its function, from its arrival to its end. */
  async #call(kind: RequestKind, operation: (service: QueueService) => Promise<boolean>): Promise<void> {
    this.#recorder.offer(1);
    const acquired = this.#fleets[kind].acquire(this.#nowMs);
    if (acquired === undefined) return this.#end({ isFailed: true, isThrottled: true, addedMs: 0 });
    const { instance, isNew } = acquired;
    const startedMs = isNew ? INSTANCE_START_MS : 0;
    await this.world.timeline.sleep(startedMs + REQUEST_OWN_MS);
    instance.begin();
    const isDone = await operation(instance.service).catch((error: unknown) => {
      if (error instanceof QueueError) return false;
      throw error;
    });
    const { isThrottled, addedMs } = instance.toll;
    this.#end({ isFailed: !isDone, isThrottled, addedMs: startedMs + addedMs });
    this.#report(instance);
    this.#fleets[kind].release(instance, this.#nowMs);
  }

  #end(ending: { readonly isFailed: boolean; readonly isThrottled: boolean; readonly addedMs: number }): void {
    this.#recorder.end(this.#nowMs - START_MS, { count: 1, ...ending });
  }

  #report({ tally }: Instance): void {
    if (!tally.isDue(this.#nowMs)) return;
    const report = tally.take(this.#nowMs, this.#random.next());
    if (report !== undefined) this.#deployment.reports.push(report);
  }
}
