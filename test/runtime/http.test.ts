import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../src/ports/http-event.ts';
import { HttpHost } from '../../src/runtime/http.ts';
import type { HostContext, RestHandler } from '../../src/runtime/lambda.ts';
import { silentLog } from '../support/logs.ts';

const LIMIT = 4 * 1024 * 1024;
const OK = { statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' };

/** All tests run with the plain road, and with `node:http` alone. */
const ROADS = [
  ['plain road', true],
  ['node:http alone', false],
] as const;
let hasPlainRoad = true;

const open: HttpHost[] = [];
afterEach(() => Promise.all(open.splice(0).map((host) => host.close(0))));

/** A server with the function `handler`; remembers the events it got. */
async function givenHost(handler: RestHandler = async () => OK) {
  const events: HttpEvent[] = [];
  const host = await HttpHost.open({
    handler: (event, context) => {
      events.push(event);
      return handler(event, context);
    },
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    hasPlainRoad,
  });
  open.push(host);
  return { host, events, url: `http://127.0.0.1:${host.boundTo.port}` };
}

/** A handler that answers on request, and reports its callers. */
function givenSlowHandler() {
  let answer = () => {};
  let called: (context: HostContext) => void = () => {};
  const context = new Promise<HostContext>((resolve) => (called = resolve));
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const handler: RestHandler = async (_event, ofCall) => {
    called(ofCall);
    await answered;
    return OK;
  };
  return { handler, context, answer };
}

/** A connection of its own, and all its answers once the other side has ended it. */
function rawConnection(host: HttpHost): { socket: Socket; closed: Promise<string> } {
  const socket = connect(host.boundTo.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    // A client that sends too much stops when it gets the answer.
    if (/connection: close/i.test(text)) socket.end();
  });
  const closed = new Promise<string>((resolve, reject) => {
    socket.on('close', () => resolve(text));
    socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
  });
  return { socket, closed };
}

describe.each(ROADS)('the local server, %s', (_, isPlain) => {
  beforeEach(() => {
    hasPlainRoad = isPlain;
  });

  it('makes of a request the event that a gateway would make', async () => {
    const { url, events } = await givenHost();

    await fetch(`${url}/queues/a%2Fb?limit=1&x=%20`, { method: 'POST', body: '{"a":"ä"}', headers: { 'X-One': '1' } });

    expect(events[0]).toMatchObject({
      routeKey: '$default',
      rawPath: '/queues/a%2Fb',
      rawQueryString: 'limit=1&x=%20',
      headers: { 'x-one': '1', 'content-length': '10' },
      requestContext: { http: { method: 'POST' } },
      body: '{"a":"ä"}',
      isBase64Encoded: false,
    });
    expect(events[0]?.requestContext.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(events[0]?.requestContext.requestId).toBe(events[0]?.requestContext.requestId);
  });

  it('passes on what is no text as the bytes it is', async () => {
    const { url, events } = await givenHost();

    await fetch(url, { method: 'POST', body: Buffer.from([0xff, 0x00, 0xc3]) });

    expect(events[0]).toMatchObject({ body: '/wDD', isBase64Encoded: true });
  });

  it('writes answers as they are, bytes from Base64, and nothing where there is no body', async () => {
    const large = await givenHost(async () => ({
      ...OK,
      body: Buffer.from('{"ä":1}').toString('base64'),
      isBase64Encoded: true,
    }));
    const none = await givenHost(async () => ({ statusCode: 204, headers: {}, body: '' }));

    const text = await fetch(large.url);
    const nothing = await fetch(none.url);

    expect(await text.text()).toBe('{"ä":1}');
    expect(text.headers.get('content-length')).toBe('8');
    expect(nothing.status).toBe(204);
    expect(nothing.headers.has('content-length')).toBe(false);
  });

  it('serves one request after the other on one connection', async () => {
    const { host } = await givenHost();
    const { socket, closed } = rawConnection(host);

    const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
    socket.write(get + get);
    socket.end(get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));

    expect((await closed).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });

  it('keeps no body above 4 MiB, and tells only its length', async () => {
    const { host, events } = await givenHost();
    const { socket, closed } = rawConnection(host);

    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${50 * LIMIT}\r\n\r\n{`);

    expect(await closed).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close/i);
    expect(events[0]?.body).toBeUndefined();
    expect(events[0]).toMatchObject({ headers: { 'content-length': String(50 * LIMIT) } });
  });

  it('stops keeping a body of unknown length at 4 MiB', async () => {
    const { host, events } = await givenHost();
    const { socket, closed } = rawConnection(host);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;

    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let sent = 0; sent <= LIMIT; sent += 0x10000) socket.write(chunk);

    expect(await closed).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(events[0]?.body).toBeUndefined();
    expect(Number(events[0]?.headers['content-length'])).toBeGreaterThan(LIMIT);
  });

  it('answers before a large body is sent when it is asked first', async () => {
    const { host } = await givenHost();
    const small = rawConnection(host);
    const large = rawConnection(host);

    small.socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    small.socket.once('data', () => small.socket.write('{}'));
    large.socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${LIMIT + 1}\r\nExpect: 100-continue\r\n\r\n`);

    expect(await small.closed).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    expect(await large.closed).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('calls no function for a request that broke off', async () => {
    const { host, events } = await givenHost();
    const { socket, closed } = rawConnection(host);

    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"half":');
    socket.end();

    await closed;
    expect(events).toEqual([]);
  });

  it('refuses headers that are too large, and what is no HTTP', async () => {
    const { host, events } = await givenHost();
    const large = rawConnection(host);
    const foreign = rawConnection(host);

    large.socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    foreign.socket.write('nonsense\r\n\r\n');

    expect(await large.closed).toMatch(/^HTTP\/1\.1 431/);
    expect(await foreign.closed).toMatch(/^HTTP\/1\.1 400/);
    expect(events).toEqual([]);
  });

  it('ends the wait of a caller that leaves', async () => {
    const { handler, context, answer } = givenSlowHandler();
    const { host } = await givenHost(handler);
    const { socket } = rawConnection(host);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const { caller } = await context;
    const ended = new Promise((resolve) => caller?.waitEnd.addEventListener('abort', resolve));

    socket.destroy();

    await ended;
    expect(caller?.isGone).toBe(true);
    answer();
  });

  it('ends waits when it closes, lets calls finish, and then the connection', async () => {
    const { handler, context, answer } = givenSlowHandler();
    const { host, url } = await givenHost(handler);
    const answered = fetch(url);
    const { caller } = await context;

    const closing = host.close(10_000);

    expect(caller?.waitEnd.aborted).toBe(true);
    expect(caller?.isGone).toBe(false);
    answer();
    expect((await answered).headers.get('connection')).toBe('close');
    await closing;
    await expect(fetch(url)).rejects.toThrow();
  });

  it('closes connections that do not end in time', async () => {
    const { handler, context } = givenSlowHandler();
    const { host, url } = await givenHost(handler);
    const answered = fetch(url).catch((error: unknown) => error);
    await context;

    await host.close(10);

    expect(await answered).toBeInstanceOf(Error);
  });

  it('closes connections whose answers nobody reads', async () => {
    const { host, events } = await givenHost(async () => ({ ...OK, body: 'x'.repeat(4 * LIMIT) }));
    const { socket, closed } = rawConnection(host);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));

    await host.close(10);

    socket.resume();
    expect((await closed).length).toBeLessThan(4 * LIMIT);
  });

  it('breaks the connection, and says so in the log, when its function fails', async () => {
    const events: string[] = [];
    const host = await HttpHost.open({
      handler: () => Promise.reject(new Error('broken')),
      host: '127.0.0.1',
      port: 0,
      log: { ...silentLog, error: (event) => events.push(event) },
      hasPlainRoad,
    });
    open.push(host);

    await expect(fetch(`http://127.0.0.1:${host.boundTo.port}`)).rejects.toThrow();

    expect(events).toEqual(['connectionFailed']);
  });
});
