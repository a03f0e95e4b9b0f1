import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { QueueError } from '../../src/model/errors.ts';
import type { HttpEvent, HttpResult } from '../../src/ports/http-event.ts';
import { consolePages, type FindConsole, type PlaceOfConsole } from '../../src/runtime/console-pages.ts';

const directories: string[] = [];
afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true }))));

async function givenFiles(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-console-'));
  directories.push(directory);
  await mkdir(join(directory, 'site/assets'), { recursive: true });
  await writeFile(join(directory, 'secret.txt'), 'secret');
  await writeFile(join(directory, 'site/index.html'), '<p>the page</p>');
  await writeFile(join(directory, 'site/assets/main-1.js'), 'run()');
  return join(directory, 'site');
}

function caller(find: FindConsole, place?: PlaceOfConsole) {
  const pages = consolePages(find, place);
  return async (path: string, given: Partial<HttpEvent> = {}): Promise<HttpResult> =>
    await pages(
      {
        routeKey: '$default',
        rawPath: path,
        rawQueryString: '',
        headers: {},
        requestContext: { requestId: 'one', http: { method: 'GET' } },
        ...given,
      },
      {},
    );
}

const textOf = ({ body }: HttpResult) => Buffer.from(body, 'base64').toString();

describe('the pages of the console', () => {
  it('are its files by name, and its page for each view', async () => {
    const directory = await givenFiles();
    const call = caller(async () => directory);

    expect(textOf(await call('/console/'))).toBe('<p>the page</p>');
    expect(textOf(await call('/console/queues/orders/messages'))).toBe('<p>the page</p>');
    expect(textOf(await call('/console/assets/main-1.js'))).toBe('run()');
    // A gateway has no route for the path with a slash at its end.
    expect(textOf(await call('/console'))).toBe('<p>the page</p>');
    expect(await call('/console/assets/gone-2.js')).toMatchObject({ statusCode: 404 });
  });

  it.each([
    '/console/../secret.txt',
    '/console/assets/../../secret.txt',
    '/console/%2e%2e/secret.txt',
    '/console//etc/passwd',
  ])('lead to no other file: %s', async (path) => {
    const directory = await givenFiles();

    const answer = await caller(async () => directory)(path);

    expect(textOf(answer)).not.toContain('secret');
    expect(textOf(answer)).not.toContain('root:');
  });

  it('allow no inline script or style, no other server, and no frame', async () => {
    const directory = await givenFiles();

    const { headers } = await caller(async () => directory)('/console/');

    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('tell the page of a deployment its place, and allow calls to its provider alone', async () => {
    const directory = await givenFiles();
    await writeFile(join(directory, 'index.html'), '<head></head><p>the page</p>');
    const place = {
      stage: 'dev',
      region: 'eu-west-1',
      issuer: 'https://login.example.com',
      clientId: `"><script>'$&`,
      groupsClaim: 'groups',
      origins: 'https://login.example.com https://tokens.example.com',
    };
    const call = caller(async () => directory, place);

    const page = await call('/console');

    const [, content = ''] = /content="([^"]*)"/.exec(textOf(page)) ?? [];
    const plain = content.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
    expect(JSON.parse(plain)).toEqual(place);
    expect(textOf(page)).not.toContain('<script>');
    expect(page.headers['content-security-policy']).toContain(
      "connect-src 'self' https://login.example.com https://tokens.example.com;",
    );
    const { headers } = await caller(async () => directory)('/console');
    expect(headers['content-security-policy']).toContain("connect-src 'self';");
  });

  it('are kept by browsers: assets for good, the page while it is the same', async () => {
    const directory = await givenFiles();
    const call = caller(async () => directory);

    const page = await call('/console/');
    const again = await call('/console/', { headers: { 'if-none-match': page.headers['etag'] } });
    const asset = await call('/console/assets/main-1.js');

    expect(page.headers['cache-control']).toBe('no-cache');
    expect(again).toMatchObject({ statusCode: 304, body: '' });
    expect(asset.headers['cache-control']).toContain('immutable');
  });

  it('are compressed for those who take it', async () => {
    const directory = await givenFiles();

    const answer = await caller(async () => directory)('/console/', { headers: { 'accept-encoding': 'gzip, br' } });

    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.from(answer.body, 'base64')).toString()).toBe('<p>the page</p>');
  });

  it('say that the console is being built, and come by themselves', async () => {
    const directory = await givenFiles();
    let finish: (directory: string) => void = () => {};
    const call = caller(() => new Promise((resolve) => (finish = resolve)));

    const early = await call('/console/');
    finish(directory);
    const later = await call('/console/');

    expect(early).toMatchObject({ statusCode: 503, headers: { refresh: '2' } });
    expect(early.body).toContain('is being built');
    expect(later.statusCode).toBe(200);
  });

  it('say why the console could not be built, and try again at the next visit', async () => {
    const directory = await givenFiles();
    let tries = 0;
    const call = caller(async () => {
      tries += 1;
      if (tries === 1) throw new Error('no room for <b>it</b>');
      return directory;
    });

    const failed = await call('/console/');
    const again = await call('/console/');

    expect(failed).toMatchObject({ statusCode: 500 });
    expect(failed.body).toContain('no room for &lt;b>it');
    expect(again.statusCode).toBe(200);
  });

  it('take no other method, and refuse what the host refuses', async () => {
    const directory = await givenFiles();
    const call = caller(async () => directory);
    const post = { requestId: 'one', http: { method: 'POST' } };

    expect(await call('/console/', { requestContext: post })).toMatchObject({ statusCode: 405 });
    const refused = new QueueError('AccessDenied', 'not this host');
    expect(await call('/console/', { refused })).toMatchObject({ statusCode: 403 });
  });
});
