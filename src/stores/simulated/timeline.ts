import type { EpochMs } from '../../model/brand.ts';
import type { SeededRandom } from './seeded-random.ts';

interface Moment {
  readonly atMs: EpochMs;
  /** Orders events of one millisecond; drawn, so that every order is tried. */
  readonly rank: number;
  readonly happen: () => void;
}

/**
 * Virtual time. Events wait in the order of their moments. Between two of them all runnable code runs, until it waits
 * for a later moment. So time passes only while everything waits, and costs nothing.
 */
export class Timeline {
  readonly #random: SeededRandom;
  readonly #heap: Moment[] = [];
  #nowMs: EpochMs;
  #isRunning = false;
  #onIdle: (() => void) | undefined;

  constructor(random: SeededRandom, startMs: EpochMs) {
    this.#random = random;
    this.#nowMs = startMs;
  }

  get nowMs(): EpochMs {
    return this.#nowMs;
  }

  /** Calls `happen` after that many milliseconds, 0 and up. */
  after(ms: number, happen: () => void): void {
    this.#push({ atMs: (this.#nowMs + Math.round(ms)) as EpochMs, rank: this.#random.next(), happen });
    if (!this.#isRunning) void this.#run();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Plays the story, the only one at a time, to its end. @throws Error when everything waits for nothing */
  play<Ending>(story: Promise<Ending>): Promise<Ending> {
    return new Promise((resolve, reject) => {
      this.#onIdle = () => reject(new Error('stuck: nothing is left to happen'));
      story.then(resolve, reject);
      this.after(0, () => {});
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      // A macrotask begins only after all microtasks: all code has run as far as possible.
      await new Promise(setImmediate);
      const moment = this.#pop();
      if (moment === undefined) break;
      this.#nowMs = moment.atMs;
      moment.happen();
    }
    this.#isRunning = false;
    this.#onIdle?.();
  }

  #push(moment: Moment): void {
    const heap = this.#heap;
    let index = heap.push(moment) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Moment;
      if (!isBefore(moment, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = moment;
  }

  #pop(): Moment | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Moment)) child++;
      const below = heap[child];
      if (below === undefined || !isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

const isBefore = (one: Moment, other: Moment): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.rank < other.rank);
