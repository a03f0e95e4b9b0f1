import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../src/ports/http-event.ts';
import { type AnsweredCall, HttpHost } from '../../src/runtime/http.ts';
import type { RestHandler } from '../../src/runtime/lambda.ts';
import { silentLog } from '../support/logs.ts';

const PLAIN = 'GET /plain HTTP/1.1\r\nHost: x\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

const open: HttpHost[] = [];
afterEach(() => Promise.all(open.splice(0).map((host) => host.close(0))));

interface Given {
  readonly handler?: RestHandler;
  readonly hasPlainRoad?: boolean;
}

const echo: RestHandler = async ({ rawPath }) => ({ statusCode: 200, headers: {}, body: rawPath });

async function givenHost({ handler = echo, hasPlainRoad = true }: Given = {}) {
  const events: HttpEvent[] = [];
  const calls: AnsweredCall[] = [];
  const host = await HttpHost.open({
    handler: (event, context) => {
      events.push(event);
      return handler(event, context);
    },
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
    onAnswered: (call) => calls.push(call),
    hasPlainRoad,
  });
  open.push(host);
  return { host, events, calls };
}

/** A connection, and what it has received. */
function connectTo(host: HttpHost) {
  const socket: Socket = connect(host.boundTo.port, '127.0.0.1');
  let text = '';
  let wake = () => {};
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    wake();
  });
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)).on('error', () => {}));
  const has = async (part: string) => {
    while (!text.includes(part)) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { socket, closed, has };
}

const bodies = (text: string): readonly string[] =>
  [...text.matchAll(/\r\n\r\n(\/[a-z]+)/g)].map(([, body = '']) => body);
const withoutDate = (text: string): string => text.replaceAll(/^date: .*$/gim, 'date:');

describe('a connection of plain requests', () => {
  it('goes on in node:http at the first other request, and loses none', async () => {
    const { host } = await givenHost();
    const { socket, closed, has } = connectTo(host);

    socket.write(PLAIN);
    await has('/plain');
    socket.write('POST /chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n');
    await has('/chunked');
    socket.write(LAST);

    expect(bodies(await closed)).toEqual(['/plain', '/chunked', '/last']);
  });

  it('answers in order what arrives while a request is at work', async () => {
    let answer = () => {};
    const gate = new Promise<void>((resolve) => (answer = resolve));
    let begun = () => {};
    const isAtWork = new Promise<void>((resolve) => (begun = resolve));
    const { host, events } = await givenHost({
      handler: async (event, context) => {
        begun();
        if (event.rawPath === '/plain') await gate;
        return await echo(event, context);
      },
    });
    const { socket, closed } = connectTo(host);

    socket.write(PLAIN);
    await isAtWork;
    socket.write(PLAIN.replace('/plain', '/second'));
    await new Promise((resolve) => socket.write(LAST, resolve));
    expect(events).toHaveLength(1);
    answer();

    expect(bodies(await closed)).toEqual(['/plain', '/second', '/last']);
  });

  it('puts a request together that arrives in parts', async () => {
    const { host, events } = await givenHost();
    const { socket, closed } = connectTo(host);

    for (const part of [
      'POST /part',
      's HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Le',
      'ngth: 2\r\n\r\n{',
      '}',
    ])
      await new Promise((resolve) => socket.write(part, resolve));

    expect(bodies(await closed)).toEqual(['/parts']);
    expect(events[0]?.body).toBe('{}');
  });

  it('tells of each call, and of a caller that left', async () => {
    let isAtWork = () => {};
    const begun = new Promise<void>((resolve) => (isAtWork = resolve));
    const { host, calls } = await givenHost({
      handler: async ({ rawPath }, { caller }) => {
        if (rawPath === '/plain') return { statusCode: 200, headers: {}, body: 'four' };
        isAtWork();
        await new Promise((resolve) => caller?.waitEnd.addEventListener('abort', resolve));
        return { statusCode: 200, headers: {}, body: '' };
      },
    });
    const { socket, has } = connectTo(host);
    socket.write(PLAIN);
    await has('four');
    socket.write('GET /waits?secret=1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await begun;
    socket.destroy();

    while (calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toMatchObject([
      { method: 'GET', path: '/plain', status: 200, bytes: 4, remote: '127.0.0.1' },
      { method: 'GET', path: '/waits', status: 499, bytes: 0, remote: '127.0.0.1' },
    ]);
  });

  it('writes no value that would end its line', async () => {
    const { host } = await givenHost({
      handler: async () => ({ statusCode: 200, headers: { x: 'one\r\ntwo: 2' }, body: '' }),
    });
    const { socket, closed } = connectTo(host);

    socket.write(PLAIN);

    expect(await closed).toBe('');
  });
});

describe('both roads', () => {
  const ANSWERS: Readonly<Record<string, RestHandler>> = {
    text: async () => ({ statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"text":"é"}' }),
    bytes: async () => ({ statusCode: 200, headers: {}, body: 'AAECAw==', isBase64Encoded: true }),
    nothing: async () => ({ statusCode: 204, headers: {}, body: '' }),
    'a refusal': async () => ({ statusCode: 429, headers: { 'retry-after': '1' }, body: '{}' }),
  };

  it.each(Object.entries(ANSWERS))('write the same answer of %s, and pass on the same event', async (_, handler) => {
    const seen = await Promise.all(
      [true, false].map(async (hasPlainRoad) => {
        const { host, events } = await givenHost({ handler, hasPlainRoad });
        const { socket, closed, has } = connectTo(host);
        socket.write('POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Y:  z \r\nContent-Length: 2\r\n\r\n{}');
        await has('\r\n\r\n');
        socket.end();
        const { requestContext, ...event } = events[0] as HttpEvent;
        return { text: withoutDate(await closed), event, method: requestContext.http.method };
      }),
    );

    expect(seen[0]).toEqual(seen[1]);
  });
});
