import { INSTANCE_GAIN_MS, INSTANCE_IDLE_MS_MAX, INSTANCES_GAINED_MAX } from './constants.ts';

/** How many more instances a function may gain now; the unused part of 10 s is lost. */
export class Growth {
  #periodFromMs = Number.NEGATIVE_INFINITY;
  #gained = 0;

  /** How many of `wanted` instances start. */
  take(wanted: number, nowMs: number): number {
    if (nowMs - this.#periodFromMs >= INSTANCE_GAIN_MS) {
      this.#periodFromMs = nowMs;
      this.#gained = 0;
    }
    const taken = Math.min(wanted, INSTANCES_GAINED_MAX - this.#gained);
    this.#gained += taken;
    return taken;
  }
}

interface Idle<Instance> {
  readonly instance: Instance;
  readonly sinceMs: number;
}

/** The instances of one Lambda function: each serves one request at a time and is frozen in between. */
export class Fleet<Instance> {
  readonly #start: () => Instance;
  readonly #growth = new Growth();
  readonly #idle: Idle<Instance>[] = [];

  constructor(start: () => Instance) {
    this.#start = start;
  }

  /** The most recently used instance, or a new one; none when the function may not grow any faster. */
  acquire(nowMs: number): { readonly instance: Instance; readonly isNew: boolean } | undefined {
    while (this.#idle[0] !== undefined && nowMs - this.#idle[0].sinceMs > INSTANCE_IDLE_MS_MAX) this.#idle.shift();
    const idle = this.#idle.pop();
    if (idle !== undefined) return { instance: idle.instance, isNew: false };
    return this.#growth.take(1, nowMs) === 1 ? { instance: this.#start(), isNew: true } : undefined;
  }

  release(instance: Instance, nowMs: number): void {
    this.#idle.push({ instance, sinceMs: nowMs });
  }
}
