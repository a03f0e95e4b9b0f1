import type { EpochMs } from './brand.ts';
import { WAIT_MS_MAX } from './limits.ts';
import { SECOND_MS } from './spans.ts';

/** How long receives may wait, as the controller publishes it for all processes of a deployment. */
export interface LongestWait {
  /** 0 to `WAIT_MS_MAX`; 0: a receive looks once. */
  readonly waitMs: number;
  /** When the controller decided so. */
  readonly atMs: EpochMs;
}

/** Up to this share of the processes that receives may take, waits are as long as their callers ask for. */
const EASY = 0.5;
/** From this share on no receive waits: the rest is for those that bring something. */
const FULL = 0.8;
/** After a change the new load is seen a minute later; a wait that rose sooner would fill all processes again. */
const RISE_MS = 60_000;

/**
 * The longest wait from now on, in milliseconds. It falls at once, in proportion to the processes that receives take
 * beyond half of what they may. It rises by steps, a minute apart, while they take less than half.
 *
 * @param seen.processes - that receives took on average, waiting included
 * @param seen.processesMax - that receives may take; 1 and up
 */
export function planLongestWait(
  now: LongestWait | undefined,
  seen: { readonly processes: number; readonly processesMax: number; readonly nowMs: EpochMs },
): number {
  const { waitMs, atMs } = now ?? { waitMs: WAIT_MS_MAX, atMs: 0 };
  const share = seen.processes / seen.processesMax;
  const left = Math.min(1, Math.max(0, (FULL - share) / (FULL - EASY)));
  const allowedMs = Math.floor((WAIT_MS_MAX * left) / SECOND_MS) * SECOND_MS;
  if (allowedMs <= waitMs) return allowedMs;
  if (share > EASY || seen.nowMs - atMs < RISE_MS) return waitMs;
  return Math.min(WAIT_MS_MAX, 2 * waitMs + SECOND_MS);
}
