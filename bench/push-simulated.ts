import {
  createQueue,
  type Dispatched,
  dispatch,
  noteWhatWasLost,
  openQueueService,
  type Ports,
  type QueueService,
  send,
  subscribe,
  wake,
  wakeDue,
} from '../src/engine/index.ts';
import { cellId } from '../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS } from '../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../src/model/message.ts';
import type { Subscription } from '../src/model/push/index.ts';
import type { Queue } from '../src/model/queue.ts';
import type { PushTarget } from '../src/ports/push-target.ts';
import { SeededRandom } from '../src/stores/simulated/seeded-random.ts';
import { SimulatedWorld } from '../src/stores/simulated/simulated-world.ts';
import { Waking } from '../test/simulation/waking.ts';

/** One way of a call of the simulated storage, in milliseconds. */
const WAY_MS = 3;
/** From a put until the stream tells the waker, in milliseconds. */
const TELL_MS = 300;
/** From the call of a function until it runs, in milliseconds. */
const START_MS = 100;
const MESSAGES_PER_SEND = 100;
const END_MS_MAX = 600_000;

const SUBSCRIPTION: Subscription = {
  to: { kind: 'lambda', arn: 'arn:aws:lambda:us-east-1:000000000000:function:orders' },
  format: 'sqs',
  batchSize: 10,
  batchWindowMs: 0,
  maxConcurrency: 10,
  targetMs: 60_000,
  reportBatchItemFailures: false,
};

/** Queues of a deployment that push, as on AWS: storage, wake-ups and targets are simulated, time is virtual. */
class PushSimulation {
  /** From its send to its call, for each message, by queue, in milliseconds. */
  readonly delays = new Map<string, number[]>();
  callsMost = 0;
  partsMost = 0;
  dispatcherMs = 0;
  storageCalls = 0;
  readonly #world: SimulatedWorld;
  readonly #waking: Waking;
  readonly #shards: number;
  readonly #targetMs: (queue: string) => number;
  readonly #over = new AbortController();
  #calls = 0;
  #parts = 0;
  #started = 0;

  constructor({ shards, targetMs }: { readonly shards: number; readonly targetMs: (queue: string) => number }) {
    this.#shards = shards;
    this.#targetMs = targetMs;
    this.#world = new SimulatedWorld(
      { seed: 1, latencyMs: () => WAY_MS },
      { onChange: (change) => this.#waking.onChange(change), onStep: () => this.storageCalls++ },
    );
    this.#waking = new Waking({
      random: new SeededRandom(1),
      isOver: () => this.#over.signal.aborted,
      hasFaults: () => false,
      nowMs: () => this.nowMs(),
      sleep: this.sleep,
      tellMs: () => TELL_MS,
      open: (name) => this.open(name),
      dispatch: async (service, { wakeUp }) => await this.#dispatch(service, wakeUp.queue, { due: wakeUp.due }),
    });
  }

  nowMs = () => this.#world.timeline.nowMs;

  sleep = (ms: number): Promise<void> => this.#world.timeline.sleep(ms);

  open(name: string) {
    const { process, ports } = this.#world.start(name);
    const marked: Ports = this.#waking.marking(ports);
    const start = (queue: Queue) => wake(ports, queue, this.#waking.call);
    const service = openQueueService(
      { ...marked, pushRunner: { refusal: () => undefined, start } },
      {
        thresholds: DEFAULT_THRESHOLDS,
        cells: [cellId(0)],
        routeFreshMs: ROUTE_FRESH_MS,
        shardsPerQueue: this.#shards,
      },
    );
    return { process, service };
  }

  async subscribed(names: readonly string[], wishes: Partial<Subscription> = {}): Promise<QueueService> {
    const { service } = this.open('operator');
    await Promise.all(
      names.map(async (name) => {
        await createQueue(service, { name, settings: {} });
        await subscribe(service, name, { ...SUBSCRIPTION, ...wishes });
        this.delays.set(name, []);
      }),
    );
    // All dispatchers sleep again, and all senders know of the subscription.
    await this.sleep(60_000);
    this.dispatcherMs = 0;
    return service;
  }

  async send(service: QueueService, queue: string, count: number): Promise<void> {
    const body = String(this.nowMs());
    await send(service, {
      queue,
      messages: Array.from({ length: count }, () => ({ body, attributes: NO_ATTRIBUTES })),
    });
  }

  /** Waits until that many messages of each of these queues have been called with. */
  async untilCalled(names: readonly string[], count: number): Promise<void> {
    const untilMs = this.nowMs() + END_MS_MAX;
    while (names.some((name) => (this.delays.get(name)?.length ?? 0) < count)) {
      if (this.nowMs() > untilMs) throw new Error('not all messages reached their target within 10 minutes');
      await this.sleep(100);
    }
  }

  play(story: () => Promise<void>): Promise<void> {
    const told = story().finally(() => this.#over.abort());
    return this.#world.timeline.play(told);
  }

  async #dispatch(service: QueueService, queue: string, wakeUp: { due: readonly string[]; part?: string }) {
    const beganMs = this.nowMs();
    const target: PushTarget = {
      call: async ({ messages }) => {
        this.callsMost = Math.max(this.callsMost, ++this.#calls);
        const nowMs = this.nowMs();
        const delays = this.delays.get(queue);
        for (const { body } of messages) delays?.push(nowMs - Number(body));
        await this.sleep(this.#targetMs(queue));
        this.#calls--;
        return { end: { kind: 'status', status: 200 } };
      },
    };
    const startPart = async (part: string) => void this.#startPart(queue, part);
    const dispatched = await dispatch(service, { queue, target, end: this.#over.signal, wakeUp, startPart });
    if (dispatched.outcome === 'failed') throw dispatched.error;
    void this.#noteEnd(dispatched, beganMs);
    return dispatched;
  }

  async #noteEnd({ settled }: Dispatched, beganMs: number): Promise<void> {
    await settled;
    this.dispatcherMs += this.nowMs() - beganMs;
  }

  async #startPart(queue: string, part: string): Promise<void> {
    await this.sleep(START_MS);
    this.partsMost = Math.max(this.partsMost, ++this.#parts);
    const { service } = this.open(`part ${this.#started++}`);
    const { settled } = await this.#dispatch(service, queue, { due: [], part });
    await settled;
    this.#parts--;
  }
}

const FIFTY_MS = () => 50;

async function busy(): Promise<string> {
  const perSecond = 20_000;
  const seconds = 20;
  const simulation = new PushSimulation({ shards: 32, targetMs: FIFTY_MS });
  await simulation.play(async () => {
    const service = await simulation.subscribed(['busy'], { batchSize: 100, maxConcurrency: 1_000 });
    const requests = (seconds * perSecond) / MESSAGES_PER_SEND;
    for (let request = 0; request < requests; request++) {
      void simulation.send(service, 'busy', MESSAGES_PER_SEND);
      if (request % 2 === 1) await simulation.sleep((2_000 * MESSAGES_PER_SEND) / perSecond);
    }
    await simulation.untilCalled(['busy'], seconds * perSecond);
  });
  const delays = simulation.delays.get('busy') ?? [];
  const late = delays.slice(-5 * perSecond);
  return [
    `one queue with ${perSecond} messages/s for ${seconds} s, 32 shards, batches of 100, a target of 50 ms:`,
    `${simulation.partsMost} parts beside the first dispatcher, ${simulation.callsMost} calls at once;`,
    `${figures(delays)}; the last 5 s: ${figures(late)}`,
  ].join(' ');
}

async function burst(): Promise<string> {
  const count = 100_000;
  const simulation = new PushSimulation({ shards: 4, targetMs: FIFTY_MS });
  await simulation.play(async () => {
    const service = await simulation.subscribed(['burst'], { maxConcurrency: 50 });
    await Promise.all(Array.from({ length: count / 1_000 }, () => simulation.send(service, 'burst', 1_000)));
    await simulation.untilCalled(['burst'], count);
  });
  const lastMs = Math.max(...(simulation.delays.get('burst') ?? []).slice(-1));
  return [
    `a burst of ${count} messages, maxConcurrency 50, batches of 10, a target of 50 ms:`,
    `called with all after ${(lastMs / 1_000).toFixed(1)} s, ${Math.round((1_000 * count) / lastMs)} messages/s,`,
    `${simulation.callsMost} calls at once at most, ${simulation.partsMost} parts`,
  ].join(' ');
}

async function hung(): Promise<string> {
  const names = Array.from({ length: 100 }, (_, number) => `queue-${number}`);
  const others = names.slice(1);
  const simulation = new PushSimulation({ shards: 1, targetMs: (queue) => (queue === 'queue-0' ? 60_000 : 50) });
  await simulation.play(async () => {
    const service = await simulation.subscribed(names);
    for (let second = 0; second < 60; second++) {
      for (const name of names) void simulation.send(service, name, 1);
      await simulation.sleep(1_000);
    }
    await simulation.untilCalled(others, 60);
  });
  const delays = others.flatMap((name) => simulation.delays.get(name) ?? []);
  return `100 queues with a message a second, of which one has a target that hangs: the others ${figures(delays)}`;
}

async function quiet(): Promise<string> {
  const names = Array.from({ length: 1_000 }, (_, number) => `queue-${number}`);
  const minutes = 3;
  const simulation = new PushSimulation({ shards: 1, targetMs: FIFTY_MS });
  await simulation.play(async () => {
    const service = await simulation.subscribed(names);
    for (let minute = 0; minute < minutes; minute++) {
      for (const name of names) {
        void simulation.send(service, name, 1);
        await simulation.sleep(60);
      }
    }
    await simulation.untilCalled(names, minutes);
    await simulation.sleep(10_000);
  });
  const delays = [...simulation.delays.values()].flat();
  const seconds = simulation.dispatcherMs / delays.length / 1_000;
  return `1,000 queues with a message a minute: ${figures(delays)}; ${seconds.toFixed(1)} dispatcher-seconds a message`;
}

/** Storage calls of the minute's wake-ups, through a walk that begins once an hour. */
async function idle(): Promise<string> {
  const minutes = 125;
  const parts: string[] = [];
  for (const count of [100, 10_000]) {
    const simulation = new PushSimulation({ shards: 1, targetMs: FIFTY_MS });
    const perMinute: number[] = [];
    await simulation.play(async () => {
      await simulation.subscribed(Array.from({ length: count }, (_, number) => `queue-${number}`));
      const { service } = simulation.open('controller');
      for (let minute = 0; minute < minutes; minute++) {
        const before = simulation.storageCalls;
        await wakeDue(service, async () => {});
        await noteWhatWasLost(service);
        perMinute.push(simulation.storageCalls - before);
        await simulation.sleep(60_000);
      }
    });
    const sorted = perMinute.toSorted((one, other) => one - other);
    const hourly = perMinute.reduce((sum, calls) => sum + calls, 0) / (minutes / 60);
    const median = sorted[sorted.length >> 1];
    parts.push(`${count} subscriptions: ${median} calls in most minutes, ${Math.round(hourly)} an hour with the walk`);
  }
  return `an idle deployment, ${minutes} minutes: ${parts.join('; ')}`;
}

function figures(delays: readonly number[]): string {
  const sorted = delays.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${sorted.at(-1)} ms`;
}

export const SIMULATIONS: Readonly<Record<string, () => Promise<string>>> = { busy, burst, hung, quiet, idle };
