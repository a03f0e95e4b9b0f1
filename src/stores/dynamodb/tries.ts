import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

/** More tries would not help: a caller goes to another shard, or reports to its own caller, well within a second. */
export const TRIES_MAX = 5;
/** No try begins later than this after the first, so that a try that timed out is the last. */
export const CALL_TRYING_MS_MAX = 1_000;
/** The pause before the second try, in milliseconds; each further one doubles. */
const FIRST_PAUSE_MS = 50;

/** The longest pause before a try, in milliseconds; the first one has number 0 and no pause. */
export const pauseMsMax = (number: number): number => (number === 0 ? 0 : FIRST_PAUSE_MS * 2 ** (number - 1));

/** Yields for each try: at once, then after pauses that double and vary, so that callers do not return together. */
export async function* tries(ports: { readonly clock: Clock; readonly random: Random }): AsyncGenerator<void> {
  const startMs = ports.clock.nowMs();
  for (let number = 0; number < TRIES_MAX; number++) {
    if (number > 0) await ports.clock.sleep(Math.ceil(ports.random.next() * pauseMsMax(number)));
    if (ports.clock.nowMs() - startMs > CALL_TRYING_MS_MAX) return;
    yield;
  }
}
