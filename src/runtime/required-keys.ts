import { type AccessKey, allows, isOperator, reaches } from '../model/access-key.ts';
import type { HttpEvent, HttpResult } from '../ports/http-event.ts';
import type { KeyCheck, Refused } from './key-check.ts';
import type { RestHandler } from './lambda.ts';

const OPEN = ['/health', '/ready'];

/** Admits only calls signed by a key for REST, as IAM does in a deployment; `/health` and `/ready` need none. */
export function restByKey(handler: RestHandler, check: KeyCheck): RestHandler {
  return async (event, context) => {
    if (OPEN.includes(event.rawPath) || event.refused !== undefined) return await handler(event, context);
    const key = await check.check(event, 'execute-api');
    if (typeof key === 'string') return refusal(event, REASONS[key]);
    context.caller?.signedBy?.(key.id);
    return mayCall(key, event)
      ? await handler(event, context)
      : refusal(event, `the key ${key.id} does not allow this`);
  };
}

const REASONS: Readonly<Record<Refused, string>> = {
  missing: 'the call is not signed; sign it with an access key (AWS Signature Version 4, service execute-api)',
  incomplete: 'the signature is not complete',
  unknownKey: 'there is no such access key',
  wrongSignature: 'the signature does not match',
  expired: 'the signature has expired: it is older than 15 minutes, or than the time for which it was presigned',
  notYet: 'the date of the signature is more than 15 minutes ahead of the clock of the server',
  wrongScope: 'the signature is for another service; it must be for execute-api',
};

const SENDING = /^\/queues\/[^/]+\/messages$/;
const RECEIVING = /^\/queues\/[^/]+\/(receive|delete|visibility)$/;
const QUEUE = /^\/queues\/([^/]+)/;

/** A read needs any key of the queue, a write its right. A call about no single queue needs a key for all queues. */
function mayCall(key: AccessKey, { rawPath, requestContext }: HttpEvent): boolean {
  const { method } = requestContext.http;
  const queue = QUEUE.exec(rawPath)?.[1];
  if (queue === undefined) return rawPath === '/openapi.json' || isOperator(key);
  if (method === 'GET' || method === 'HEAD') return reaches(key, queue);
  if (method === 'POST' && SENDING.test(rawPath)) return allows(key, 'send', queue);
  return allows(key, method === 'POST' && RECEIVING.test(rawPath) ? 'receive' : 'manage', queue);
}

function refusal({ requestContext: { requestId } }: HttpEvent, message: string): HttpResult {
  const body = JSON.stringify({ error: { code: 'accessDenied', message, requestId } });
  return { statusCode: 403, headers: { 'content-type': 'application/json' }, body };
}
