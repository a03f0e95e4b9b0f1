import { isUtf8 } from 'node:buffer';
import type { AccessKey } from '../../model/access-key.ts';
import { REQUEST_BYTES_MAX } from '../../model/limits.ts';
import { repeatedName } from '../../model/repeated-names.ts';
import type { Caller } from '../../ports/caller.ts';
import type { HttpEvent, HttpResult } from '../../ports/http-event.ts';
import type { Action, SqsCall, SqsHost } from './action.ts';
import { ACTIONS } from './actions/index.ts';
import { SQS_ERRORS, SqsError, type SqsErrorCode, toSqsError } from './errors.ts';
import { NAME_SHOWN_MAX, readParameters, toJson } from './query.ts';
import { renderQueryJson, renderQueryJsonError } from './query-json.ts';
import { queueNameInPath } from './queue-names.ts';
import { isXmlText, renderXml, renderXmlError } from './xml.ts';

const TARGET_PREFIX = 'AmazonSQS.';
const RETRY_AFTER_SECONDS = '1';

/** A call in its wire form, not checked yet. */
interface Request {
  readonly action: Action;
  readonly input: unknown;
}

/** The key that signed a call, or why it is refused. @throws QueueError when keys cannot be read now */
export type Authenticate = () => Promise<AccessKey | keyof typeof KEY_REFUSALS>;

/**
 * Answers one call in its own form: AWS JSON 1.0, marked by its target header, or Query.
 *
 * @throws any error but a refusal: a bug, which the host logs and answers with {@link internalFailure}
 */
export async function answerSqs(
  host: SqsHost,
  event: HttpEvent,
  by: { readonly caller?: Caller | undefined; readonly authenticate?: Authenticate | undefined } = {},
): Promise<HttpResult> {
  const isXml = !isJson(event) && !wantsQueryJson(event);
  try {
    if (event.refused !== undefined) throw event.refused;
    const key = await by.authenticate?.();
    if (typeof key === 'string') throw notLetIn(key);
    if (isBareVisit(event)) return BARE_VISIT;
    const { action, input } = isJson(event) ? readJson(event) : readQuery(event);
    const answer = await action.run(callOf(host, event, { caller: by.caller, key, isXml }), input);
    return isJson(event) ? renderInJson(event, answer) : renderInQuery(event, action, answer);
  } catch (error) {
    const refusal = toSqsError(error);
    if (refusal === undefined) throw error;
    return renderError(event, refusal);
  }
}

/** The answer to a call that met a bug. */
export function internalFailure(event: HttpEvent): HttpResult {
  const message = 'The request processing has failed because of an unknown error, exception or failure.';
  return renderError(event, new SqsError('InternalFailure', message));
}

/** Refusals of unauthenticated calls, in SQS's words. */
const KEY_REFUSALS = {
  missing: ['MissingAuthenticationTokenException', 'Request is missing Authentication Token'],
  incomplete: ['IncompleteSignatureException', 'The request signature does not conform to AWS standards.'],
  unknownKey: ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  wrongSignature: [
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ],
  expired: [
    'InvalidSignatureException',
    'Signature expired: it is older than 15 minutes, or than the time for which it was presigned.',
  ],
  notYet: ['InvalidSignatureException', 'Signature not yet current: its date is more than 15 minutes ahead.'],
  wrongScope: ['InvalidSignatureException', "Credential should be scoped to correct service: 'sqs'."],
} as const satisfies Record<string, readonly [SqsErrorCode, string]>;

function notLetIn(reason: keyof typeof KEY_REFUSALS): SqsError {
  const [code, message] = KEY_REFUSALS[reason];
  return new SqsError(code, message);
}

const isJson = ({ headers }: HttpEvent): boolean =>
  headers['x-amz-target'] !== undefined || headers['content-type']?.startsWith('application/x-amz-json') === true;

/** The Query service also answers in JSON, in a form of its own. */
const wantsQueryJson = (event: HttpEvent): boolean =>
  !isJson(event) && event.headers['accept']?.includes('application/json') === true;

/** A browser or a probe visits the URL of a queue. */
const isBareVisit = ({ rawPath, rawQueryString, requestContext }: HttpEvent): boolean =>
  requestContext.http.method === 'GET' && rawQueryString === '' && queueNameInPath(rawPath) !== undefined;

const BARE_VISIT: HttpResult = {
  statusCode: 404,
  headers: { 'content-type': 'text/xml' },
  body: '<UnknownOperationException/>',
};

/** A gateway gives each call a trace with only a root; a trace with a parent comes from the caller. */
function traceOf({ headers, requestContext }: HttpEvent): string | undefined {
  const trace = headers['x-amzn-trace-id'];
  const isOfGateway = requestContext.apiId !== undefined && trace?.includes('Parent=') !== true;
  return trace === undefined || trace === '' || isOfGateway || !isXmlText(trace) ? undefined : trace;
}

function callOf(host: SqsHost, event: HttpEvent, more: Pick<SqsCall, 'caller' | 'key' | 'isXml'>): SqsCall {
  const { headers, rawPath } = event;
  const scheme = headers['x-forwarded-proto'] ?? 'http';
  const origin = `${scheme}://${headers['host'] ?? 'localhost'}`;
  return { host, origin, queueInPath: queueNameInPath(rawPath), trace: traceOf(event), ...more };
}

function readJson(event: HttpEvent): Request {
  const target = event.headers['x-amz-target'] ?? '';
  const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : undefined;
  const action = name === undefined ? undefined : ACTIONS.get(name);
  if (action === undefined || event.requestContext.http.method !== 'POST') {
    throw new SqsError('UnknownOperationException', 'The requested operation is not known; target must name one.');
  }
  const body = bodyOf(event, 'SerializationException');
  return { action, input: body === '' ? {} : parseJson(body) };
}

function parseJson(body: string): unknown {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SqsError('SerializationException', 'The body is not JSON.');
  }
  // `JSON.parse` keeps the last value of a name; the others would be lost without notice.
  const repeated = repeatedName(body)?.join('.').slice(0, NAME_SHOWN_MAX);
  if (repeated === undefined) return input;
  throw new SqsError('SerializationException', `The member ${repeated} is given more than once.`);
}

function readQuery(event: HttpEvent): Request {
  const { method } = event.requestContext.http;
  const parameters = readParameters(
    event.rawQueryString,
    method === 'GET' ? '' : bodyOf(event, 'MalformedQueryString'),
  );
  const name = parameters.inner.get('Action')?.text;
  if (name === undefined) throw new SqsError('MissingAction', 'The request must contain the parameter Action.');
  const action = ACTIONS.get(name);
  const isHere = queueNameInPath(event.rawPath) === undefined || !isOfAccount(name);
  if (action === undefined || !isHere || (method !== 'GET' && method !== 'POST')) {
    const shown = name.slice(0, NAME_SHOWN_MAX);
    throw new SqsError('UnknownOperationException', `The action ${shown} is not valid for this endpoint.`);
  }
  return { action, input: toJson(action.input, parameters) };
}

/** Calls that name no queue; a queue's own URL does not answer them. */
const isOfAccount = (action: string): boolean => action === 'CreateQueue' || action === 'ListQueues';

/** @throws SqsError `RequestEntityTooLargeException`; `notUtf8` for bytes that are no text: they would be altered */
function bodyOf({ body = '', isBase64Encoded, headers }: HttpEvent, notUtf8: SqsErrorCode): string {
  // The host stops reading at the limit and passes on only the length it saw.
  if (Number(headers['content-length'] ?? 0) > REQUEST_BYTES_MAX || body.length > REQUEST_BYTES_MAX * 2) {
    const message = `Request size exceeds the limit of ${REQUEST_BYTES_MAX} bytes.`;
    throw new SqsError('RequestEntityTooLargeException', message);
  }
  if (isBase64Encoded !== true) return body;
  const bytes = Buffer.from(body, 'base64');
  if (!isUtf8(bytes)) throw new SqsError(notUtf8, 'The body is not UTF-8.');
  return bytes.toString('utf8');
}

function renderInJson({ requestContext }: HttpEvent, answer: object | undefined): HttpResult {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestContext.requestId };
  return { statusCode: 200, headers, body: answer === undefined ? '' : JSON.stringify(answer) };
}

function renderInQuery(event: HttpEvent, { name }: Action, answer: object | undefined): HttpResult {
  const { requestId } = event.requestContext;
  const body = wantsQueryJson(event) ? renderQueryJson(name, answer, requestId) : renderXml(name, answer, requestId);
  return { statusCode: 200, headers: queryHeaders(event), body };
}

const queryHeaders = (event: HttpEvent): Readonly<Record<string, string>> => ({
  'content-type': wantsQueryJson(event) ? 'application/json' : 'text/xml',
  'x-amzn-requestid': event.requestContext.requestId,
});

/** SQS leaves retries to the client's own pauses; this header changes the pause of clients that read it. */
const retryHeaders = ({ code }: SqsError): Readonly<Record<string, string>> =>
  code === 'RequestThrottled' || code === 'ServiceUnavailableException' ? { 'retry-after': RETRY_AFTER_SECONDS } : {};

function renderError(event: HttpEvent, error: SqsError): HttpResult {
  const { requestId } = event.requestContext;
  const wire: (typeof SQS_ERRORS)[keyof typeof SQS_ERRORS] = SQS_ERRORS[error.code];
  if (!isJson(event)) {
    const headers = { ...queryHeaders(event), ...retryHeaders(error) };
    const render = wantsQueryJson(event) ? renderQueryJsonError : renderXmlError;
    return { statusCode: wire.status, headers, body: render(error, requestId) };
  }
  const namespace = 'isOfFramework' in wire ? 'com.amazon.coral.service' : 'com.amazonaws.sqs';
  return {
    statusCode: wire.status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': requestId,
      'x-amzn-query-error': `${wire.query};${error.isSenderFault ? 'Sender' : 'Receiver'}`,
      ...retryHeaders(error),
    },
    body: JSON.stringify({ __type: `${namespace}#${error.code}`, message: error.message }),
  };
}
