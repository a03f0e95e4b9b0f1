import { randomText } from '../../model/sortable-text.ts';
import type { Random } from '../../ports/random.ts';

/** Reproducible randomness: a seed decides every number (sfc32, 128 bits of state). */
export class SeededRandom implements Random {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;

  /** @param seed - a whole number, 0 to 2^32 - 1; neighbours give unrelated numbers */
  constructor(seed: number) {
    this.#a = seed | 0;
    for (let round = 0; round < 12; round++) this.#bits();
  }

  next(): number {
    return this.#bits() / 2 ** 32;
  }

  text(length: number): string {
    return randomText(Uint8Array.from({ length }, () => this.#bits() >>> 24));
  }

  /** A whole number, 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** A whole number from `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<One>(list: readonly One[]): One {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new RangeError('nothing to pick from');
    return one;
  }

  /** An independent source, seeded by this one, so that the draws of one part do not shift those of another. */
  fork(): SeededRandom {
    return new SeededRandom(this.#bits());
  }

  #bits(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
