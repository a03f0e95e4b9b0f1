import type { EpochMs } from '../../model/brand.ts';
import type { Clock } from '../../ports/clock.ts';

interface Alarm {
  readonly atMs: EpochMs;
  readonly ring: () => void;
  /** Its index in the heap. */
  position: number;
}

/** The longest sleep: earlier alarms may be set meanwhile, and timers cannot sleep for years. */
const SLEEP_MS_MAX = 60_000;

/** Many alarms on one timer. Setting and cancelling cost the logarithm of their number. */
export class Alarms {
  readonly #clock: Clock;
  /** A heap: the earliest first; an alarm is never earlier than the one at half its position. */
  readonly #heap: Alarm[] = [];
  #sleepsUntilMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rings once at that time or a little later, also if it has passed; returns a function that cancels it. */
  set(atMs: EpochMs, ring: () => void): () => void {
    const alarm: Alarm = { atMs, ring, position: this.#heap.length };
    this.#heap.push(alarm);
    this.#rise(alarm);
    this.#sleep();
    return () => this.#remove(alarm);
  }

  #sleep(): void {
    const first = this.#heap[0];
    if (first === undefined || first.atMs >= this.#sleepsUntilMs) return;
    const nowMs = this.#clock.nowMs();
    const untilMs = Math.min(Math.max(first.atMs, nowMs), nowMs + SLEEP_MS_MAX);
    this.#sleepsUntilMs = untilMs;
    void this.#clock.sleep(untilMs - nowMs).then(() => this.#awake(untilMs));
  }

  #awake(sleptUntilMs: number): void {
    // An earlier alarm may have replaced this sleep.
    if (sleptUntilMs === this.#sleepsUntilMs) this.#sleepsUntilMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.nowMs();
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
      this.#remove(first);
      first.ring();
    }
    this.#sleep();
  }

  #remove(alarm: Alarm): void {
    const { position } = alarm;
    if (this.#heap[position] !== alarm) return;
    const last = this.#heap.pop();
    if (last === undefined || last === alarm) return;
    this.#place(last, position);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(alarm: Alarm): void {
    for (;;) {
      const above = this.#heap[(alarm.position - 1) >> 1];
      if (above === undefined || alarm.position === 0 || above.atMs <= alarm.atMs) return;
      this.#swap(alarm, above);
    }
  }

  #sink(alarm: Alarm): void {
    for (;;) {
      const left = this.#heap[2 * alarm.position + 1];
      const right = this.#heap[2 * alarm.position + 2];
      const below = right !== undefined && left !== undefined && right.atMs < left.atMs ? right : left;
      if (below === undefined || below.atMs >= alarm.atMs) return;
      this.#swap(alarm, below);
    }
  }

  #swap(one: Alarm, other: Alarm): void {
    const { position } = one;
    this.#place(one, other.position);
    this.#place(other, position);
  }

  #place(alarm: Alarm, position: number): void {
    this.#heap[position] = alarm;
    alarm.position = position;
  }
}
