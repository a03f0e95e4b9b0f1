import { type Recorder, START_MS } from '../world/index.ts';

/** Tells the recorder how counted requests end; a group of queues is counted apart. */
export class Endings {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** @param ending.addedMs - what all of them together have waited because of limits */
  end(
    group: string | undefined,
    ending: { readonly count: number; readonly addedMs: number; readonly isFailed: boolean; readonly nowMs: number },
  ): void {
    const { count, addedMs, isFailed, nowMs } = ending;
    if (count <= 0) return;
    const each = addedMs / count;
    this.#recorder.end(nowMs - START_MS, { count, isFailed, isThrottled: each > 0, addedMs: each }, group);
  }

  /** Those that found no instance. */
  refuse(group: string | undefined, count: number, nowMs: number): void {
    if (count <= 0) return;
    this.#recorder.end(nowMs - START_MS, { count, isFailed: true, isThrottled: true, addedMs: 0 }, group);
  }

  /** Counted as waits on top of requests that end otherwise: their number stays right. */
  delay(group: string | undefined, delay: { count: number; addedMs: number; nowMs: number }): void {
    const { count, addedMs, nowMs } = delay;
    if (count <= 0) return;
    const ending = { isFailed: false, isThrottled: false };
    this.#recorder.end(nowMs - START_MS, { ...ending, count, addedMs }, group);
    this.#recorder.end(nowMs - START_MS, { ...ending, count: -count, addedMs: 0 }, group);
  }
}
