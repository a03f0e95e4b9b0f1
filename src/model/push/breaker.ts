import type { EpochMs } from '../brand.ts';
import type { CallEnd, Verdict } from './outcome.ts';

/** A target at fault: until one call succeeds, calls are made one at a time, each later than the one before. */
export interface Breaker {
  /** Calls that failed in a row, 1 and up. */
  readonly failures: number;
  readonly sinceMs: EpochMs;
  /** When the next call may begin. */
  readonly retryAtMs: EpochMs;
  /** The slot of the call that tries whether the target is back. */
  readonly probe?: string;
  /** How the last of these calls ended. */
  readonly end: CallEnd;
}

/** The first pause of an open breaker, in milliseconds; each failure doubles it. */
const FIRST_PAUSE_MS = 1_000;
/** The longest pause, in milliseconds: a mended target gets messages within a minute. */
const PAUSE_MS_MAX = 60_000;

/** The breaker after a call, by its slot. */
export function afterCall(
  breaker: Breaker | undefined,
  call: { readonly slotId: string; readonly end: CallEnd; readonly verdict: Verdict; readonly nowMs: EpochMs },
): Breaker | undefined {
  const { slotId, end, verdict, nowMs } = call;
  if (verdict === 'done' || verdict === 'message') return undefined;
  // A call that began before the breaker opened says nothing new, and one without an end nothing at all.
  const isNews = breaker === undefined || breaker.probe === slotId;
  if (verdict === 'unclear' || !isNews) return breaker;
  const failures = (breaker?.failures ?? 0) + 1;
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), PAUSE_MS_MAX);
  return { failures, sinceMs: breaker?.sinceMs ?? nowMs, retryAtMs: (nowMs + pauseMs) as EpochMs, end };
}

/** The breaker while a call probes the target: no other one begins before the lease of that call has ended. */
export const withProbe = (
  breaker: Breaker,
  { id, untilMs }: { readonly id: string; readonly untilMs: EpochMs },
): Breaker => ({
  ...breaker,
  probe: id,
  retryAtMs: untilMs,
});

/** The breaker when a probe did not begin. */
export function withoutProbe(breaker: Breaker, slotId: string, nowMs: EpochMs): Breaker {
  if (breaker.probe !== slotId) return breaker;
  const { probe: _, ...rest } = breaker;
  return { ...rest, retryAtMs: nowMs };
}
