import type { EpochMs } from '../src/model/brand.ts';
import type { Clock } from '../src/ports/clock.ts';

const START_MS = Date.UTC(2026, 10, 30);

/** Virtual time. It passes only during a sleep, and what is due in a sleep happens in order, one after the other. */
export class PassingClock implements Clock {
  readonly #agenda: { readonly atMs: number; readonly act: () => Promise<void> }[] = [];
  #nowMs = START_MS;

  nowMs(): EpochMs {
    return this.#nowMs as EpochMs;
  }

  /** Lets something happen in the sleep that reaches this moment. */
  schedule(inMs: number, act: () => Promise<void>): void {
    this.#agenda.push({ atMs: this.#nowMs + inMs, act });
    this.#agenda.sort((one, other) => one.atMs - other.atMs);
  }

  async sleep(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#agenda[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#agenda.shift();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      await next.act();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }
}
