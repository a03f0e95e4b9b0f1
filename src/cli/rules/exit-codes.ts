import type { ErrorCode } from '../../client/index.ts';

/** Exit codes of every command; scripts rely on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  /** A preview found something that the command would change. */
  wouldChange: 3,
  /** A part failed, or the command stopped before the end. */
  partial: 4,
  notFound: 5,
  notAllowed: 6,
  /** Throttled, unavailable or unreachable after all tries. */
  unavailable: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_ERROR: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  invalidJson: EXIT.wrongUse,
  invalidField: EXIT.wrongUse,
  tooLarge: EXIT.wrongUse,
  accessDenied: EXIT.notAllowed,
  notFound: EXIT.notFound,
  queueNotFound: EXIT.notFound,
  throttled: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  unreachable: EXIT.unavailable,
  diskFull: EXIT.unavailable,
};

/** The exit code of a failed call. */
export const exitOf = (code: ErrorCode): ExitCode => BY_ERROR[code] ?? EXIT.failed;

/** A command was called in a wrong way; the message says what is allowed. */
export class WrongUse extends Error {}

/** A failure of the command itself, with its exit code. */
export class CommandFailure extends Error {
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string) {
    super(message);
    this.exit = exit;
  }
}
