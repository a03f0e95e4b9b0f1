import { type Recorder, START_MS } from '../world/index.ts';

/** Reports the ends of counted requests to the recorder; a group of queues is counted separately. */
export class Endings {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** @param ending.addedMs - total wait of all of them because of limits */
  end(
    group: string | undefined,
    ending: { readonly count: number; readonly addedMs: number; readonly isFailed: boolean; readonly nowMs: number },
  ): void {
    const { count, addedMs, isFailed, nowMs } = ending;
    if (count <= 0) return;
    const each = addedMs / count;
    this.#recorder.end(nowMs - START_MS, { count, isFailed, isThrottled: each > 0, addedMs: each }, group);
  }

  /** Requests that found no instance. */
  refuse(group: string | undefined, count: number, nowMs: number): void {
    if (count <= 0) return;
    this.#recorder.end(nowMs - START_MS, { count, isFailed: true, isThrottled: true, addedMs: 0 }, group);
  }

  /** Counted as waits on top of requests with other ends: their number stays right. */
  delay(group: string | undefined, delay: { count: number; addedMs: number; nowMs: number }): void {
    const { count, addedMs, nowMs } = delay;
    if (count <= 0) return;
    const ending = { isFailed: false, isThrottled: false };
    this.#recorder.end(nowMs - START_MS, { ...ending, count, addedMs }, group);
    this.#recorder.end(nowMs - START_MS, { ...ending, count: -count, addedMs: 0 }, group);
  }
}
