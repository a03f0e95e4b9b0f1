import type { Clock } from '../../ports/clock.ts';

/** Calls wait at most this long for background work. */
const TURN_MS_MAX = 10;

/** Lets background work give way to calls on a machine where both share a thread. */
export class Breather {
  readonly #clock: Clock;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
  }

  /** Lets calls run once the work has run for a turn. Call it between steps that take much less than a turn. */
  async pause(): Promise<void> {
    if (this.#clock.nowMs() - this.#sinceMs < TURN_MS_MAX) return;
    await this.#clock.sleep(0);
    this.#sinceMs = this.#clock.nowMs();
  }
}
