import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AnsweredCall } from '../../src/runtime/http.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';

const started: { readonly server: LocalRuntime; readonly directory: string }[] = [];
afterEach(async () => {
  for (const { server, directory } of started.splice(0)) {
    await server.close();
    await rm(directory, { recursive: true });
  }
});

async function givenServer(options: Partial<LocalOptions> = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-metrics-'));
  const server = await openLocalRuntime({ directory, port: 0, log: silentLog, ...options });
  started.push({ server, directory });
  return server.url;
}

const scrape = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${url}/metrics`, { headers });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
};

describe('metrics', () => {
  it('tell Prometheus of calls by route, of messages by queue and state, and of the process', async () => {
    const url = await givenServer();
    await fetch(`${url}/queues/orders`, { method: 'PUT' });
    await fetch(`${url}/queues/orders/messages`, { method: 'POST', body: '{"messages":[{"body":"one"}]}' });
    await fetch(`${url}/queues/never/messages/x`);
    await fetch(`${url}/wp-login.php`);

    const { status, type, text } = await scrape(url);

    expect([status, type]).toEqual([200, expect.stringContaining('text/plain; version=0.0.4')]);
    for (const line of [
      'rewindmq_calls_total{call="PUT /queues/{name}",status="201"} 1',
      'rewindmq_calls_total{call="GET /queues/{name}/messages/{id}",status="404"} 1',
      'rewindmq_calls_total{call="GET other",status="404"} 1',
      'rewindmq_messages{queue="orders",state="ready"} 1',
      'process_cpu_user_seconds_total',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('are shown to callers with the token where calls must be signed, and to no others', async () => {
    const withToken = await givenServer({ requireKeys: true, metricsToken: 'secret' });
    const without = await givenServer({ requireKeys: true });

    const [right, wrong, none] = await Promise.all([
      scrape(withToken, { authorization: 'Bearer secret' }),
      scrape(withToken, { authorization: 'Bearer other' }),
      scrape(without, { authorization: 'Bearer undefined' }),
    ]);

    expect([right.status, wrong.status, none.status]).toEqual([200, 403, 403]);
    expect(none.text).toContain('REWINDMQ_METRICS_TOKEN');
  });
});

describe('a call that is over', () => {
  it('is told with its path and without its query, in which a signature may stand', async () => {
    const calls: AnsweredCall[] = [];
    const url = await givenServer({ onAnswered: (call) => void calls.push(call) });

    await (await fetch(`${url}/queues?limit=5`)).text();

    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(calls[0]).toEqual({
      method: 'GET',
      path: '/queues',
      status: 200,
      bytes: '{"queues":[]}'.length,
      ms: expect.any(Number),
      remote: expect.stringContaining('127.0.0.1'),
    });
  });
});

describe('a key that the server was started with', () => {
  it('may do everything, and a caller without it may only ask for health', async () => {
    const url = await givenServer({ requireKeys: true, key: { id: 'RMQ_FIRST_KEY_0001', secret: 'x'.repeat(40) } });

    const unsigned = await Promise.all(
      ['/health', '/ready', '/queues'].map(async (path) => (await fetch(url + path)).status),
    );

    expect(unsigned).toEqual([200, 200, 403]);
  });
});
