/**
 * States what callers must have ensured. A failure is a bug of ours, never a caller's mistake.
 *
 * @param message - a constant: building one would cost too much where each byte is checked
 * @param given - the value that the message is about
 */
export function assert(condition: unknown, message: string, given?: string | number): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}${given === undefined ? '' : `; given: ${given}`}`);
}
