import type { Context } from 'aws-lambda';
import type { AccessKeys } from '../engine/index.ts';
import type { Caller } from '../ports/caller.ts';
import type { HttpEvent, HttpResult } from '../ports/http-event.ts';
import { answerKeys } from '../protocols/keys/answer.ts';
import type { RestHost } from '../protocols/rest/action.ts';
import type { ActionTable } from '../protocols/rest/action-table.ts';
import { answerRest, answerUnrouted, internalError, refuseForeign } from '../protocols/rest/answer.ts';
import type { SqsHost } from '../protocols/sqs/action.ts';
import { answerSqs, internalFailure } from '../protocols/sqs/answer.ts';
import { withPlainBody } from './content-encoding.ts';
import type { KeyCheck } from './key-check.ts';
import type { Log } from './log.ts';

/** What a host adds to the event: Lambda its context, the local server the caller. */
export type HostContext = Partial<Context> & { readonly caller?: Caller };

export type RestHandler = (event: HttpEvent, context: HostContext) => Promise<HttpResult>;

/** Lambda takes 6 MB of JSON, in which a character of text takes up to 7 bytes; Base64 takes a third more. */
const TEXT_LENGTH_MAX = Math.floor((6 * 1_000_000) / 7);

/** The function that answers REST calls, both behind API Gateway and in the local server. */
export function restHandler(host: RestHost & { readonly actions: ActionTable }, log: Log): RestHandler {
  return guarded(
    async (event, { caller }) => refuseForeign(event) ?? (await answerRest(host, await withPlainBody(event), caller)),
    (event) => internalError(event.requestContext.requestId),
    log,
  );
}

/** The function that answers calls to no route of a gateway: 404, and the right path where it knows it. */
export function unroutedHandler(log: Log): RestHandler {
  return guarded(
    async (event) => refuseForeign(event) ?? answerUnrouted(event),
    (event) => internalError(event.requestContext.requestId),
    log,
  );
}

/** The function that answers SQS clients, in both hosts. With a check it admits only calls signed by a key. */
export function sqsHandler(host: SqsHost, log: Log, check?: KeyCheck): RestHandler {
  const answer: RestHandler = async (event, { caller }) =>
    refuseForeign(event) ??
    // The signature covers the body as it was sent.
    (await answerSqs(host, await withPlainBody(event), {
      caller,
      authenticate: check && (() => check.check(event, 'sqs')),
    }));
  return guarded(answer, internalFailure, log);
}

/** The function that issues access keys, in both hosts. */
export function keysHandler(keys: AccessKeys, log: Log): RestHandler {
  return guarded(
    async (event) => refuseForeign(event) ?? (await answerKeys(keys, await withPlainBody(event))),
    (event) => internalError(event.requestContext.requestId),
    log,
  );
}

/** What happens around each answer: a bug is logged and answered with its id alone; problems are logged. */
function guarded(answer: RestHandler, answerBug: (event: HttpEvent) => HttpResult, log: Log): RestHandler {
  return async (event, context) => {
    try {
      const result = await answer(event, context);
      if (result.statusCode >= 500 || result.statusCode === 429) logProblem(log, event, result.statusCode);
      return result.body.length > TEXT_LENGTH_MAX ? inBase64(result) : result;
    } catch (error) {
      const { requestId } = event.requestContext;
      log.error('callFailed', error, { requestId, call: callOf(event) });
      return answerBug(event);
    }
  };
}

/** Logs a call that failed through the service's fault. */
function logProblem(log: Log, event: HttpEvent, status: number): void {
  log.warn('callRefused', { requestId: event.requestContext.requestId, call: callOf(event), status });
}

/** Large text answers grow less in Base64. */
const inBase64 = (response: HttpResult): HttpResult => ({
  ...response,
  body: Buffer.from(response.body).toString('base64'),
  isBase64Encoded: true,
});

const callOf = ({ requestContext, rawPath }: HttpEvent): string => `${requestContext.http.method} ${rawPath}`;
