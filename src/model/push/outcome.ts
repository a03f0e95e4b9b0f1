/**
 * How a call of a target ended, as far as its transport tells.
 *
 * `status` comes with a status code of HTTP, `refused` with an error of AWS too; all others name what went wrong.
 */
export type CallEnd =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  | { readonly kind: CallFailure };

export type CallFailure =
  | 'addressRefused'
  | 'notSigned'
  | 'nameNotResolved'
  | 'notConnected'
  | 'tlsFailed'
  | 'notLoaded'
  | 'handlerFailed'
  | 'handlerExited'
  | 'handlerStopped'
  | 'timedOut'
  | 'answerCut';

/**
 * - `done`: the messages reached the target, and its answer says so
 * - `target`: the target's fault. The receive does not count, and calls pause
 * - `message`: the fault of these messages. The receive counts
 * - `unclear`: the target may still work on them. The receive counts, and the lease runs out
 */
export type Verdict = 'done' | 'target' | 'message' | 'unclear';

const FAILURES: Readonly<Record<CallFailure, Verdict>> = {
  addressRefused: 'target',
  // Its keys cannot be read: an endpoint that verifies would refuse the request.
  notSigned: 'target',
  nameNotResolved: 'target',
  notConnected: 'target',
  tlsFailed: 'target',
  notLoaded: 'target',
  handlerFailed: 'message',
  handlerExited: 'message',
  // Another call of its process took too long.
  handlerStopped: 'target',
  timedOut: 'unclear',
  answerCut: 'unclear',
};

/** Statuses that do not follow their class. */
const STATUSES: Readonly<Record<number, Verdict>> = {
  401: 'target',
  403: 'target',
  404: 'target',
  405: 'target',
  407: 'target',
  408: 'target',
  410: 'target',
  425: 'target',
  429: 'target',
  502: 'unclear',
  503: 'target',
  504: 'unclear',
};

/** Errors of Lambda and SQS that blame the messages. */
const REFUSED_MESSAGES: ReadonlySet<string> = new Set([
  'RequestTooLargeException',
  'SerializedRequestEntityTooLargeException',
  'InvalidRequestContentException',
  // The messages go round in circles over other services of AWS.
  'RecursiveInvocationException',
  'BatchRequestTooLong',
  'InvalidMessageContents',
]);

/** Errors with a status of the class 5xx after which the function surely did not run. */
const NOT_RUN: ReadonlySet<string> = new Set([
  'EC2AccessDeniedException',
  'EC2ThrottledException',
  'EC2UnexpectedException',
  'ENILimitReachedException',
  'ENINotReadyException',
  'InvalidRuntimeException',
  'InvalidSecurityGroupIDException',
  'InvalidSubnetIDException',
  'InvalidZipFileException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
  'ResourceNotReadyException',
  'SubnetIPAddressLimitReachedException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
]);

/** The verdict on a call: the one table of outcomes. */
export function verdictOn(end: CallEnd): Verdict {
  if (end.kind === 'refused') return verdictOnRefusal(end);
  if (end.kind !== 'status') return FAILURES[end.kind];
  const { status } = end;
  const known = STATUSES[status];
  if (known !== undefined) return known;
  if (status >= 200 && status < 300) return 'done';
  // Redirects are not followed, so the target is not where the subscription says.
  return status < 400 ? 'target' : 'message';
}

/** An unknown error below 500 is that of a configuration: the messages wait until someone mends it. */
function verdictOnRefusal({ status, code }: { readonly status: number; readonly code: string }): Verdict {
  if (REFUSED_MESSAGES.has(code)) return 'message';
  return status < 500 || NOT_RUN.has(code) ? 'target' : 'unclear';
}
