import type { Clock } from '../ports/clock.ts';
import { SignedHttp, serviceAddress } from './lambda-http.ts';

/** Least pause between two wakes of one function; a running controller is not disturbed. */
const PAUSE_MS = 30_000;
/** A request waits for this; without an answer the controller looks in the next minute. */
const ANSWER_MS_MAX = 1_000;

/** Asks the controller to look at once instead of in the next minute, without waiting for its result. */
export class ControllerWaker {
  readonly #http = new SignedHttp('lambda', {
    maxAttempts: 1,
    requestHandler: { requestTimeout: ANSWER_MS_MAX, throwOnRequestTimeout: true },
  });
  readonly #clock: Clock;
  readonly #name: string;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, functionName: string) {
    this.#clock = clock;
    this.#name = functionName;
  }

  /** @throws Error when the call is not accepted; then the next minute's run serves */
  async wake(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#askedAtMs < PAUSE_MS) return;
    this.#askedAtMs = nowMs;
    const { status } = await this.#http.exchange(serviceAddress('lambda'), {
      method: 'POST',
      path: `/2015-03-31/functions/${this.#name}/invocations`,
      headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
      body: JSON.stringify({ isWake: true }),
    });
    if (status >= 300) throw new Error(`the controller was not woken: Lambda answered ${status}`);
  }
}
