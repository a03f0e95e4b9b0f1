import { describe, expect, it } from 'vitest';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import { givenServer, IS_BEHIND_GATEWAY } from './server.ts';

const server = givenServer();

describe('the protocol', () => {
  it('says that it is well', async () => {
    const answer = await server.rest.call('GET', '/health');

    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/), uptimeSeconds: expect.any(Number) },
    });
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  it.skipIf(IS_BEHIND_GATEWAY)('answers HEAD as it answers GET, without the body', async () => {
    const [head, found, none] = await Promise.all([
      server.rest.call('HEAD', '/health'),
      server.rest.call('HEAD', '/queues?limit=1'),
      server.rest.call('HEAD', '/queues/nobody-made-this'),
    ]);

    expect(head).toMatchObject({ status: 200, body: undefined });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    expect([found.status, none.status]).toEqual([200, 404]);
  });

  it('describes every call as OpenAPI 3.1', async () => {
    type Description = { openapi: string; paths: Record<string, Record<string, { operationId: string }>> };

    const { status, body } = await server.rest.call<Description>('GET', '/openapi.json');

    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(ALL_ACTIONS.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  it.each([
    '/nothing',
    '/queues/',
    '/queues/name/',
    '/queues/name/nothing',
    '/queues/name/messages/id/more',
    '/Queues',
    '//queues',
    '/health/',
  ])('finds nothing at %s', async (path) => {
    const answer = await server.rest.call('GET', path);

    const error = { code: 'notFound', requestId: expect.any(String) };
    expect(answer).toMatchObject({ status: 404, body: { error } });
  });

  it.each([
    ['POST', '/queues', 'GET, HEAD'],
    ['POST', '/queues/name', 'PUT, GET, HEAD, PATCH, DELETE'],
    ['GET', '/queues/name/receive', 'POST'],
    ['PUT', '/queues/name/messages', 'GET, HEAD, POST'],
    ['PUT', '/queues/name/messages/id', 'GET, HEAD, DELETE'],
    ['GET', '/queues/name/purge', 'POST, DELETE'],
    ['DELETE', '/health', 'GET, HEAD'],
    ['OPTIONS', '/openapi.json', 'GET, HEAD'],
  ])('refuses %s on %s and names what is allowed', async (method, path, allowed) => {
    const answer = await server.rest.call(method, path);

    expect(answer).toMatchObject({ status: 405, body: { error: { code: 'methodNotAllowed' } } });
    expect(answer.headers.get('allow')?.split(', ').toSorted()).toEqual(allowed.split(', ').toSorted());
  });

  it('gives each refusal a request id of its own', async () => {
    const answers = await Promise.all(
      [1, 2].map(() => server.rest.call<{ error: { requestId: string } }>('GET', '/queues/nobody-made-this')),
    );

    expect(new Set(answers.map(({ body }) => body.error.requestId)).size).toBe(2);
  });
});
