import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  BODY_BYTES_UNDER_WAY_MAX,
  CONNECTIONS_MAX,
  LOOKS_AT_ONCE_MAX,
  PIPELINED_MAX,
  REQUEST_BYTES_MAX,
} from '../model/limits.ts';
import type { HttpEvent, HttpResult } from '../ports/http-event.ts';
import { ConnectionLanes } from './connection-lanes.ts';
import { FewAtOnce } from './few-at-once.ts';
import { HeldBytes } from './held-bytes.ts';
import type { RestHandler } from './lambda.ts';
import type { Log } from './log.ts';
import { OpenCaller } from './open-caller.ts';
import { type PlainCall, PlainConnection, type PlainHost } from './plain-connection.ts';
import type { PlainRequest } from './plain-request.ts';
import { bodyText, readRequestBody } from './request-body.ts';
import { originForm, pathOf, toEvent } from './request-event.ts';

/** Cuts off slow senders: headers and the whole request must arrive within these times. */
const HEADERS_MS_MAX = 10_000;
/** Headers and body together. */
const REQUEST_MS_MAX = 30_000;
/** How often Node looks for connections beyond these times; it cuts them off that much later. */
const CONNECTIONS_CHECK_MS = 5_000;
/** Longer than a client or proxy keeps an idle connection, so that the peer closes first. */
const KEEP_ALIVE_MS = 75_000;
/** A connection whose request makes no progress for this long is closed; no call takes longer. */
const STUCK_MS_MAX = 45_000;
/** Node's default, fixed here: a change of Node must not change which calls the server takes. */
const HEADER_BYTES_MAX = 16_384;
/** After a refusal the rest of a body is read and dropped for this long, so that the caller reads the answer. */
const DISCARD_MS_MAX = 2_000;

export interface HttpHostOptions {
  readonly handler: RestHandler;
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  readonly log: Log;
  /** Called for each call once its answer has left, or its caller; must not throw. */
  readonly onAnswered?: ((call: AnsweredCall) => void) | undefined;
  /** Whether requests in their plainest form go past `node:http`. @default true */
  readonly hasPlainRoad?: boolean;
}

/** A call that is over. */
export interface AnsweredCall {
  readonly method: string;
  /** Without its query, which may hold a signature. */
  readonly path: string;
  /** 499 when the caller left before the answer. */
  readonly status: number;
  /** Size of the answer's body. */
  readonly bytes: number;
  /** From the request's headers to the end of the answer. */
  readonly ms: number;
  readonly remote: string;
}

/** nginx's status for a caller that left before the answer. */
const CALLER_LEFT = 499;

interface Exchange {
  giveWay: (() => void) | undefined;
}

/** Serves the functions of a deployment over plain HTTP on this machine. */
export class HttpHost {
  readonly #server: Server;
  readonly #handler: RestHandler;
  readonly #log: Log;
  readonly #callers = new Set<OpenCaller>();
  readonly #plain = new Set<PlainConnection>();
  readonly #lanes = new ConnectionLanes(PIPELINED_MAX);
  readonly #looks = new FewAtOnce(LOOKS_AT_ONCE_MAX);
  readonly #held = new HeldBytes(BODY_BYTES_UNDER_WAY_MAX);
  readonly #onAnswered: HttpHostOptions['onAnswered'];
  #isEnding = false;

  /** Starts to listen. @throws Error of the system, like `EADDRINUSE` */
  static async open(options: HttpHostOptions): Promise<HttpHost> {
    const opened = new HttpHost(options);
    await new Promise<void>((resolve, reject) => {
      opened.#server.once('error', reject);
      opened.#server.listen(options.port, options.host, () => {
        opened.#server.off('error', reject);
        resolve();
      });
    });
    return opened;
  }

  private constructor({ handler, log, onAnswered, hasPlainRoad = true }: HttpHostOptions) {
    this.#onAnswered = onAnswered;
    this.#handler = handler;
    this.#log = log;
    this.#server = createServer({
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    });
    this.#server.setTimeout(STUCK_MS_MAX);
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('drop', () => log.warn('connectionRefused', { connectionsMax: CONNECTIONS_MAX }));
    this.#server.on('request', (request, response) => this.#accept(request, response));
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // A client that asks first is spared sending too much.
      if (Number(request.headers['content-length'] ?? 0) <= REQUEST_BYTES_MAX) response.writeContinue();
      this.#accept(request, response);
    });
    if (hasPlainRoad) this.#openPlainRoad();
  }

  /** Where it listens, as the system tells it. */
  get boundTo(): { readonly address: string; readonly port: number } {
    return this.#server.address() as AddressInfo;
  }

  /** Ends waiting receives. */
  endWaits(): void {
    for (const caller of this.#callers) caller.endWait();
  }

  /** Stops: refuses connections, ends waiting receives, lets requests finish, and closes the rest after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isEnding = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.endWaits();
    for (const connection of this.#plain) connection.endWhenIdle();
    const force = setTimeout(() => {
      for (const connection of this.#plain) connection.destroy();
      this.#server.closeAllConnections();
    }, graceMs);
    await closed;
    clearTimeout(force);
  }

  /** Serves the request once the earlier ones of its connection are answered. */
  #accept(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // The connection was closed for too much pipelining; these requests were read before.
    if (socket.destroyed) return;
    const serve = () => {
      response.once('close', () => this.#lanes.leave(socket));
      if (this.#onAnswered !== undefined) observe(request, response, this.#onAnswered);
      this.#serve(request, response).catch((error: unknown) => {
        this.#log.error('connectionFailed', error);
        request.destroy();
      });
    };
    if (this.#lanes.tryEnter(socket, serve)) return;
    this.#log.warn('connectionClosed', { reason: `more than ${PIPELINED_MAX} requests wait for the one before them` });
    socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange: Exchange = { giveWay: undefined };
    response.once('close', () => this.#held.release(exchange));
    const read = readRequestBody(request, { bytesMax: REQUEST_BYTES_MAX, exchange, held: this.#held });
    const body = read instanceof Promise ? await read : read;
    if (body === 'gone') return;
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    const caller = new OpenCaller(`${remoteAddress}:${remotePort}`);
    response.once('close', () => {
      if (!response.writableFinished) caller.leave();
    });
    const { url = '/', method = '', headers } = request;
    const result = await this.#call(
      toEvent({ method, target: originForm(url), headers: headers as PlainRequest['headers'] }, body),
      caller,
    );
    if (result === undefined) return;
    this.#held.release(exchange);
    exchange.giveWay = () => request.socket.destroy();
    this.#held.add(exchange, result.body.length);
    respond(request, response, { result, isLast: this.#isEnding || !request.complete });
  }

  /** Calls the function, a look in its turn. @returns nothing when the caller left */
  async #call(event: HttpEvent, caller: OpenCaller): Promise<HttpResult | undefined> {
    this.#callers.add(caller);
    if (this.#isEnding) caller.endWait();
    const isLook = event.requestContext.http.method === 'GET' && event.rawPath !== '/health';
    if (isLook) await this.#looks.enter();
    try {
      if (caller.isGone) return undefined;
      const result = await this.#handler(event, { caller });
      return caller.isGone ? undefined : result;
    } finally {
      this.#callers.delete(caller);
      if (isLook) this.#looks.leave();
    }
  }

  /** Connections begin on the plain road; `node:http` gets them from there. */
  #openPlainRoad(): void {
    const server = this.#server;
    const takers = server.listeners('connection') as ((socket: Socket) => void)[];
    const host: PlainHost = {
      held: this.#held,
      idleMs: { first: HEADERS_MS_MAX, later: KEEP_ALIVE_MS },
      isEnding: () => this.#isEnding,
      answer: (request, caller) => this.#call(toEvent(request, bodyText(request.body)), caller),
      answered: (call) => this.#onAnswered?.(answeredCall(call)),
      failed: (error) => this.#log.error('connectionFailed', error),
      takeOver: (socket) => {
        for (const take of takers) take.call(server, socket);
      },
      closed: (connection) => void this.#plain.delete(connection),
    };
    server.removeAllListeners('connection');
    server.on('connection', (socket) => this.#plain.add(new PlainConnection(socket, host)));
  }
}

function answeredCall({ request, remote, startMs, result, bytes }: PlainCall): AnsweredCall {
  const { method, target } = request;
  const status = result?.statusCode ?? CALLER_LEFT;
  return { method, path: pathOf(target), status, bytes, ms: performance.now() - startMs, remote };
}

function observe(request: IncomingMessage, response: ServerResponse, onAnswered: (call: AnsweredCall) => void): void {
  const startMs = performance.now();
  const { url = '/', method = '', socket } = request;
  const remote = socket.remoteAddress ?? '';
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : CALLER_LEFT;
    const bytes = Number(response.getHeader('content-length') ?? 0);
    onAnswered({ method, path: pathOf(url), status, bytes, ms: performance.now() - startMs, remote });
  });
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { result, isLast }: { readonly result: HttpResult; readonly isLast: boolean },
): void {
  const body = result.isBase64Encoded === true ? Buffer.from(result.body, 'base64') : result.body;
  const headers: Record<string, string | number> = {};
  for (const name in result.headers) headers[name] = result.headers[name] ?? '';
  if (result.statusCode !== 204) headers['content-length'] = Buffer.byteLength(body);
  if (isLast) headers['connection'] = 'close';
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  response.writeHead(result.statusCode);
  if (request.complete) response.end(body);
  else discardRest(request, response, body);
}

/** Closing a connection with unread bytes would take the answer from the caller, so they are read for a while. */
function discardRest(request: IncomingMessage, response: ServerResponse, body: string | Buffer): void {
  response.write(body);
  const timer = setTimeout(() => response.end(), DISCARD_MS_MAX);
  request.once('close', () => {
    clearTimeout(timer);
    response.end();
  });
  request.once('end', () => response.end());
  request.resume();
}
