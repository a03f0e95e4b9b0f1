import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';

async function givenServer(options: Partial<LocalOptions> = {}) {
  const runtime = await openLocalRuntime({ port: 0, log: silentLog, ...options });
  onTestFinished(() => runtime.close());
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(runtime.url + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as Answer) };
  };
  return { call };
}

interface Answer {
  readonly messages: readonly { readonly body: string; readonly receipt: string }[];
  readonly paths: object;
  readonly id: string;
  readonly state: string;
  readonly queues: readonly { readonly name: string }[];
}

const orders = '/queues/orders';
const bodiesOf = ({ body }: { body: Answer | undefined }) => body?.messages.map((message) => message.body);

it('carries a message along the whole road: sent, received, deleted, rewound', async () => {
  const { call } = await givenServer();
  await call('PUT', orders);
  await call('POST', `${orders}/messages`, { messages: [{ body: 'once' }, { body: 'again' }] });

  const received = await call('POST', `${orders}/receive`, { max: 10 });
  const receipts = received.body?.messages.map(({ receipt }) => receipt);
  await call('POST', `${orders}/delete`, { receipts });
  const started = await call('POST', `${orders}/rewinds`, { from: '2000-01-01T00:00:00Z' });
  const rewound = await call('POST', `${orders}/receive`, { max: 10, waitSeconds: 20 });

  expect(bodiesOf(received)).toEqual(['once', 'again']);
  expect(started.status).toBe(202);
  expect(bodiesOf(rewound)).toEqual(['once', 'again']);
});

it('is as it started after a reset, and ends what waits', async () => {
  const { call } = await givenServer({ queues: { made: {} } });
  await call('PUT', orders);
  await call('POST', `/queues/made/messages`, { messages: [{ body: 'gone' }] });
  const waiting = call('POST', `${orders}/receive`, { waitSeconds: 20 });
  await call('GET', orders);

  const reset = await call('POST', '/reset');

  expect(reset.status).toBe(204);
  expect([200, 404]).toContain((await waiting).status);
  expect((await call('GET', '/queues')).body?.queues.map(({ name }) => name)).toEqual(['made']);
  expect(bodiesOf(await call('POST', '/queues/made/receive', {}))).toEqual([]);
});

it('describes its reset, which a server with a directory does not have', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-memory-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const inMemory = await givenServer();
  const onDisk = await givenServer({ directory });

  expect((await inMemory.call('GET', '/openapi.json')).body?.paths).toHaveProperty('/reset');
  expect((await onDisk.call('GET', '/openapi.json')).body?.paths).not.toHaveProperty('/reset');
  expect((await onDisk.call('POST', '/reset')).status).toBe(404);
});
