import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochMs } from '../model/brand.ts';
import type { Clock } from '../ports/clock.ts';

/** The time of this machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now() as EpochMs,
  sleep: (ms) => sleep(ms),
};
