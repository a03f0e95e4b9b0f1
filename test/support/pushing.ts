import { setImmediate } from 'node:timers/promises';
import { type Dispatched, dispatch, type QueueService, subscribe } from '../../src/engine/index.ts';
import type { CallEnd, Subscription } from '../../src/model/push/index.ts';
import type { Queue } from '../../src/model/queue.ts';
import type { ArrivalsWait } from '../../src/ports/arrivals.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { PushAnswer, PushCall, PushTarget } from '../../src/ports/push-target.ts';
import type { World, WorldClock } from './given.ts';

export const status = (code: number): CallEnd => ({ kind: 'status', status: code });
export const DONE: PushAnswer = { end: status(200) };

/** A subscription without wishes. */
export const SUBSCRIPTION: Subscription = {
  to: { kind: 'https', url: 'https://orders.example/hook' },
  format: 'raw',
  batchSize: 10,
  batchWindowMs: 0,
  maxConcurrency: 10,
  targetMs: 10_000,
  reportBatchItemFailures: false,
};

/** A target that notes its calls, and answers as a test says. */
export class FakeTarget implements PushTarget {
  readonly calls: PushCall[] = [];
  readonly #answer: (call: PushCall, number: number) => PushAnswer | Promise<PushAnswer>;

  constructor(answer: (call: PushCall, number: number) => PushAnswer | Promise<PushAnswer> = () => DONE) {
    this.#answer = answer;
  }

  /** Bodies of each call, in order. */
  get bodies(): readonly (readonly string[])[] {
    return this.calls.map(({ messages }) => messages.map(({ body }) => body));
  }

  async call(call: PushCall): Promise<PushAnswer> {
    this.calls.push(call);
    return await this.#answer(call, this.calls.length);
  }
}

/** A service whose queue `orders` pushes. */
export async function givenSubscription(world: World, wishes: Partial<Subscription> = {}) {
  const started: string[] = [];
  const pushRunner = { refusal: () => undefined, start: async ({ name }: Queue) => void started.push(name) };
  const service = world.process({}, { pushRunner });
  await subscribe(service, 'orders', { ...SUBSCRIPTION, ...wishes });
  return { service, started };
}

/** Turns of the event loop without a storage call under way, after which everything waits for time to pass. */
const QUIET_TURNS = 5;

/** The clock of a world, whose sleepers wake as a test lets time pass. */
class PassingClock implements Clock {
  readonly #clock: WorldClock;
  #steps = 0;
  #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  constructor(clock: WorldClock) {
    this.#clock = clock;
  }

  nowMs = () => this.#clock.nowMs();

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ untilMs: this.nowMs() + ms, wake }));
  }

  /** A port whose calls are waited for before time passes. */
  watched<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...command: readonly unknown[]): Promise<unknown> => {
          this.#steps++;
          try {
            return await Reflect.apply(value, target, command);
          } finally {
            this.#steps--;
          }
        };
      },
    });
  }

  async #quiet(): Promise<void> {
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await setImmediate();
      if (this.#steps > 0) turns = 0;
    }
  }

  /** Lets time pass in small steps, and everything go on that waited for it. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs() + ms;
    for (;;) {
      await this.#quiet();
      const nowMs = this.nowMs();
      if (nowMs >= endMs) return;
      const next = Math.min(endMs, ...this.#sleepers.map(({ untilMs }) => Math.max(untilMs, nowMs + 1)));
      this.#clock.advance(next - nowMs);
      const due = this.#sleepers.filter(({ untilMs }) => untilMs <= next);
      this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > next);
      for (const { wake } of due) wake();
    }
  }
}

/** A target whose calls end when a test says so. */
export class HeldTarget implements PushTarget {
  readonly calls: { readonly call: PushCall; readonly answer: (answer?: PushAnswer) => void }[] = [];

  get bodies(): readonly string[] {
    return this.calls.flatMap(({ call }) => call.messages.map(({ body }) => body));
  }

  call(call: PushCall): Promise<PushAnswer> {
    return new Promise((resolve) => this.calls.push({ call, answer: (answer = DONE) => resolve(answer) }));
  }
}

/** A queue `orders` that pushes, with a dispatcher at work in a process of its own. Time passes as the test says. */
export async function givenDispatcher(world: World, wishes: Partial<Subscription> = {}) {
  const clock = new PassingClock(world.clock);
  const arrivals = {
    wait: async (_: unknown, { untilMs }: ArrivalsWait) => {
      await clock.sleep(untilMs - clock.nowMs());
      return [];
    },
  };
  const { shards, catalog, ledger } = world.ports;
  const watched = { shards: clock.watched(shards), catalog: clock.watched(catalog), ledger: clock.watched(ledger) };
  const open = (): QueueService => world.process({}, { ...watched, clock, arrivals });
  await givenSubscription(world, wishes);
  const target = new HeldTarget();
  const start = (service = open(), end = new AbortController()) => {
    const ended = dispatch(service, { queue: 'orders', target, end: end.signal });
    return { ended, end: () => end.abort() };
  };
  return { clock, target, open, start, pass: (ms = 0) => clock.pass(ms) };
}

/** One dispatcher, until it ends and its calls are settled. */
export async function push(world: World, target: PushTarget, end = new AbortController().signal): Promise<Dispatched> {
  const dispatched = await dispatch(world.service, { queue: 'orders', target, end });
  await dispatched.settled;
  return dispatched;
}
