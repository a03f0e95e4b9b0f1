import type { Clock } from '../ports/clock.ts';
import { DeployedFunction } from './deployed-function.ts';

/** Least pause between two wakes of one function; a running controller is not disturbed. */
const PAUSE_MS = 30_000;

/** Asks the controller to look at once instead of in the next minute, without waiting for its result. */
export class ControllerWaker {
  readonly #clock: Clock;
  readonly #controller: DeployedFunction;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, functionName: string) {
    this.#clock = clock;
    this.#controller = new DeployedFunction(functionName);
  }

  /** @throws Error when the call is not accepted; then the next minute's run serves */
  async wake(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#askedAtMs < PAUSE_MS) return;
    this.#askedAtMs = nowMs;
    await this.#controller.handOver({ isWake: true });
  }
}
