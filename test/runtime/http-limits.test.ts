import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BODY_BYTES_UNDER_WAY_MAX,
  LOOKS_AT_ONCE_MAX,
  PIPELINED_MAX,
  REQUEST_BYTES_MAX,
} from '../../src/model/limits.ts';
import type { HttpEvent } from '../../src/ports/http-event.ts';
import { withPlainBody } from '../../src/runtime/content-encoding.ts';
import { HttpHost } from '../../src/runtime/http.ts';
import type { RestHandler } from '../../src/runtime/lambda.ts';
import { silentLog } from '../support/logs.ts';

const OK = { statusCode: 200, headers: {}, body: '{}' };
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** All tests run with the plain road, and with `node:http` alone. */
const ROADS = [
  ['plain road', true],
  ['node:http alone', false],
] as const;
let hasPlainRoad = true;

const open: HttpHost[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((host) => host.close(0)));
});

async function givenHost(handler: RestHandler): Promise<HttpHost> {
  const host = await HttpHost.open({ handler, host: '127.0.0.1', port: 0, log: silentLog, hasPlainRoad });
  open.push(host);
  return host;
}

/** A handler that answers one call at a time, on request. */
function givenGate(answer = OK) {
  const waiting: (() => void)[] = [];
  let wake = () => {};
  let calls = 0;
  const handler: RestHandler = async () => {
    calls += 1;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      wake();
    });
    return answer;
  };
  const next = async () => {
    if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    waiting.shift()?.();
  };
  return { handler, next, calls: () => calls };
}

function connectTo(host: HttpHost): { readonly socket: Socket; readonly closed: Promise<string> } {
  const socket = connect(host.boundTo.port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => {});
  return { socket, closed: new Promise((resolve) => socket.on('close', () => resolve(text))) };
}

describe.each(ROADS)('a connection, %s', (_, isPlain) => {
  beforeEach(() => {
    hasPlainRoad = isPlain;
  });

  it('has one request at work, however many it pipelines, and gets all answers in order', async () => {
    const gate = givenGate();
    const host = await givenHost(gate.handler);
    const { socket, closed } = connectTo(host);

    socket.write(GET.repeat(4) + GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));

    for (let answered = 1; answered <= 5; answered++) {
      await gate.next();
      expect(gate.calls()).toBe(answered);
    }
    expect((await closed).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(5);
  });

  it('ends when more of its requests wait than one may have, and none of them is served', async () => {
    const gate = givenGate();
    const host = await givenHost(gate.handler);
    const { socket, closed } = connectTo(host);

    socket.write(GET.repeat(PIPELINED_MAX + 2));

    expect(await closed).toBe('');
    expect(gate.calls()).toBe(1);
    await gate.next();
  });

  it('that reads no answers ends when they exceed what the server holds, and others are served', async () => {
    const answer = { ...OK, body: 'x'.repeat(REQUEST_BYTES_MAX) };
    const host = await givenHost(async () => answer);
    const count = BODY_BYTES_UNDER_WAY_MAX / REQUEST_BYTES_MAX + 4;
    const idle = Array.from({ length: count }, () => connect(host.boundTo.port, '127.0.0.1').pause());
    sockets.push(...idle);
    const firstEnded = new Promise((resolve) => idle[0]?.on('close', resolve).on('error', resolve));

    for (const socket of idle) socket.write(GET);

    const served = await fetch(`http://127.0.0.1:${host.boundTo.port}`);
    expect(await served.text()).toHaveLength(REQUEST_BYTES_MAX);
    idle[0]?.resume();
    await firstEnded;
  });
});

describe.each(ROADS)('looks, %s', (_, isPlain) => {
  beforeEach(() => {
    hasPlainRoad = isPlain;
  });

  it('are at work a few at once, the newest first, and keep neither health nor sends waiting', async () => {
    const begun: string[] = [];
    const open: (() => void)[] = [];
    let wake = () => {};
    const host = await givenHost(async ({ rawPath, requestContext }) => {
      if (rawPath === '/health' || requestContext.http.method === 'POST') return OK;
      begun.push(rawPath);
      const turn = new Promise<void>((resolve) => open.push(resolve));
      wake();
      await turn;
      return OK;
    });
    const url = `http://127.0.0.1:${host.boundTo.port}`;
    const begins = async (count: number) => {
      while (begun.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    const looks: Promise<Response>[] = [];
    for (let number = 0; number < LOOKS_AT_ONCE_MAX; number++) looks.push(fetch(`${url}/at-work/${number}`));
    await begins(LOOKS_AT_ONCE_MAX);
    for (const name of ['older', 'newer']) {
      looks.push(fetch(`${url}/${name}`));
      // A later request on another connection is answered, so the server has read this one.
      for (let round = 0; round < 3; round++) expect((await fetch(`${url}/health`)).status).toBe(200);
    }
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(200);
    expect(begun).toHaveLength(LOOKS_AT_ONCE_MAX);

    open.shift()?.();
    await begins(LOOKS_AT_ONCE_MAX + 1);
    open.shift()?.();
    await begins(LOOKS_AT_ONCE_MAX + 2);

    expect(begun.slice(LOOKS_AT_ONCE_MAX)).toEqual(['/newer', '/older']);
    for (const end of open) end();
    expect((await Promise.all(looks)).map(({ status }) => status)).toEqual(looks.map(() => 200));
  });
});

describe.each(ROADS)('bodies that do not end, %s', (_, isPlain) => {
  beforeEach(() => {
    hasPlainRoad = isPlain;
  });

  it('give way to those that arrive, with an answer that says so', async () => {
    const events: HttpEvent[] = [];
    const host = await givenHost(async (event) => {
      events.push(event);
      return OK;
    });
    const part = Buffer.alloc(REQUEST_BYTES_MAX - 1);
    const count = BODY_BYTES_UNDER_WAY_MAX / REQUEST_BYTES_MAX + 1;
    const slow = Array.from({ length: count }, () => connectTo(host));

    for (const { socket } of slow) {
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${REQUEST_BYTES_MAX}\r\n\r\n`);
      await new Promise((resolve) => socket.write(part, resolve));
    }
    const whole = await fetch(`http://127.0.0.1:${host.boundTo.port}`, { method: 'POST', body: new Uint8Array(part) });

    expect(whole.status).toBe(200);
    expect(events.find(({ refused }) => refused !== undefined)?.refused).toMatchObject({ code: 'Unavailable' });
    expect(events.find(({ body }) => body !== undefined)).toBeDefined();
  });
});

describe.each(ROADS)('an encoded body, %s', (_, isPlain) => {
  beforeEach(() => {
    hasPlainRoad = isPlain;
  });

  const event = (body: Buffer, encoding: string): HttpEvent => ({
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: { 'content-encoding': encoding, 'content-length': String(body.length) },
    requestContext: { requestId: 'one', http: { method: 'POST' } },
    body: body.toString('base64'),
    isBase64Encoded: true,
  });

  it('is refused where it unpacks to more than a request may have', async () => {
    const bomb = gzipSync(Buffer.alloc(REQUEST_BYTES_MAX + 1));

    const plain = await withPlainBody(event(bomb, 'gzip'));

    expect(bomb.length).toBeLessThan(REQUEST_BYTES_MAX / 100);
    expect(plain.refused).toMatchObject({ code: 'TooLarge' });
  });

  it.each([
    ['gzip', /not gzip/],
    ['br', /must be gzip, deflate or identity; given: "br"/],
  ])('is refused where it is not %s', async (encoding, reason) => {
    const plain = await withPlainBody(event(Buffer.from('{}'), encoding));

    expect(plain.refused).toMatchObject({ code: 'InvalidField', field: 'content-encoding' });
    expect(plain.refused?.message).toMatch(reason);
  });
});
