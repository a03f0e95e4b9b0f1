import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';

/** Notes each record that it gets, and fails for bodies that say so. */
const HANDLER = `import { appendFileSync } from 'node:fs';
export const handler = async ({ Records }) => {
  for (const record of Records) appendFileSync('got', JSON.stringify(record) + '\\n');
  if (Records.some(({ body }) => body === 'fails')) throw new Error('as the test wants');
};`;
const TO = { lambda: 'file:orders.mjs#handler' };

interface Got {
  readonly body: string;
  readonly messageId: string;
  readonly eventSource: string;
  readonly attributes: { readonly ApproximateReceiveCount: string; readonly RewoundBy?: string };
}

async function givenServer(options: Partial<LocalOptions> = {}) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rewindmq-push-')));
  const handlers = mkdtempSync(join(directory, 'handlers-'));
  writeFileSync(join(handlers, 'orders.mjs'), HANDLER);
  const data = join(directory, 'data');
  const open = async () => await openLocalRuntime({ directory: data, port: 0, handlers, log: silentLog, ...options });
  let runtime = await open();
  onTestFinished(async () => {
    await runtime.close();
    rmSync(directory, { recursive: true });
  });
  const call = async (method: string, path: string, body?: object) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${runtime.url}/queues/orders${path}`, { method, ...json });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const got = (): Got[] => {
    try {
      const lines = readFileSync(join(handlers, 'got'), 'utf8').trimEnd().split('\n');
      return lines.map((line) => JSON.parse(line) as Got);
    } catch {
      return [];
    }
  };
  await call('PUT', '', { visibilitySeconds: 1 });
  return {
    call,
    got,
    send: (...bodies: string[]) => call('POST', '/messages', { messages: bodies.map((body) => ({ body })) }),
    bodies: () => got().map(({ body }) => body),
    restart: async () => {
      await runtime.close();
      runtime = await open();
    },
  };
}

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

describe('a queue with a subscription to a function in a file', () => {
  it('calls it with the event of an SQS trigger, and deletes what it did', async () => {
    const server = await givenServer();
    const put = await server.call('PUT', '/subscription', { to: TO });

    await server.send('one');

    await eventually(() => expect(server.bodies()).toEqual(['one']));
    expect(put).toMatchObject({ status: 201, body: { state: 'active', batchSize: 10, format: 'sqs', to: TO } });
    expect(server.got()).toMatchObject([{ eventSource: 'aws:sqs', attributes: { ApproximateReceiveCount: '1' } }]);
    await eventually(async () =>
      expect((await server.call('GET', '')).body).toMatchObject({ counts: { deleted: 1 }, subscription: { to: TO } }),
    );
  });

  it('continues after a restart of the server, and after a purge', async () => {
    const server = await givenServer();
    await server.call('PUT', '/subscription', { to: TO });
    await server.restart();
    await server.send('restarted');
    await eventually(() => expect(server.bodies()).toEqual(['restarted']));

    await server.call('POST', '/purge', {});
    await server.send('purged');

    await eventually(() => expect(server.bodies()).toEqual(['restarted', 'purged']));
  });

  it('runs it again on what a rewind brings back, and says by which', async () => {
    const server = await givenServer();
    await server.call('PUT', '/subscription', { to: TO });
    await server.send('one');
    await eventually(async () => expect((await server.call('GET', '')).body).toMatchObject({ counts: { deleted: 1 } }));

    const { body } = await server.call('POST', '/rewinds', { from: '2020-01-01T00:00:00Z' });

    await eventually(() => expect(server.got()).toHaveLength(2));
    expect(server.got()[1]).toMatchObject({ body: 'one', attributes: { RewoundBy: body['id'] } });
  });

  it('lets failed messages come again', async () => {
    const server = await givenServer();
    await server.call('PUT', '/subscription', { to: TO });

    await server.send('fails');

    await eventually(() => expect(server.got().length).toBeGreaterThan(1));
    const [first, second] = server.got();
    expect([first, second].map((one) => one?.attributes.ApproximateReceiveCount)).toEqual(['1', '2']);
  });

  it('pushes nothing while it is paused, and all of it afterwards', async () => {
    const server = await givenServer();
    await server.call('PUT', '/subscription', { to: TO });
    const paused = await server.call('POST', '/subscription/pause', {});
    await server.send('one');
    const waiting = await server.call('GET', '/subscription');

    const resumed = await server.call('POST', '/subscription/resume', {});

    await eventually(() => expect(server.bodies()).toEqual(['one']));
    expect([paused, waiting, resumed].map(({ body }) => body['state'])).toEqual(['paused', 'paused', 'active']);
  });

  it('shows a target that is at fault, and why', async () => {
    const server = await givenServer();
    await server.call('PUT', '/subscription', { to: { lambda: 'file:missing.mjs#handler' } });

    await server.send('one');

    await eventually(async () =>
      expect((await server.call('GET', '/subscription')).body).toMatchObject({
        state: 'failing',
        failing: { reason: 'notLoaded', calls: expect.any(Number) },
      }),
    );
  });

  it('ends with it', async () => {
    const server = await givenServer();
    await server.call('PUT', '/subscription', { to: TO });

    const ended = await server.call('DELETE', '/subscription');
    const again = await server.call('DELETE', '/subscription');

    expect(ended).toMatchObject({ status: 200, body: {} });
    expect(again).toMatchObject({ status: 404, body: { error: { code: 'notFound' } } });
  });
});

describe('a subscription that a server cannot carry out', () => {
  it('is refused when it names a file, unless the server was given a directory of handlers', async () => {
    const server = await givenServer({ handlers: undefined });

    const refused = await server.call('PUT', '/subscription', { to: TO });

    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'to' } } });
    expect(JSON.stringify(refused.body)).toContain('--handlers');
  });
});
