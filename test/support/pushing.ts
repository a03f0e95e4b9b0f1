import { type Dispatched, dispatch, subscribe } from '../../src/engine/index.ts';
import type { CallEnd, Subscription } from '../../src/model/push/index.ts';
import type { PushAnswer, PushCall, PushTarget } from '../../src/ports/push-target.ts';
import type { World } from './given.ts';

export const status = (code: number): CallEnd => ({ kind: 'status', status: code });
export const DONE: PushAnswer = { end: status(200) };

const SUBSCRIPTION: Subscription = {
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
  const pushRunner = { refusal: () => undefined, start: (name: string) => void started.push(name) };
  const service = world.process({}, { pushRunner });
  await subscribe(service, 'orders', { ...SUBSCRIPTION, ...wishes });
  return { service, started };
}

/** One dispatcher, until it ends and its calls are settled. */
export async function push(world: World, target: PushTarget, end = new AbortController().signal): Promise<Dispatched> {
  const dispatched = await dispatch(world.service, { queue: 'orders', target, end });
  await dispatched.settled;
  return dispatched;
}
