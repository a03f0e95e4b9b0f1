import { describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../src/ports/http-event.ts';
import type { RestHandler } from '../../src/runtime/lambda.ts';
import { guardedFromPages, hostIn, originIn, type PageAccess } from '../../src/runtime/web-pages.ts';

const HOST = '127.0.0.1:4100';
const NOBODY: PageAccess = { origins: [], hosts: [], isKeyed: false };

/** Calls a guarded handler; returns what reached it. */
async function call(
  headers: Readonly<Record<string, string | undefined>>,
  access: Partial<PageAccess> = {},
  method = 'POST',
  rawPath = '/queues/orders/purge',
) {
  let seen: HttpEvent | undefined;
  const handler: RestHandler = async (event) => {
    seen = event;
    return { statusCode: event.refused === undefined ? 200 : 403, headers: {}, body: '' };
  };
  const event: HttpEvent = {
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: { host: HOST, ...headers },
    requestContext: { requestId: 'one', http: { method } },
  };
  const answer = await guardedFromPages(handler, { ...NOBODY, ...access })(event, {});
  return { ...answer, seen, reason: seen?.refused?.message };
}

describe('a local server without keys', () => {
  it.each([
    [
      'a page of another site',
      { origin: 'https://evil.example' },
      /pages of "https:\/\/evil\.example".*--allow-origin/,
    ],
    ['a page of another port', { origin: 'http://127.0.0.1:3000' }, /--allow-origin http:\/\/127\.0\.0\.1:3000/],
    ['a sandboxed page', { origin: 'null', 'content-type': 'text/plain' }, /sandboxed frame.*that origin$/],
    ['an image or a link of another site', { 'sec-fetch-site': 'cross-site' }, /page of another site/],
    ['a name that points here', { host: 'evil.example:4100' }, /host "evil\.example:4100".*--allow-host evil\.example/],
    ['such a name of its own', { host: 'evil.example', origin: 'http://evil.example' }, /--allow-host/],
  ])('refuses %s', async (_who, headers, reason) => {
    const { statusCode, seen, reason: told } = await call(headers);

    expect(statusCode).toBe(403);
    expect(seen?.refused).toMatchObject({ code: 'AccessDenied' });
    expect(told).toMatch(reason);
  });

  it.each([
    ['curl -d', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['fetch of Node, which sends text', { 'content-type': 'text/plain;charset=UTF-8' }],
    ['localhost', { host: 'localhost:4100' }],
    ['a name below localhost', { host: 'queue.localhost' }],
    ['IPv6', { host: '[::1]:4100' }],
    ['its own console', { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' }],
    ['an address typed into a browser', { 'sec-fetch-site': 'none' }],
  ])('takes %s', async (_who, headers) => {
    expect(await call(headers)).toMatchObject({ statusCode: 200 });
  });

  it('lets a link of another site show the console, and a link to nothing else', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const frame = { ...link, 'sec-fetch-dest': 'iframe' };

    expect(await call(link, {}, 'GET', '/console/queues/orders')).toMatchObject({ statusCode: 200 });
    expect(await call(frame, {}, 'GET', '/console/queues/orders')).toMatchObject({ statusCode: 403 });
    expect(await call(link, {}, 'GET', '/queues')).toMatchObject({ statusCode: 403 });
  });

  it('takes hosts and origins that it was started with', async () => {
    const named = await call({ host: 'queue:4100' }, { hosts: ['queue'] });
    const page = await call({ origin: 'http://127.0.0.1:3000' }, { origins: ['http://127.0.0.1:3000'] });

    expect(named.statusCode).toBe(200);
    expect(page).toMatchObject({
      statusCode: 200,
      headers: { 'access-control-allow-origin': 'http://127.0.0.1:3000', vary: 'origin' },
    });
  });

  it('answers what a browser asks before a call of an allowed page, and lets nothing of it through', async () => {
    const asked = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' };
    const headers = { origin: 'https://ops.example', ...asked };

    const allowed = await call(headers, { origins: ['https://ops.example'] }, 'OPTIONS');
    const foreign = await call(headers, {}, 'OPTIONS');

    expect(allowed).toMatchObject({
      statusCode: 204,
      seen: undefined,
      headers: { 'access-control-allow-headers': 'content-type' },
    });
    expect(foreign.statusCode).toBe(403);
  });
});

describe('a server that asks for keys', () => {
  it('may be called by any name, and by no foreign page', async () => {
    const isKeyed = { isKeyed: true };

    expect((await call({ host: 'queue.example' }, isKeyed)).statusCode).toBe(200);
    expect((await call({ origin: 'https://evil.example' }, isKeyed)).statusCode).toBe(403);
  });
});

describe('what the server is told to allow', () => {
  it.each([
    ['https://ops.example.com', 'https://ops.example.com'],
    ['https://ops.example.com/', 'https://ops.example.com'],
    ['HTTPS://Ops.Example.com:443', 'https://ops.example.com'],
    ['http://localhost:3000/', 'http://localhost:3000'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['https://ops.example.com/page', undefined],
    ['https://ops.example.com/?a', undefined],
    ['https://me@ops.example.com', undefined],
    ['ops.example.com', undefined],
    ['localhost:3000', undefined],
    ['file:///index.html', undefined],
    ['null', undefined],
    ['*', undefined],
    ['', undefined],
  ])('takes the origin %j as %j', (text, origin) => {
    expect(originIn(text)).toBe(origin);
  });

  it.each([
    ['Queue.Example.com', 'queue.example.com'],
    ['queue:4100', 'queue:4100'],
    ['[FD00::1]:4100', '[fd00::1]:4100'],
    ['https://queue.example.com', undefined],
    ['queue.example.com/', undefined],
    ['*', undefined],
    ['', undefined],
  ])('takes the host %j as %j', (text, host) => {
    expect(hostIn(text)).toBe(host);
  });
});
