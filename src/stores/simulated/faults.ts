import type { CellId } from '../../model/ids.ts';
import { STORE_TRY_MS_MAX } from '../../model/limits.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How often calls fail: probabilities per storage call, 0 to 1. */
export interface Faults {
  /** The caller dies before, during or after the call's work. */
  readonly crash: number;
  /** No answer comes; the work was done, was not done, or will be done later. */
  readonly lostAnswer: number;
  /** Refused for load: nothing was done. */
  readonly throttle: number;
  /** The caller continues only after a pause of a second to three minutes. */
  readonly slow: number;
  /** A cell that answers nothing and does nothing. @default none */
  readonly silentCell?: CellId;
}

export const NO_FAULTS: Faults = { crash: 0, lostAnswer: 0, throttle: 0, slow: 0 };

/** The course of one call; all times are milliseconds from its start. */
export interface Fate {
  readonly kind: 'answered' | 'slow' | 'throttled' | 'lost' | 'crash';
  /** When the work is done; absent: never. */
  readonly workAfterMs?: number;
  /** When the caller continues, or dies. */
  readonly endAfterMs: number;
}

/** Longest time, in milliseconds, that a request without an answer runs on: within the longest request (30 s). */
const LATE_WORK_MS_MAX = 15_000;
// A process stands still for a time between these, in milliseconds; short and long ones are as likely.
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 180_000;

/** Draws the latency of one way of a call, in milliseconds. */
export type DrawLatency = (random: SeededRandom) => number;

/** A call to a cell that does not answer. */
export const SILENT: Fate = { kind: 'lost', endAfterMs: STORE_TRY_MS_MAX };

export function drawFate(random: SeededRandom, faults: Faults, latencyMs: DrawLatency): Fate {
  const workAfterMs = latencyMs(random);
  const endAfterMs = workAfterMs + latencyMs(random);
  let luck = random.next();
  const isNow = (probability: number) => {
    luck -= probability;
    return luck < 0;
  };
  if (isNow(faults.crash)) return unanswered('crash', random, latencyMs(random));
  if (isNow(faults.lostAnswer))
    return unanswered('lost', random, random.chance(0.5) ? STORE_TRY_MS_MAX : latencyMs(random));
  if (isNow(faults.throttle)) return { kind: 'throttled', endAfterMs };
  if (isNow(faults.slow)) return { kind: 'slow', workAfterMs, endAfterMs: endAfterMs + pauseMs(random) };
  return { kind: 'answered', workAfterMs, endAfterMs };
}

/** The work is done before the end, never, or after its caller has given up. */
function unanswered(kind: 'crash' | 'lost', random: SeededRandom, endAfterMs: number): Fate {
  const turn = random.below(4);
  if (turn === 0) return { kind, endAfterMs };
  const isLate = turn === 1;
  return {
    kind,
    endAfterMs,
    workAfterMs: isLate ? endAfterMs + random.below(LATE_WORK_MS_MAX) : random.below(endAfterMs),
  };
}

/** Mostly a few milliseconds, sometimes up to half a second. */
export const MIXED_LATENCY_MS: DrawLatency = (random) =>
  random.chance(0.1) ? random.between(1, 500) : random.between(1, 12);

const pauseMs = (random: SeededRandom): number =>
  Math.round(PAUSE_MS_MIN * (PAUSE_MS_MAX / PAUSE_MS_MIN) ** random.next());
