import type { Error as ErrorAnswer } from './api.d.ts';

/** A code of the API, or one that only a client sees: no answer came, or one that the API never gives. */
export type ErrorCode = ErrorAnswer['error']['code'] | 'unreachable' | 'unexpectedAnswer';

interface ErrorDetails {
  readonly code: ErrorCode;
  readonly message: string;
  readonly status?: number;
  readonly field?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly searched?: ErrorAnswer['searched'];
  readonly cause?: unknown;
}

/** A failed call. `code` is stable and `field` names the wrong part of the request, like `messages[3].body`. */
export class RewindMqError extends Error {
  readonly code: ErrorCode;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly field: string | undefined;
  readonly requestId: string | undefined;
  /** The answer's `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** How far a search got that found nothing. */
  readonly searched: ErrorAnswer['searched'];

  constructor({ code, message, status = 0, field, requestId, retryAfterMs, searched, cause }: ErrorDetails) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'RewindMqError';
    this.code = code;
    this.status = status;
    this.field = field;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.searched = searched;
  }
}

/** The error in an answer. Gateways answer some calls themselves, in a form of their own. */
export function errorOfAnswer(status: number, text: string, retryAfter: string | null): RewindMqError {
  const retryAfterMs = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : undefined;
  const told = errorIn(text);
  if (told !== undefined) return new RewindMqError({ ...told, status, retryAfterMs });
  const message = `the server answered ${status}: ${text.slice(0, 200)}`;
  return new RewindMqError({
    code: CODES_OF_GATEWAYS.get(status) ?? 'unexpectedAnswer',
    message,
    status,
    retryAfterMs,
  });
}

const CODES_OF_GATEWAYS = new Map<number, ErrorCode>([
  [403, 'accessDenied'],
  [404, 'notFound'],
  [413, 'tooLarge'],
  [429, 'throttled'],
  [500, 'internalError'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'unavailable'],
]);

function errorIn(text: string): (ErrorAnswer['error'] & Pick<ErrorAnswer, 'searched'>) | undefined {
  try {
    const { error, searched } = JSON.parse(text) as Partial<ErrorAnswer>;
    return typeof error?.code === 'string' && typeof error.message === 'string' ? { ...error, searched } : undefined;
  } catch {
    return undefined;
  }
}
