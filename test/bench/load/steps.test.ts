import { describe, expect, it } from 'vitest';
import { CALL_TRIES_MAX, nextTry, type Step } from '../../../bench/load/aggregate/steps.ts';

/** How often a call is made that is always turned away. */
function callsOf(step: Step, isFailing: boolean): number {
  let calls = 1;
  for (let next = nextTry(step, 0, isFailing); next !== undefined; next = nextTry(step, next.tries, isFailing)) calls++;
  return calls;
}

describe('calls that are turned away', () => {
  it('are tried five times, and over again where the engine repeats them', () => {
    expect(
      (['send', 'query', 'lease', 'remove', 'clear', 'discard'] as const).map((step) => callsOf(step, false)),
    ).toEqual([5, 5, 5, 5, 5, 5]);
    expect((['mark', 'disown', 'ack'] as const).map((step) => callsOf(step, false))).toEqual([
      CALL_TRIES_MAX,
      CALL_TRIES_MAX,
      CALL_TRIES_MAX,
    ]);
  });

  it('are not repeated by the store where it gave no answer to a condition', () => {
    expect(callsOf('remove', true)).toBe(1);
    expect(callsOf('ack', true)).toBe(8);
    expect(callsOf('send', true)).toBe(5);
  });

  it('pause longer with each try, and not at all before the engine begins anew', () => {
    const pauses = [0, 1, 2, 3, 4, 5].map((tries) => nextTry('ack', tries, false)?.pauseMsMax);

    expect(pauses).toEqual([50, 100, 200, 400, 0, 50]);
  });
});
