/**
 * States what callers must have ensured. A failure is a bug of ours, never a caller's mistake.
 *
 * @param message - put together beforehand, so that asserting costs nothing where each byte does it
 * @param given - what the message speaks of
 */
export function assert(condition: unknown, message: string, given?: string | number): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}${given === undefined ? '' : `; given: ${given}`}`);
}
