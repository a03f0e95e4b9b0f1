/** Every refusal there is. Each protocol maps the whole table to its wire form, so a new code cannot be forgotten. */
export const QUEUE_ERRORS = {
  QueueNotFound: { fault: 'caller', retryable: false },
  QueueExists: { fault: 'caller', retryable: false },
  QueueInUse: { fault: 'caller', retryable: false },
  InvalidField: { fault: 'caller', retryable: false },
  NotFound: { fault: 'caller', retryable: false },
  NothingToUndo: { fault: 'caller', retryable: false },
  NotRunning: { fault: 'caller', retryable: false },
  Conflict: { fault: 'caller', retryable: true },
  AccessDenied: { fault: 'caller', retryable: false },
  TooLarge: { fault: 'caller', retryable: false },
  Throttled: { fault: 'service', retryable: true },
  DiskFull: { fault: 'service', retryable: true },
  Unavailable: { fault: 'service', retryable: true },
} as const satisfies Record<string, { fault: 'caller' | 'service'; retryable: boolean }>;

export type QueueErrorCode = keyof typeof QUEUE_ERRORS;

/** A refusal in the caller's words: what was wrong, what was given, what is allowed. */
export class QueueError extends Error {
  readonly code: QueueErrorCode;
  /** Path of the field at fault, as in the request: `messages[3].body`. */
  readonly field: string | undefined;

  constructor(code: QueueErrorCode, message: string, options: { field?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'QueueError';
    this.code = code;
    this.field = options.field;
  }
}

/** Refuses one field of a call. */
export const invalidField = (field: string, message: string): QueueError =>
  new QueueError('InvalidField', message, { field });
