import type { EpochMs } from '../model/brand.ts';

/** The only source of time, so that tests and simulations own it. */
export interface Clock {
  nowMs(): EpochMs;
  /** Resolves after that many milliseconds of this clock. */
  sleep(ms: number): Promise<void>;
}
