import { describe, expect, it } from 'vitest';
import { plainRequestIn } from '../../src/runtime/plain-request.ts';

const read = (text: string) => plainRequestIn(Buffer.from(text, 'latin1'));

describe('a request in its plainest form', () => {
  it('is read whole: method, target, headers in lower case, and the body', () => {
    const request = read(
      'POST /queues/a%20b/messages?x=1 HTTP/1.1\r\nHost: x:4100\r\nX-Spaced: \t one  two \t\r\n' +
        'Empty:\r\nContent-Length: 2\r\n\r\n{}',
    );

    expect(request).toEqual({
      method: 'POST',
      target: '/queues/a%20b/messages?x=1',
      headers: { host: 'x:4100', 'x-spaced': 'one  two', empty: '', 'content-length': '2' },
      body: Buffer.from('{}'),
    });
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('may have the method %s, and no body', (method) => {
    expect(read(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatchObject({ method, body: Buffer.alloc(0) });
  });

  it('may say that it keeps the connection', () => {
    expect(read('GET / HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\n')).toBeDefined();
  });
});

it.each(['leading', 'trailing'])('reads many %s spaces of a header in linear time', { timeout: 20_000 }, (where) => {
  const spaces = ' '.repeat(8_000);
  const line = where === 'leading' ? `X:${spaces}\x01` : `X: y${spaces}\x01`;
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`, 'latin1');

  // Quadratic time took 120 ms for each of them, two minutes together.
  for (let times = 0; times < 1_000; times++) expect(plainRequestIn(bytes)).toBeUndefined();
});

/** Forms that change where a message ends, that servers read differently, or that have rules of their own. */
const OTHERS: Readonly<Record<string, string>> = {
  nothing: '',
  'part of a head': 'GET / HTTP/1.1\r\nHost: x\r\n',
  'part of a body': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{}',
  'more than one request': 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a body without a length': 'POST / HTTP/1.1\r\nHost: x\r\n\r\n{}',
  'a chunked body': 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a length and chunks':
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'two lengths': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
  'a list of lengths': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 2\r\n\r\n{}',
  'a length with a sign': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}',
  'a length in hexadecimal': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x2\r\n\r\n{}',
  'a length beyond any body': `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\n{}`,
  'a space before a colon': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n{}',
  'a folded header': 'GET / HTTP/1.1\r\nHost: x\r\nX: one\r\n two\r\n\r\n',
  'a bare line feed': 'GET / HTTP/1.1\nHost: x\n\n\r\n\r\n',
  'a line feed within a value': 'GET / HTTP/1.1\r\nHost: x\r\nX: one\nTransfer-Encoding: chunked\r\n\r\n',
  'a carriage return within a value': 'GET / HTTP/1.1\r\nHost: x\r\nX: one\rtwo\r\n\r\n',
  'a zero byte': 'GET / HTTP/1.1\r\nHost: x\r\nX: one\0two\r\n\r\n',
  'a value beyond ASCII': 'GET / HTTP/1.1\r\nHost: x\r\nX: \xe9\r\n\r\n',
  'a header without a name': 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n',
  'a header without a colon': 'GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n',
  'a repeated header': 'GET / HTTP/1.1\r\nHost: x\r\nX: 1\r\nx: 2\r\n\r\n',
  'two hosts': 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
  'no host': 'GET / HTTP/1.1\r\nX: y\r\n\r\n',
  'the name __proto__': 'GET / HTTP/1.1\r\nHost: x\r\n__proto__: y\r\n\r\n',
  'the name constructor': 'GET / HTTP/1.1\r\nHost: x\r\nconstructor: y\r\n\r\n',
  'the end of the connection': 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'an upgrade': 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'an expectation': 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n',
  'an older version': 'GET / HTTP/1.0\r\nHost: x\r\n\r\n',
  'a newer version': 'GET / HTTP/2.0\r\nHost: x\r\n\r\n',
  'a method in lower case': 'get / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a method without an answer of its own': 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target for a proxy': 'GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target with a space': 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target beyond ASCII': 'GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n',
  'an empty line before it': '\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a long head': `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`,
};

describe('left to node:http', () => {
  it.each(Object.entries(OTHERS))('is %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });
});
