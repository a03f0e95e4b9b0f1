import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeployedFrontDoor, DeployedRoute } from './assembly.ts';
import { NoProcessFree } from './function-pool.ts';

/** Limits of API Gateway, and then of Lambda. */
const REQUEST_BYTES_MAX = 10 * 1024 * 1024;
const EVENT_BYTES_MAX = 6 * 1024 * 1024;
/** Bodies of these types are forwarded as text, all others in Base64. */
const TEXT_TYPES = /^(text\/|application\/(json|javascript|xml))/;

type Invoke = (functionName: string, event: object) => Promise<unknown>;

interface Result {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** How strictly a gateway acts: most suites call without signatures, and a machine cannot flood at AWS's rates. */
export interface Guard {
  readonly asksForSignatures: boolean;
  /** Share of the template's throttles of routes. */
  readonly throttleShare: number;
  /** Verifies the token of a person; `undefined` refuses it. @default it refuses every token */
  readonly claimsOf?: (token: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** Acts as the template's HTTP API or function URL: real HTTP in, events of version 2.0 out. */
export class Gateway {
  readonly #door: DeployedFrontDoor;
  readonly #invoke: Invoke;
  readonly #server: Server;
  readonly #guard: Guard | undefined;
  readonly #buckets = new Map<string, TokenBucket>();

  static async open(door: DeployedFrontDoor, invoke: Invoke, guard?: Guard): Promise<Gateway> {
    const gateway = new Gateway(door, invoke, guard);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  private constructor(door: DeployedFrontDoor, invoke: Invoke, guard: Guard | undefined) {
    this.#door = door;
    this.#invoke = invoke;
    this.#guard = guard;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        (result) => respond(response, result),
        (error: unknown) =>
          respond(
            response,
            error instanceof NoProcessFree
              ? message(503, 'Service Unavailable')
              : message(500, 'Internal Server Error'),
          ),
      );
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage): Promise<Result> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (body.length > REQUEST_BYTES_MAX) return message(413, 'Request Entity Too Large');
    const [sentPath = '', rawQueryString = ''] = (request.url ?? '').split('?', 2);
    const rawPath = this.#door.kind === 'http-api' ? decoded(sentPath) : sentPath;
    const route = matched(this.#door, request.method ?? '', rawPath.split('/'));
    if (route === undefined) return message(404, 'Not Found');
    const refused = this.#refusal(route, request);
    if (refused !== undefined) return refused;
    const claims = route.authorization === 'JWT' ? await this.#claims(request) : undefined;
    if (route.authorization === 'JWT' && claims === undefined) return message(401, 'Unauthorized');
    const event = eventOf(request, { body, rawPath, rawQueryString, route, claims });
    if (JSON.stringify(event).length > EVENT_BYTES_MAX) return message(413, 'Request Too Long');
    const result = (await this.#invoke(route.functionName, event)) as Partial<Result> | undefined;
    return typeof result?.statusCode === 'number' ? (result as Result) : message(500, 'Internal Server Error');
  }

  async #claims({ headers }: IncomingMessage): Promise<Readonly<Record<string, string>> | undefined> {
    const [, token = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
    const claims = await this.#guard?.claimsOf?.(token);
    return claims && asTexts(claims);
  }

  #refusal(route: Omit<DeployedRoute, 'segments'>, { headers }: IncomingMessage): Result | undefined {
    if (this.#guard === undefined) return undefined;
    const isSigned = headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true;
    if (this.#guard.asksForSignatures && route.authorization === 'AWS_IAM' && !isSigned)
      return message(403, 'Forbidden');
    if (route.throttle === undefined) return undefined;
    const share = this.#guard.throttleShare;
    const bucket =
      this.#buckets.get(route.routeKey) ?? new TokenBucket(route.throttle.rate * share, route.throttle.burst * share);
    this.#buckets.set(route.routeKey, bucket);
    return bucket.take(performance.now()) ? undefined : message(429, 'Too Many Requests');
  }
}

/** API Gateway gives claims as texts; a list stands between brackets. */
function asTexts(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const text = (value: unknown) => (Array.isArray(value) ? `[${value.join(' ')}]` : String(value));
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]));
}

/** Takes a rate a second, and a burst at once. */
class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number | undefined;

  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
  }

  take(nowMs: number): boolean {
    const gained = ((nowMs - (this.#atMs ?? nowMs)) / 1_000) * this.#rate;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** A fixed segment before a parameter, and a specific method before any. */
function matched(door: DeployedFrontDoor, method: string, segments: readonly string[]): DeployedRoute | undefined {
  if (door.kind === 'function-url') {
    const { functionName } = door;
    return {
      method: 'ANY',
      segments: [],
      routeKey: '$default',
      functionName,
      authorization: 'AWS_IAM',
      throttle: undefined,
    };
  }
  const fitting = door.routes.filter(
    (route) =>
      (route.method === method || route.method === 'ANY') &&
      route.segments.length === segments.length &&
      route.segments.every((word, index) => (isParameter(word) ? segments[index] !== '' : word === segments[index])),
  );
  const rank = (route: DeployedRoute) => route.segments.filter(isParameter).length + (route.method === 'ANY' ? 9 : 0);
  const [best] = fitting.toSorted((one, other) => rank(one) - rank(other));
  return best ?? door.routes.find(({ routeKey }) => routeKey === '$default');
}

/** The HTTP API decodes a path before it looks for a route, and a decoded `?` ends it. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path).split('?', 1)[0] ?? '';
  } catch {
    return path;
  }
}

const isParameter = (segment: string): boolean => segment.startsWith('{');

function eventOf(
  request: IncomingMessage,
  of: {
    body: Buffer;
    rawPath: string;
    rawQueryString: string;
    route: DeployedRoute;
    claims: Readonly<Record<string, string>> | undefined;
  },
): object {
  const { body, rawPath, rawQueryString, route, claims } = of;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]),
  );
  const isText = TEXT_TYPES.test(headers['content-type'] ?? '');
  const segments = rawPath.split('/');
  const parameters = route.segments.flatMap((word, index) =>
    isParameter(word) ? [[word.slice(1, -1), segments[index]]] : [],
  );
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath,
    rawQueryString,
    headers,
    ...(parameters.length === 0 ? {} : { pathParameters: Object.fromEntries(parameters) }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.execute-api.us-east-1.amazonaws.com',
      http: { method: request.method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' },
      requestId: randomUUID(),
      routeKey: route.routeKey,
      stage: '$default',
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims, scopes: null } } }),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

const message = (statusCode: number, text: string): Result => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message: text }),
});

function respond(response: ServerResponse, { statusCode, headers = {}, body = '', isBase64Encoded }: Result): void {
  const bytes = Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');
  // To HEAD as well, which Node answers without a body.
  response.writeHead(statusCode, { ...headers, 'content-length': bytes.length });
  response.end(bytes);
}
