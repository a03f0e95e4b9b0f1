import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueService } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { QueueError } from '../../src/model/errors.ts';
import type { Caller } from '../../src/ports/caller.ts';
import { actionTable } from '../../src/protocols/rest/action-table.ts';
import { ALL_ACTIONS } from '../../src/protocols/rest/actions/index.ts';
import { restHandler } from '../../src/runtime/lambda.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { keptLog } from '../support/logs.ts';

/** As sent by API Gateway: payload format 2.0 of an HTTP API. */
const EVENT = {
  version: '2.0',
  routeKey: 'POST /queues/{name}/messages',
  rawPath: '/queues/orders/messages',
  rawQueryString: '',
  headers: {
    'content-type': 'application/json',
    'content-length': '28',
    host: 'abc.execute-api.eu-central-1.amazonaws.com',
  },
  requestContext: {
    accountId: '123456789012',
    apiId: 'abc',
    http: {
      method: 'POST',
      path: '/queues/orders/messages',
      protocol: 'HTTP/1.1',
      sourceIp: '192.0.2.1',
      userAgent: 'curl',
    },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: 'POST /queues/{name}/messages',
    stage: '$default',
    time: '22/Nov/2026:16:00:00 +0000',
    timeEpoch: 1_795_363_200_000,
  },
  pathParameters: { name: 'orders' },
  body: '{"messages":[{"body":"one"}]}',
  isBase64Encoded: false,
};

let runtime: LocalRuntime;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-lambda-'));
  runtime = await openLocalRuntime({ directory, port: 0 });
  await invoke({ routeKey: 'PUT /queues/{name}', body: '{}' });
});
afterAll(async () => {
  await runtime.close();
  await rm(directory, { recursive: true });
});

interface Circumstances {
  readonly service?: QueueService;
  readonly caller?: Caller;
}

async function invoke(changes: object, { service = runtime.service, caller }: Circumstances = {}) {
  const log = keptLog();
  const host = { service, startedAtMs: 0 as EpochMs, actions: actionTable(ALL_ACTIONS) };
  const result = await restHandler(host, log)({ ...EVENT, ...changes }, caller === undefined ? {} : { caller });
  const text = result.isBase64Encoded === true ? Buffer.from(result.body, 'base64').toString() : result.body;
  return { ...result, answer: text === '' ? undefined : (JSON.parse(text) as unknown), log };
}

/** The service while a step of the store fails in this way. */
const failingService = (error: Error): QueueService => ({
  ...runtime.service,
  routes: Object.assign(Object.create(runtime.service.routes) as QueueService['routes'], {
    get: () => Promise.reject(error),
  }),
});

describe('a function behind API Gateway', () => {
  it('answers the route that was matched', async () => {
    const { statusCode, headers, answer } = await invoke({});

    expect(statusCode).toBe(200);
    expect(headers).toEqual({ 'content-type': 'application/json' });
    expect(answer).toEqual({ messages: [{ id: expect.any(String) }] });
  });

  it('answers by method and path where no route was matched, as with a function URL', async () => {
    const { statusCode } = await invoke({ routeKey: '$default' });

    expect(statusCode).toBe(200);
  });

  it('decodes the path, once: not what API Gateway has decoded', async () => {
    const byPath = await invoke({ routeKey: '$default', rawPath: '/queues/order%73/messages' });
    const twice = await invoke({ routeKey: '$default', rawPath: '/queues/order%2573/messages' });
    const byRoute = await invoke({ pathParameters: { name: 'order%73' } });

    expect([byPath.statusCode, twice.statusCode, byRoute.statusCode]).toEqual([200, 400, 400]);
    expect(byRoute.answer).toMatchObject({ error: { code: 'invalidField', field: 'name' } });
  });

  it('reads a body in Base64', async () => {
    const { statusCode } = await invoke({ body: Buffer.from(EVENT.body).toString('base64'), isBase64Encoded: true });

    expect(statusCode).toBe(200);
  });

  it('refuses bytes that are no UTF-8', async () => {
    const body = Buffer.from([...Buffer.from('{"messages":[{"body":"'), 0xff, ...Buffer.from('"}]}')]).toString(
      'base64',
    );

    const { statusCode, answer } = await invoke({ body, isBase64Encoded: true });

    expect(statusCode).toBe(400);
    expect(answer).toMatchObject({ error: { code: 'invalidJson', requestId: EVENT.requestContext.requestId } });
  });

  it.each([undefined, ''])('refuses to do without a body where one is needed, given %j', async (body) => {
    const { statusCode, answer } = await invoke({ body });

    expect(statusCode).toBe(400);
    expect(answer).toMatchObject({ error: { code: 'invalidJson' } });
  });

  it('does without a body where no field is needed', async () => {
    const { statusCode } = await invoke({ routeKey: 'POST /queues/{name}/receive', body: undefined });

    expect(statusCode).toBe(200);
  });

  it('gives back at once what it claimed when its caller has left', async () => {
    await invoke({ routeKey: 'PUT /queues/{name}', pathParameters: { name: 'left' }, body: '{}' });
    await invoke({ pathParameters: { name: 'left' } });
    const receive = { routeKey: 'POST /queues/{name}/receive', pathParameters: { name: 'left' }, body: '{}' };
    const gone = { isGone: true, waitEnd: new AbortController().signal };

    await invoke(receive, { caller: gone });

    const { answer } = await invoke(receive);
    expect(answer).toMatchObject({ messages: [{ body: 'one', receiveCount: 2 }] });
  });

  it('refuses more than 4 MiB, as text and in Base64', async () => {
    const body = JSON.stringify({ messages: [{ body: 'x'.repeat(4 * 1024 * 1024) }] });

    const text = await invoke({ body, headers: {} });
    const base64 = await invoke({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true, headers: {} });

    for (const { statusCode, answer } of [text, base64]) {
      expect(statusCode).toBe(413);
      expect(answer).toMatchObject({ error: { code: 'tooLarge' } });
    }
  });

  it('finds nothing at an unknown route, and refuses a wrong method', async () => {
    const unknown = await invoke({ routeKey: '$default', rawPath: '/queues/orders/nothing' });
    const http = { ...EVENT.requestContext.http, method: 'TRACE' };
    const wrong = await invoke({ routeKey: '$default', requestContext: { ...EVENT.requestContext, http } });

    expect(unknown.statusCode).toBe(404);
    expect(wrong).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD, POST' } });
  });

  it.each([
    ['nothing', { requestContext: undefined }],
    ['another kind of event', { requestContext: { stage: 'x' }, rawPath: undefined }],
    ['no path', { rawPath: undefined }],
    ['no headers', { headers: undefined }],
  ])('refuses an event with %s', async (_, changes) => {
    const { statusCode, answer } = await invoke(changes);

    expect(statusCode).toBe(400);
    expect(answer).toMatchObject({ error: { code: 'invalidField', field: 'requestContext.http' } });
  });

  it('turns an answer that would grow too large as text into Base64', async () => {
    const message = JSON.stringify({ messages: [{ body: '"'.repeat(1_000_000) }] });
    await invoke({ body: message });

    const { isBase64Encoded, body, answer } = await invoke({
      routeKey: 'POST /queues/{name}/receive',
      body: '{"max":1000}',
    });

    expect(isBase64Encoded).toBe(true);
    expect(body.length).toBeLessThan(6_000_000);
    expect(JSON.stringify(answer)).toContain('\\"'.repeat(1_000_000));
  });

  it.each([
    [429, 'throttled', new QueueError('Throttled', 'too much')],
    [503, 'unavailable', new QueueError('Unavailable', 'no answer')],
  ])('answers %i when the store is %s, says when to come back, and logs it', async (status, code, error) => {
    const { statusCode, headers, answer, log } = await invoke({}, { service: failingService(error) });

    expect(statusCode).toBe(status);
    expect(headers).toMatchObject({ 'retry-after': '1' });
    expect(answer).toMatchObject({ error: { code } });
    expect(log.lines).toMatchObject([
      { event: 'callRefused', fields: { status, call: 'POST /queues/orders/messages' } },
    ]);
  });

  it('tells nothing of a bug but its id, and logs it', async () => {
    const service = failingService(new TypeError('x is not a function'));

    const { statusCode, answer, log } = await invoke({}, { service });

    expect(statusCode).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('x is not');
    expect(answer).toMatchObject({ error: { code: 'internalError', requestId: EVENT.requestContext.requestId } });
    expect(log.lines).toMatchObject([{ event: 'callFailed', fields: { requestId: EVENT.requestContext.requestId } }]);
  });

  it('logs nothing about calls that are well or wrong', async () => {
    const well = await invoke({});
    const wrong = await invoke({ body: '{' });

    expect([...well.log.lines, ...wrong.log.lines]).toEqual([]);
  });
});
