import { STORE_CALL_MEAN_MS } from './chance.ts';
import { INSTANCE_IDLE_MS_MAX, INSTANCE_START_MS, REQUEST_OWN_MS } from './constants.ts';
import { Growth } from './fleet.ts';

export type RequestKind = 'send' | 'receive' | 'delete';

/** Consecutive storage calls of an unobstructed request. */
const CALLS: Readonly<Record<RequestKind, number>> = { send: 1, receive: 3, delete: 1 };

/** Requests arrive at random: the peak of some seconds lies this many standard deviations above the mean. */
const PEAK_DEVIATIONS = 3.2;

/**
 * Only processes with requests hold knowledge. A process that waits for a table takes none, but comes back with its
 * knowledge, unless that is outdated by then. Fitted to the engine in the detailed mode.
 */
const KNOWING_WHILE_WAITING = 0.65;

/** The number of instances of one function, by the parallel requests. */
export class InstanceCount {
  readonly #busyMs: number;
  readonly #growth = new Growth();
  #count = 0;
  #used = 0;
  #neededMax = 0;
  #beforeMax = 0;
  #periodFromMs = 0;

  constructor(kind: RequestKind) {
    this.#busyMs = REQUEST_OWN_MS + CALLS[kind] * STORE_CALL_MEAN_MS;
  }

  /** The number of started instances. */
  get started(): number {
    return this.#count;
  }

  /** Instances that share the knowledge: the most recently used is used first. */
  get used(): number {
    return this.#used;
  }

  /**
   * Admits requests of one tick, beside those that wait inside their instances.
   * @returns how many of them find an instance, and how many of these wait for its start
   */
  admit(arriving: number, options: { waiting: number; tickMs: number; nowMs: number }) {
    const { waiting, tickMs, nowMs } = options;
    // A request occupies its instance for this long; within a tick an instance serves several, one after another.
    const neededEach = this.#busyMs / tickMs;
    const served = arriving * neededEach;
    const free = served + PEAK_DEVIATIONS * Math.sqrt(served);
    this.#used = free + KNOWING_WHILE_WAITING * waiting;
    const needed = free + waiting;
    const started = needed > this.#count ? this.#growth.take(Math.ceil(needed - this.#count), nowMs) : 0;
    this.#count += started;
    this.#forgetIdle(needed, nowMs);
    const idle = Math.max(0, this.#count - waiting);
    const admitted = Math.min(arriving, Math.floor(idle / neededEach));
    return { admitted, delayed: Math.min(admitted, started), delayMs: INSTANCE_START_MS };
  }

  #forgetIdle(needed: number, nowMs: number): void {
    this.#neededMax = Math.max(this.#neededMax, needed);
    if (nowMs - this.#periodFromMs < INSTANCE_IDLE_MS_MAX) return;
    this.#count = Math.min(this.#count, Math.ceil(Math.max(this.#neededMax, this.#beforeMax)));
    this.#beforeMax = this.#neededMax;
    this.#neededMax = 0;
    this.#periodFromMs = nowMs;
  }
}
