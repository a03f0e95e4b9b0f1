import { UNCLEAR_TRIES_MAX } from '../../../src/model/limits.ts';
import { pauseMsMax, TRIES_MAX } from '../../../src/stores/dynamodb/tries.ts';
import { type RequestKind, STORE_CALL_MEAN_MS } from '../world/index.ts';

/**
 * The storage calls of a request. `mark` and `clear` end a lease that lost the race for its deliveries; `disown` and
 * `discard` one whose take-over was throttled: its deliveries stay where they were.
 */
export const STEPS = ['send', 'query', 'lease', 'remove', 'mark', 'clear', 'disown', 'discard', 'ack'] as const;
export type Step = (typeof STEPS)[number];

export const kindOf = (step: Step): RequestKind => (step === 'send' ? 'send' : step === 'ack' ? 'delete' : 'receive');

/** The store does not repeat such a call without an answer: it may have been done. */
const isConditional = (step: Step): boolean => step !== 'send' && step !== 'query' && step !== 'lease';
/** Idempotent calls: the engine continues them after the store has given up. */
const isRepeated = (step: Step): boolean => step === 'mark' || step === 'disown' || step === 'ack';

/** Calls of a lost claim: a query, a put, a removal, a mark and another removal. */
export const LOST_CALLS_MS = 5 * STORE_CALL_MEAN_MS;

/** Most tries of one call, over all rounds of the store. */
export const CALL_TRIES_MAX = TRIES_MAX * UNCLEAR_TRIES_MAX;

/** When a call throttled `tries` times before, and now again, is retried; undefined after engine and store gave up. */
export function nextTry(
  step: Step,
  tries: number,
  isFailing: boolean,
): { readonly tries: number; readonly pauseMsMax: number } | undefined {
  const isRoundOver = isFailing && isConditional(step);
  const next = isRoundOver ? TRIES_MAX * (Math.floor(tries / TRIES_MAX) + 1) : tries + 1;
  if (next >= (isRepeated(step) ? CALL_TRIES_MAX : TRIES_MAX)) return undefined;
  return { tries: next, pauseMsMax: pauseMsMax(next % TRIES_MAX) };
}
