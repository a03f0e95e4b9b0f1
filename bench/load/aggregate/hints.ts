import { HINT_MS } from '../../../src/engine/memory/index.ts';

/** The fraction of working processes that has seen something due in a shard lately, as the engine notes it for each. */
export class Hints {
  #part = 0;
  #atMs = 0;

  part(nowMs: number): number {
    return this.#part * Math.exp(-(nowMs - this.#atMs) / HINT_MS);
  }

  /** @param each - looks of this outcome for each process */
  note(isOccupied: boolean, each: number, nowMs: number): void {
    const others = Math.exp(-each);
    const before = this.part(nowMs);
    this.#part = isOccupied ? 1 - (1 - before) * others : before * others;
    this.#atMs = nowMs;
  }
}
