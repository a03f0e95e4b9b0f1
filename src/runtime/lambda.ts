import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { AccessKeys } from '../engine/index.ts';
import type { Caller } from '../ports/caller.ts';
import type { HttpEvent, HttpResult } from '../ports/http-event.ts';
import { answerKeys } from '../protocols/keys/answer.ts';
import type { RestHost } from '../protocols/rest/action.ts';
import type { ActionTable } from '../protocols/rest/action-table.ts';
import { answerRest, internalError, refuseForeign } from '../protocols/rest/answer.ts';
import type { SqsHost } from '../protocols/sqs/action.ts';
import { answerSqs, internalFailure } from '../protocols/sqs/answer.ts';
import { withPlainBody } from './content-encoding.ts';
import type { KeyCheck } from './key-check.ts';
import type { Log } from './log.ts';

/** What a host tells beside the event: Lambda its context, the local server who is calling. */
export type HostContext = Partial<Context> & { readonly caller?: Caller };

export type RestHandler = (event: HttpEvent, context: HostContext) => Promise<HttpResult>;

/** Lambda takes 6 MB of JSON, in which a character of a text answer takes up to 7 bytes; Base64 takes a third more. */
const TEXT_LENGTH_MAX = Math.floor((6 * 1_000_000) / 7);

/** The function that answers these calls: the same one behind API Gateway and behind the local server. */
export function restHandler(host: RestHost & { readonly actions: ActionTable }, log: Log): RestHandler {
  return layered(
    async (event, { caller }) => refuseForeign(event) ?? (await answerRest(host, await withPlainBody(event), caller)),
    (event) => internalError(event.requestContext.requestId),
    log,
  );
}

/** The function that answers SQS clients; likewise. With a check it lets in only what a key signed. */
export function sqsHandler(host: SqsHost, log: Log, check?: KeyCheck): RestHandler {
  const answer: RestHandler = async (event, { caller }) =>
    refuseForeign(event) ??
    // What was signed is the body as it was sent.
    (await answerSqs(host, await withPlainBody(event), {
      caller,
      authenticate: check && (() => check.check(event, 'sqs')),
    }));
  return layered(answer, internalFailure, log);
}

/** The function that gives out access keys; likewise. */
export function keysHandler(keys: AccessKeys, log: Log): RestHandler {
  return layered(
    async (event) => refuseForeign(event) ?? (await answerKeys(keys, await withPlainBody(event))),
    (event) => internalError(event.requestContext.requestId),
    log,
  );
}

function layered(answer: RestHandler, answerBug: (event: HttpEvent) => HttpResult, log: Log): RestHandler {
  return middy(answer).use(bugGuard(answerBug, log)).use(finishing(log)) as RestHandler;
}

type Layer = MiddlewareObj<HttpEvent, HttpResult>;

/** Answers a bug with its id alone, and logs it. */
function bugGuard(answerBug: (event: HttpEvent) => HttpResult, log: Log): Layer {
  return {
    onError: (request) => {
      const { requestId } = request.event.requestContext;
      log.error('callFailed', request.error, { requestId, call: callOf(request.event) });
      request.response = answerBug(request.event);
    },
  };
}

/** What is done to each answer; one layer, for each of them makes every call wait a little. */
function finishing(log: Log): Layer {
  return {
    after: (request) => {
      const { event, response } = request;
      if (response === null) return;
      if (response.statusCode >= 500 || response.statusCode === 429) logProblem(log, event, response.statusCode);
      if (response.body.length > TEXT_LENGTH_MAX) request.response = inBase64(response);
    },
  };
}

/** Logs a call that the service, not the caller, is to blame for. */
function logProblem(log: Log, event: HttpEvent, status: number): void {
  log.warn('callRefused', { requestId: event.requestContext.requestId, call: callOf(event), status });
}

/** An answer that might grow too large as text grows less in Base64. */
const inBase64 = (response: HttpResult): HttpResult => ({
  ...response,
  body: Buffer.from(response.body).toString('base64'),
  isBase64Encoded: true,
});

const callOf = ({ requestContext, rawPath }: HttpEvent): string => `${requestContext.http.method} ${rawPath}`;
