import { randomText } from '../../model/sortable-text.ts';
import type { Random } from '../../ports/random.ts';

/** Chance that repeats itself: a seed decides every number (sfc32, 128 bits of state). */
export class SeededRandom implements Random {
  readonly #state: [number, number, number, number];

  /** @param seed - a whole number, 0 to 2^32 - 1; neighbours give unrelated numbers */
  constructor(seed: number) {
    this.#state = [seed | 0, 0x9e3779b9, 0x243f6a88, 1];
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

  /** Another source that this one decides, so that what one part draws does not shift what another does. */
  fork(): SeededRandom {
    return new SeededRandom(this.#bits());
  }

  #bits(): number {
    let [a, b, c, counter] = this.#state;
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    this.#state.splice(0, 4, a, b, c, counter);
    return result >>> 0;
  }
}
