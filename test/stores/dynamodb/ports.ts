import type { EpochMs } from '../../../src/model/brand.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Random } from '../../../src/ports/random.ts';
import { freshText, START_MS } from '../../support/ids.ts';

/** Time moves only during a sleep or on request. */
export class ManualClock implements Clock {
  readonly sleptMs: number[] = [];
  #nowMs: number = START_MS;

  nowMs(): EpochMs {
    return this.#nowMs as EpochMs;
  }

  async sleep(ms: number): Promise<void> {
    this.sleptMs.push(ms);
    this.#nowMs += ms;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/** The longest possible pauses. */
export const highestRandom: Random = { next: () => 1 - Number.EPSILON, text: freshText };
