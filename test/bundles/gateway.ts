import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeployedFrontDoor, DeployedRoute } from './assembly.ts';

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

/** Acts as the template's HTTP API or function URL: real HTTP in, events of version 2.0 out. */
export class Gateway {
  readonly #door: DeployedFrontDoor;
  readonly #invoke: Invoke;
  readonly #server: Server;

  static async open(door: DeployedFrontDoor, invoke: Invoke): Promise<Gateway> {
    const gateway = new Gateway(door, invoke);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  private constructor(door: DeployedFrontDoor, invoke: Invoke) {
    this.#door = door;
    this.#invoke = invoke;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        (result) => respond(response, result),
        () => respond(response, message(500, 'Internal Server Error')),
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
    const event = eventOf(request, { body, rawPath, rawQueryString, route });
    if (JSON.stringify(event).length > EVENT_BYTES_MAX) return message(413, 'Request Too Long');
    const result = (await this.#invoke(route.functionName, event)) as Partial<Result> | undefined;
    return typeof result?.statusCode === 'number' ? (result as Result) : message(500, 'Internal Server Error');
  }
}

/** A fixed segment before a parameter, and a specific method before any. */
function matched(door: DeployedFrontDoor, method: string, segments: readonly string[]): DeployedRoute | undefined {
  if (door.kind === 'function-url') {
    return { method: 'ANY', segments: [], routeKey: '$default', functionName: door.functionName };
  }
  const fitting = door.routes.filter(
    (route) =>
      (route.method === method || route.method === 'ANY') &&
      route.segments.length === segments.length &&
      route.segments.every((word, index) => (isParameter(word) ? segments[index] !== '' : word === segments[index])),
  );
  const rank = (route: DeployedRoute) => route.segments.filter(isParameter).length + (route.method === 'ANY' ? 9 : 0);
  return fitting.toSorted((one, other) => rank(one) - rank(other))[0];
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
  of: { body: Buffer; rawPath: string; rawQueryString: string; route: DeployedRoute },
): object {
  const { body, rawPath, rawQueryString, route } = of;
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
