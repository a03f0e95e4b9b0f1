import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { documentedVerifier } from '../support/verifier.ts';
import { givenEndpoint } from './targets/endpoint.ts';

interface Created {
  readonly id: string;
  readonly secret: string;
}

/** A server over a directory whose queue `orders` pushes bodies to an endpoint. */
async function givenServer() {
  const endpoint = await givenEndpoint((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
  const origin = `http://127.0.0.1:${endpoint.port}`;
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-signing-'));
  const open = () => openLocalRuntime({ directory, port: 0, log: silentLog, allowedTargets: [origin] });
  let runtime = await open();
  onTestFinished(async () => {
    await runtime.close();
    await rm(directory, { recursive: true });
  });
  const call = async (method: string, path: string, body?: object) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${runtime.url}/queues/orders${path}`, { method, ...json });
    return { status: answer.status, text: await answer.text() };
  };
  await call('PUT', '');
  await call('PUT', '/subscription', { to: { https: origin }, format: 'raw' });
  return {
    call,
    create: async () => JSON.parse((await call('POST', '/signing-keys')).text) as Created,
    restart: async () => {
      await runtime.close();
      runtime = await open();
    },
    /** The request that brings a message to the endpoint. */
    pushed: async (body: string) => {
      await call('POST', '/messages', { messages: [{ body }] });
      const text = await vi.waitUntil(() => endpoint.seen.requests.find((one) => one.endsWith(`\r\n\r\n${body}`)), {
        timeout: 60_000,
      });
      const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1);
      return { body, headers: Object.fromEntries(lines.map((line) => line.split(': ', 2))) as Record<string, string> };
    },
  };
}

describe('the signing keys of a queue, over REST', () => {
  it('sign from their creation to their removal, also after a restart', async () => {
    const { call, create, pushed, restart } = await givenServer();
    const isSigned = await documentedVerifier();
    const old = await create();
    const before = await pushed('before');
    const next = await create();
    await restart();
    const during = await pushed('during');
    const removed = await call('DELETE', `/signing-keys/${old.id}`);
    const after = await pushed('after');
    await call('DELETE', `/signing-keys/${next.id}`);
    const last = await pushed('last');

    const verifies = ({ headers, body }: typeof before) =>
      [old, next].map(({ secret }) => isSigned(headers, body, secret));
    expect(verifies(before)).toEqual([true, false]);
    expect(verifies(during)).toEqual([true, true]);
    expect(removed).toEqual({ status: 200, text: '{}' });
    expect(verifies(after)).toEqual([false, true]);
    expect(Object.keys(last.headers)).not.toContain('webhook-signature');
  });

  it('tell their secret once', async () => {
    const { call, create } = await givenServer();
    const { id, secret } = await create();

    const listed = await call('GET', '/signing-keys');

    expect(JSON.parse(listed.text)).toEqual({
      keys: [{ id, prefix: secret.slice(0, 10), createdAt: expect.any(String) as string }],
    });
    expect((await call('DELETE', '/signing-keys/unknown')).status).toBe(404);
  });
});
