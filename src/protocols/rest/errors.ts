import { QueueError, type QueueErrorCode } from '../../model/errors.ts';

/** Every code of an answer, with its status. Codes are a contract: they are never renamed. */
export const REST_ERRORS = {
  invalidJson: 400,
  invalidField: 400,
  accessDenied: 403,
  notFound: 404,
  queueNotFound: 404,
  methodNotAllowed: 405,
  queueExists: 409,
  queueInUse: 409,
  nothingToUndo: 409,
  notRunning: 409,
  conflict: 409,
  tooLarge: 413,
  throttled: 429,
  internalError: 500,
  unavailable: 503,
  diskFull: 507,
} as const satisfies Record<string, number>;

export type RestErrorCode = keyof typeof REST_ERRORS;
export const REST_ERROR_CODES = Object.keys(REST_ERRORS) as RestErrorCode[];

/** When to retry after `throttled` or `unavailable`, in seconds. */
export const RETRY_AFTER_SECONDS = 1;
export const isTemporary = (code: RestErrorCode): boolean => code === 'throttled' || code === 'unavailable';

const REST_CODES = {
  QueueNotFound: 'queueNotFound',
  QueueExists: 'queueExists',
  QueueInUse: 'queueInUse',
  InvalidField: 'invalidField',
  NotFound: 'notFound',
  NothingToUndo: 'nothingToUndo',
  NotRunning: 'notRunning',
  Conflict: 'conflict',
  AccessDenied: 'accessDenied',
  TooLarge: 'tooLarge',
  Throttled: 'throttled',
  DiskFull: 'diskFull',
  Unavailable: 'unavailable',
} as const satisfies Record<QueueErrorCode, RestErrorCode>;

export const restCode = (error: QueueError): RestErrorCode => REST_CODES[error.code];

/** A refusal that only this protocol has, or that carries more than a `QueueError` can. */
export class Refusal extends Error {
  readonly code: RestErrorCode;
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** The fields of the answer beside `error`. */
  readonly beside: object;

  constructor(
    code: RestErrorCode,
    message: string,
    more: { field?: string; headers?: Readonly<Record<string, string>>; beside?: object } = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.field = more.field;
    this.headers = more.headers ?? {};
    this.beside = more.beside ?? {};
  }
}

/** Turns any refusal into this protocol's form; `undefined` for a bug. */
export function toRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (!(error instanceof QueueError)) return undefined;
  return new Refusal(restCode(error), error.message, error.field === undefined ? {} : { field: error.field });
}
