import { QueueError } from '../model/errors.ts';
import type { HttpEvent, HttpResult } from '../ports/http-event.ts';
import { isConsolePath } from './console-pages.ts';
import type { RestHandler } from './lambda.ts';

export interface PageAccess {
  /** Origins whose pages may call, as {@link originIn} gives them. */
  readonly origins: readonly string[];
  /** Host names that may address the server besides those of this machine, as {@link hostIn} gives them. */
  readonly hosts: readonly string[];
  /** Calls are signed: no page can sign one, whatever name it finds the server by. */
  readonly isKeyed: boolean;
}

const LOOPBACK = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const PORT = /:\d+$/;
/** How long a browser may cache a preflight answer. */
const PREFLIGHT_SECONDS = '600';

/**
 * Keeps web pages from calling a server on this machine. A browser lets any page send requests to it, and an attacker's
 * host name can point to it. So requests with a foreign origin or host are refused. Programs send no origin.
 */
export function guardedFromPages(handler: RestHandler, access: PageAccess): RestHandler {
  return async (event, context) => {
    const { origin } = event.headers;
    const message = refusalOf(event, access);
    if (message !== undefined)
      return await handler({ ...event, refused: new QueueError('AccessDenied', message) }, context);
    if (origin === undefined || !access.origins.includes(origin)) return await handler(event, context);
    const answer = isPreflight(event) ? preflight(event) : await handler(event, context);
    return { ...answer, headers: { ...answer.headers, ...allowing(origin) } };
  };
}

function refusalOf({ headers, rawPath }: HttpEvent, { origins, hosts, isKeyed }: PageAccess): string | undefined {
  const { host = '', origin } = headers;
  const name = host.replace(PORT, '').toLowerCase();
  const isKnown = host === '' || LOOPBACK.test(name) || hosts.includes(host.toLowerCase()) || hosts.includes(name);
  if (!isKeyed && !isKnown) {
    return `the host ${quoted(host)} is no name of this machine; start the server with --allow-host ${name}`;
  }
  if (origin !== undefined) {
    const isOwn = origin === `http://${host}` || origin === `https://${host}`;
    if (isOwn || origins.includes(origin)) return undefined;
    if (origin === 'null') return PAGE_WITHOUT_ORIGIN;
    return `pages of ${quoted(origin)} may not call this server; start it with --allow-origin ${origin} to let them`;
  }
  // A link to the console only shows it. It does nothing until its user does, and no page can frame it.
  const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (isVisit && isConsolePath(rawPath)) return undefined;
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site' ? FOREIGN_PAGE : undefined;
}

/** The origin in a text as browsers send it: lower case, no usual port, no slash at the end. */
export function originIn(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin, href } = new URL(text);
  return /^https?:$/.test(protocol) && href === `${origin}/` ? origin : undefined;
}

/** The host name in a text, with or without a port, in lower case. */
export const hostIn = (text: string): string | undefined =>
  /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(text) ? text.toLowerCase() : undefined;

/** For images, links and forms, which browsers send without an origin. */
const FOREIGN_PAGE =
  'a page of another site may not call this server; start it with --allow-origin and let the page use fetch';

/** Any site can show a page in a sandboxed frame, so `null` names no page that could be let in. */
const PAGE_WITHOUT_ORIGIN =
  'a page without an origin (a local file, a sandboxed frame) may not call this server; ' +
  'serve the page over HTTP and start the server with --allow-origin and that origin';

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));

const isPreflight = ({ requestContext, headers }: HttpEvent): boolean =>
  requestContext.http.method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

function preflight({ headers }: HttpEvent): HttpResult {
  const asked = headers['access-control-request-headers'];
  return {
    statusCode: 204,
    body: '',
    headers: {
      'access-control-allow-methods': 'GET, HEAD, PUT, POST, PATCH, DELETE',
      'access-control-max-age': PREFLIGHT_SECONDS,
      ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
      // Browsers that separate public and private addresses ask this before they reach a private one.
      ...(headers['access-control-request-private-network'] === 'true'
        ? { 'access-control-allow-private-network': 'true' }
        : {}),
    },
  };
}

const allowing = (origin: string): Readonly<Record<string, string>> => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'retry-after, x-amzn-requestid',
  vary: 'origin',
});
