import { EXIT, type ExitCode } from '../rules/exit-codes.ts';
import type { Io } from './io.ts';

/** The interrupts of a run: the first one lets a command finish what it has in hand, the second one stops it. */
export interface Interrupts {
  readonly first: AbortSignal;
  readonly second: AbortSignal;
  /** Resolves at the second one. */
  readonly stopped: Promise<ExitCode>;
  close(): void;
}

export function openInterrupts(io: Io): Interrupts {
  const first = new AbortController();
  const second = new AbortController();
  const close = io.onInterrupt(() => (first.signal.aborted ? second : first).abort());
  const stopped = new Promise<ExitCode>((resolve) =>
    second.signal.addEventListener('abort', () => resolve(EXIT.interrupted), { once: true }),
  );
  return { first: first.signal, second: second.signal, stopped, close };
}
