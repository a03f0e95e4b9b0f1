import { QueueError, type QueueErrorCode } from '../../model/errors.ts';

interface WireError {
  /** The code in XML, and in the header that carries the legacy code to JSON clients. */
  readonly query: string;
  readonly status: number;
  /** Comes from the framework under SQS, so JSON uses another namespace. */
  readonly isOfFramework?: true;
}

const PREFIX = 'AWS.SimpleQueueService.';

/** Every refusal of this protocol by its type name in JSON. */
export const SQS_ERRORS = {
  BatchEntryIdsNotDistinct: { query: `${PREFIX}BatchEntryIdsNotDistinct`, status: 400 },
  BatchRequestTooLong: { query: `${PREFIX}BatchRequestTooLong`, status: 400 },
  EmptyBatchRequest: { query: `${PREFIX}EmptyBatchRequest`, status: 400 },
  InvalidAttributeName: { query: 'InvalidAttributeName', status: 400 },
  InvalidAttributeValue: { query: 'InvalidAttributeValue', status: 400 },
  InvalidBatchEntryId: { query: `${PREFIX}InvalidBatchEntryId`, status: 400 },
  InvalidMessageContents: { query: 'InvalidMessageContents', status: 400 },
  InvalidParameterValueException: { query: 'InvalidParameterValue', status: 400 },
  MissingRequiredParameterException: { query: 'MissingParameter', status: 400 },
  OverLimit: { query: 'OverLimit', status: 403 },
  PurgeQueueInProgress: { query: `${PREFIX}PurgeQueueInProgress`, status: 403 },
  QueueDeletedRecently: { query: `${PREFIX}QueueDeletedRecently`, status: 400 },
  QueueDoesNotExist: { query: `${PREFIX}NonExistentQueue`, status: 400 },
  QueueNameExists: { query: 'QueueAlreadyExists', status: 400 },
  ReceiptHandleIsInvalid: { query: 'ReceiptHandleIsInvalid', status: 404 },
  RequestThrottled: { query: 'RequestThrottled', status: 403 },
  ResourceNotFoundException: { query: 'ResourceNotFoundException', status: 404 },
  TooManyEntriesInBatchRequest: { query: `${PREFIX}TooManyEntriesInBatchRequest`, status: 400 },
  UnsupportedOperation: { query: `${PREFIX}UnsupportedOperation`, status: 400 },
  AccessDeniedException: { query: 'AccessDenied', status: 403, isOfFramework: true },
  IncompleteSignatureException: { query: 'IncompleteSignature', status: 400, isOfFramework: true },
  InternalFailure: { query: 'InternalError', status: 500, isOfFramework: true },
  InvalidSignatureException: { query: 'SignatureDoesNotMatch', status: 403, isOfFramework: true },
  MalformedQueryString: { query: 'MalformedQueryString', status: 404, isOfFramework: true },
  MissingAction: { query: 'MissingAction', status: 400, isOfFramework: true },
  MissingAuthenticationTokenException: { query: 'MissingAuthenticationToken', status: 403, isOfFramework: true },
  RequestEntityTooLargeException: { query: 'RequestEntityTooLarge', status: 413, isOfFramework: true },
  SerializationException: { query: 'MalformedInput', status: 400, isOfFramework: true },
  ServiceUnavailableException: { query: 'ServiceUnavailable', status: 503, isOfFramework: true },
  UnknownOperationException: { query: 'InvalidAction', status: 400, isOfFramework: true },
  UnrecognizedClientException: { query: 'InvalidClientTokenId', status: 403, isOfFramework: true },
} as const satisfies Record<string, WireError>;

export type SqsErrorCode = keyof typeof SQS_ERRORS;

const SQS_CODES = {
  QueueNotFound: 'QueueDoesNotExist',
  QueueExists: 'QueueNameExists',
  QueueInUse: 'UnsupportedOperation',
  InvalidField: 'InvalidParameterValueException',
  NotFound: 'ResourceNotFoundException',
  NothingToUndo: 'UnsupportedOperation',
  NotRunning: 'UnsupportedOperation',
  Conflict: 'RequestThrottled',
  AccessDenied: 'AccessDeniedException',
  TooLarge: 'InvalidParameterValueException',
  Throttled: 'RequestThrottled',
  // SQS has no such error; clients retry this one.
  DiskFull: 'ServiceUnavailableException',
  Unavailable: 'ServiceUnavailableException',
} as const satisfies Record<QueueErrorCode, SqsErrorCode>;

/** A refusal in SQS's words, which clients and people compare. */
export class SqsError extends Error {
  readonly code: SqsErrorCode;

  constructor(code: SqsErrorCode, message: string) {
    super(message);
    this.name = 'SqsError';
    this.code = code;
  }

  /** Whether the caller is to blame; a batch reports it for each entry. */
  get isSenderFault(): boolean {
    return SQS_ERRORS[this.code].status < 500 && this.code !== 'RequestThrottled';
  }
}

export const NO_SUCH_QUEUE = 'The specified queue does not exist.';
/** XML's text; JSON has another. */
export const NO_SUCH_QUEUE_IN_XML = 'The specified queue does not exist for this wsdl version.';

/** Turns any refusal into this protocol's form; `undefined` for a bug. */
export function toSqsError(error: unknown): SqsError | undefined {
  if (error instanceof SqsError) return error;
  if (!(error instanceof QueueError)) return undefined;
  return new SqsError(SQS_CODES[error.code], error.code === 'QueueNotFound' ? NO_SUCH_QUEUE : error.message);
}

export function invalidValue(parameter: string, value: string | number, reason: string): SqsError {
  const message = `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`;
  return new SqsError('InvalidParameterValueException', message);
}

export const missing = (parameter: string): SqsError =>
  new SqsError('MissingRequiredParameterException', `The request must contain the parameter ${parameter}.`);

/** An attribute of a queue that does not exist or cannot be set. */
export const unknownAttribute = (name: string): SqsError =>
  new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
