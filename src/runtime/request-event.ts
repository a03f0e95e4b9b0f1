import { randomUUID } from 'node:crypto';
import { QueueError } from '../model/errors.ts';
import { BODY_BYTES_UNDER_WAY_MAX } from '../model/limits.ts';
import type { HttpEvent } from '../ports/http-event.ts';
import type { PlainRequest } from './plain-request.ts';
import type { BodyOutcome } from './request-body.ts';

/** The event API Gateway would make of the request; it gives the reason if the body was not taken. */
export function toEvent(request: Omit<PlainRequest, 'body'>, body: Exclude<BodyOutcome, 'gone'>): HttpEvent {
  const { method, target, headers } = request;
  const queryAt = target.indexOf('?');
  const isText = typeof body === 'object';
  return {
    routeKey: '$default',
    rawPath: queryAt === -1 ? target : target.slice(0, queryAt),
    rawQueryString: queryAt === -1 ? '' : target.slice(queryAt + 1),
    headers: typeof body === 'number' ? { ...headers, 'content-length': String(body) } : headers,
    body: isText ? body.body : undefined,
    isBase64Encoded: isText && body.isBase64Encoded,
    requestContext: new RequestContext(method),
    refused: body === 'tooMuchUnderWay' ? TOO_MUCH_UNDER_WAY : undefined,
  };
}

const TOO_MUCH_UNDER_WAY = new QueueError(
  'Unavailable',
  `the server holds ${BODY_BYTES_UNDER_WAY_MAX} bytes of bodies under way, and this one was slowest; send it again`,
);

/** Clients of a proxy send the whole URL; the part after its host is the path. */
export const originForm = (target: string): string => target.replace(/^https?:\/\/[^/?#]*\/?/i, '/');

/** Draws the request's id on first use: most answers do not carry it. */
class RequestContext {
  readonly http: { readonly method: string };
  #requestId: string | undefined;

  constructor(method: string) {
    this.http = { method };
  }

  get requestId(): string {
    this.#requestId ??= randomUUID();
    return this.#requestId;
  }
}

/** The path of a target, without its query. */
export const pathOf = (target: string): string => target.split('?', 1)[0] ?? '/';
