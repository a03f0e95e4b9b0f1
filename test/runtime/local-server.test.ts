import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';

let runtime: LocalRuntime;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-local-'));
  runtime = await openLocalRuntime({ directory, port: 0, log: silentLog });
  await fetch(`${runtime.url}/queues/orders`, { method: 'PUT' });
});
afterAll(async () => {
  await runtime.close();
  await rm(directory, { recursive: true });
});

/** Posts and returns the status and the text. */
async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(runtime.url + path, { method: 'POST', body: body as string, headers });
  return { status: answer.status, text: await answer.text() };
}

describe('the local server', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('reads bodies in %s, over REST and SQS', async (encoding, pack) => {
    const headers = { 'content-encoding': encoding };
    const target = { ...headers, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues' };

    const sent = await post('/queues/orders/messages', pack('{"messages":[{"body":"packed"}]}'), headers);
    const listed = await post('/', pack('{"QueueNamePrefix":"ord"}'), target);
    const received = await post('/queues/orders/receive', '{}');

    expect([sent.status, listed.status]).toEqual([200, 200]);
    expect(listed.text).toContain('/orders');
    expect(received.text).toContain('"packed"');
  });

  it('refuses other encodings in the form of the protocol', async () => {
    const rest = await post('/queues/orders/receive', '{}', { 'content-encoding': 'br' });
    const sqs = await post('/', 'Action=ListQueues', { 'content-encoding': 'br' });

    expect(rest).toMatchObject({ status: 400, text: expect.stringContaining('"field":"content-encoding"') });
    expect(sqs).toMatchObject({ status: 400, text: expect.stringMatching(/<Code>InvalidParameterValue<[^]*gzip/) });
  });

  it('lets no page of another site purge a queue, and says so in the form of the protocol', async () => {
    await post('/queues/orders/messages', '{"messages":[{"body":"kept"}]}');
    const page = { origin: 'https://evil.example', 'content-type': 'text/plain' };

    const rest = await post('/queues/orders/purge', '{}', page);
    const sqs = await post('/', 'Action=PurgeQueue&QueueUrl=orders', page);
    const keys = await post('/keys', '{}', page);

    expect(rest).toMatchObject({ status: 403, text: expect.stringContaining('"code":"accessDenied"') });
    expect(sqs).toMatchObject({ status: 403, text: expect.stringContaining('<Code>AccessDenied<') });
    expect(keys).toMatchObject({ status: 403, text: expect.stringContaining('--allow-origin') });
    expect((await post('/queues/orders/receive', '{}')).text).toContain('"kept"');
  });
});
