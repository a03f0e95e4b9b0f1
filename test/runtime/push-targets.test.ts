import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';
import { type Behaviour, givenEndpoint } from './targets/endpoint.ts';
import { givenAws } from './targets/scripted-service.ts';

/** A server in memory with a queue `orders`. */
async function givenServer(options: Partial<LocalOptions> = {}) {
  const runtime = await openLocalRuntime({ port: 0, log: silentLog, ...options });
  onTestFinished(() => runtime.close());
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${runtime.url}/queues/${path}`, { method, headers, ...json });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  await call('PUT', 'orders');
  return { call, url: runtime.url };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answering =
  (status: string): Behaviour =>
  (socket) =>
    socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 20 });

describe('a server on this machine', () => {
  it('pushes to an endpoint that the operator allows, and deletes what it took', async () => {
    const endpoint = await givenEndpoint(answering('204 No Content'));
    const origin = `http://127.0.0.1:${endpoint.port}`;
    const { call } = await givenServer({ allowedTargets: [origin] });
    const put = await call('PUT', 'orders/subscription', { to: { https: `${origin}/new` }, format: 'raw' });

    await call('POST', 'orders/messages', { messages: [{ body: 'one' }, { body: 'two' }] });

    expect(put).toMatchObject({ status: 201, body: { batchSize: 1 } });
    await eventually(async () => expect((await call('GET', 'orders')).body).toMatchObject({ counts: { deleted: 2 } }));
    const bodies = endpoint.seen.requests.map((request) => request.split('\r\n\r\n')[1]);
    expect(new Set(bodies)).toEqual(new Set(['one', 'two']));
  });

  it('says what an endpoint is at fault for', async () => {
    const endpoint = await givenEndpoint(answering('307 Temporary Redirect\r\nlocation: http://169.254.169.254/'));
    const origin = `http://127.0.0.1:${endpoint.port}`;
    const { call } = await givenServer({ allowedTargets: [origin] });
    await call('PUT', 'orders/subscription', { to: { https: origin } });

    await call('POST', 'orders/messages', { messages: [{ body: 'one' }] });

    await eventually(async () =>
      expect((await call('GET', 'orders/subscription')).body).toMatchObject({
        state: 'failing',
        failing: { reason: 'status 307' },
      }),
    );
    expect(endpoint.seen.requests.length).toBeGreaterThan(0);
  });

  it('moves messages into another queue over SQS, and what was not taken comes again', async () => {
    const { url, call } = await givenServer({ allowedTargets: ['http://127.0.0.1:1'] });
    const second = await givenServer({ allowedTargets: [url] });
    await givenAws('silent');
    await second.call('PUT', 'orders/subscription', { to: { sqs: `${url}/000000000000/orders` } });

    await second.call('POST', 'orders/messages', { messages: [{ body: 'one' }, { body: 'two' }] });

    await eventually(async () =>
      expect((await second.call('GET', 'orders')).body).toMatchObject({ counts: { deleted: 2 } }),
    );
    expect((await call('GET', 'orders')).body).toMatchObject({ counts: { ready: 2 } });
  });

  it('pauses a queue that pushes into itself over SQS, once its message came round as often as it may', async () => {
    const port = await freePort();
    const own = `http://127.0.0.1:${port}`;
    const { call } = await givenServer({ port, allowedTargets: [own] });
    await givenAws('silent');
    await call('PUT', 'orders/subscription', { to: { sqs: `${own}/000000000000/orders` }, maxHops: 3 });

    await call('POST', 'orders/messages', { messages: [{ body: 'round' }] });

    await eventually(async () =>
      expect((await call('GET', 'orders/subscription')).body).toMatchObject({ state: 'paused', pausedBy: 'maxHops' }),
    );
    const { messages } = (await call('GET', 'orders/messages')).body;
    expect(messages).toMatchObject([{ body: 'round', attributes: { 'x-rewindmq-hops': { value: '3' } } }]);
  });

  it('takes over the hops that a handler passes on with its sends', async () => {
    const endpoint = await givenEndpoint(answering('204 No Content'));
    const origin = `http://127.0.0.1:${endpoint.port}`;
    const { call } = await givenServer({ allowedTargets: [origin] });
    await call('PUT', 'orders/subscription', { to: { https: origin }, format: 'raw' });

    const wrong = await call('POST', 'orders/messages', { messages: [{ body: 'one' }] }, { 'x-rewindmq-hops': 'many' });
    await call('POST', 'orders/messages', { messages: [{ body: 'one' }] }, { 'x-rewindmq-hops': '6' });

    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'x-rewindmq-hops' } } });
    await eventually(() => expect(endpoint.seen.requests[0]).toMatch(/^x-rewindmq-hops: 7$/im));
  });

  it('invokes a function that the operator allows', async () => {
    const { asked } = await givenAws({ status: 200, body: 'null' });
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
    const { call } = await givenServer({ allowedTargets: [`${arn}*`] });
    await call('PUT', 'orders/subscription', { to: { lambda: arn } });

    await call('POST', 'orders/messages', { messages: [{ body: 'one' }] });

    await eventually(async () => expect((await call('GET', 'orders')).body).toMatchObject({ counts: { deleted: 1 } }));
    expect(asked).toHaveLength(1);
  });

  it.each([
    [{ https: 'https://127.0.0.1/' }, 'to.https must name a host that the whole internet can reach'],
    [{ https: 'http://example.com/' }, 'to.https must begin with https://'],
    [{ https: 'https://example.com:9001/' }, 'to.https must have port 443'],
    [{ https: 'https://me:secret@example.com/' }, 'a URL without user or password'],
    [{ sqs: 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders' }, 'to.sqs must name a queue that the operator'],
    [{ lambda: 'arn:aws:lambda:eu-west-1:123456789012:function:other' }, 'to.lambda is not allowed on this server'],
    [{ lambda: 'file:orders.mjs#handler' }, 'to.lambda names a file, and this server runs none'],
  ])('refuses a subscription to %s', async (to, reason) => {
    const { call } = await givenServer({ allowedTargets: ['http://127.0.0.1:3000'] });

    const { status, body } = await call('PUT', 'orders/subscription', { to });

    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(reason);
  });

  it('refuses batches of bodies: they would be one text', async () => {
    const { call } = await givenServer();

    const put = await call('PUT', 'orders/subscription', {
      to: { https: 'https://example.com/' },
      format: 'raw',
      batchSize: 2,
    });

    expect(put.status).toBe(400);
    expect(JSON.stringify(put.body)).toContain('batchSize');
  });
});
