import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EpochMs } from '../../../src/model/brand.ts';
import type { RewindId } from '../../../src/model/ids.ts';
import type { PushCall } from '../../../src/ports/push-target.ts';
import { triggerEvent } from '../../../src/protocols/sqs/trigger-event.ts';
import { HttpsTarget, urlRefusal } from '../../../src/runtime/targets/index.ts';
import { OWNER, pushCall, pushMessage } from '../../support/push-calls.ts';
import { givenEndpoint, givenSender } from './endpoint.ts';

const EMPTY = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** An endpoint, and calls of it. */
async function given(answer = EMPTY, keysOf = async (): Promise<readonly string[]> => []) {
  const endpoint = await givenEndpoint((socket) => socket.write(answer));
  const origin = `http://127.0.0.1:${endpoint.port}`;
  const sender = givenSender({ allowedOrigins: [origin] });
  const target = new HttpsTarget({
    owner: OWNER,
    clock: { nowMs: () => 1_764_489_700_900 as EpochMs },
    keysOf,
    send: (post) => sender.send(post),
  });
  const to = { kind: 'https', url: `${origin}/orders?kind=new` } as const;
  const call = (bodies: readonly string[], fields: Partial<PushCall> = {}) => target.call(pushCall(to, bodies, fields));
  return { endpoint, call, to };
}

const bodyOf = (request = '') => request.slice(request.indexOf('\r\n\r\n') + 4);
const headersOf = (request = '') =>
  Object.fromEntries(
    request
      .slice(0, request.indexOf('\r\n\r\n'))
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ', 2)),
  ) as Record<string, string>;

describe('an HTTPS endpoint', () => {
  it('gets a batch as the event of a trigger, and its answer comes back', async () => {
    const { endpoint, call, to } = await given(
      'HTTP/1.1 202 OK\r\ncontent-length: 25\r\n\r\n{"batchItemFailures":[1]}',
    );

    const answer = await call(['one', 'two']);

    const { messages } = pushCall(to, ['one', 'two']);
    expect(answer).toEqual({ end: { kind: 'status', status: 202 }, text: '{"batchItemFailures":[1]}' });
    expect(endpoint.seen.requests[0]).toMatch(/^POST \/orders\?kind=new HTTP\/1.1\r\n/);
    expect(bodyOf(endpoint.seen.requests[0])).toBe(triggerEvent({ queueName: 'orders', messages }, OWNER));
    expect(headersOf(endpoint.seen.requests[0])).toMatchObject({
      'content-type': 'application/json',
      'x-rewindmq-queue': 'orders',
      'x-rewindmq-message-count': '2',
      'x-rewindmq-hops': '1',
      'webhook-id': expect.stringMatching(/^batch_[0-9a-f]{32}$/) as string,
      'webhook-timestamp': '1764489700',
    });
  });

  it.each([
    ['{"order":7}', 'application/json'],
    ['order 7 für "Ä"', 'text/plain; charset=utf-8'],
    ['', 'text/plain; charset=utf-8'],
  ])('gets a body as it is in the raw format: %s', async (body, type) => {
    const { endpoint, call } = await given();
    const message = pushMessage({ body, receiveCount: 4, rewoundBy: 'rewind-7' as RewindId });

    await call([], { format: 'raw', messages: [message] });

    const [request] = endpoint.seen.requests;
    expect(bodyOf(request)).toBe(body);
    expect(headersOf(request)).toMatchObject({
      'content-type': type,
      'webhook-id': message.id,
      'x-rewindmq-message-id': message.id,
      'x-rewindmq-receive-count': '4',
      'x-rewindmq-sent-at': '2025-11-30T08:00:00.000Z',
      'x-rewindmq-rewound-by': 'rewind-7',
    });
  });

  it('gets the same id for the same batch, and keeps its connection', async () => {
    const { endpoint, call } = await given();

    await call(['one', 'two']);
    await call(['one', 'two'], { timeoutMs: 30_000 });
    await call(['one', 'two', 'three']);

    const [first, again, larger] = endpoint.seen.requests.map((request) => headersOf(request)['webhook-id']);
    expect(again).toBe(first);
    expect(larger).not.toBe(first);
    expect(endpoint.seen.connections).toBe(1);
  });

  it('gets no request while the keys of its queue cannot be read: it must not get used to unsigned ones', async () => {
    const { endpoint, call } = await given(EMPTY, async () => {
      throw new Error('KMS does not answer');
    });

    expect(await call(['one'])).toEqual({ end: { kind: 'notSigned' } });
    expect(endpoint.seen.connections).toBe(0);
  });

  it('is called directly where the environment names a proxy', async () => {
    const { endpoint, call } = await given();
    for (const name of ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY']) vi.stubEnv(name, 'http://127.0.0.1:1');
    onTestFinished(() => void vi.unstubAllEnvs());

    expect((await call(['one'])).end).toEqual({ kind: 'status', status: 200 });
    expect(endpoint.seen.requests).toHaveLength(1);
  });
});

describe('a URL that a subscription names', () => {
  it.each([
    ['https://example.com/orders?kind=new', undefined],
    ['https://example.com:443', undefined],
    ['https://[2606:4700:4700::1111]/', undefined],
    ['http://127.0.0.1:3000/orders', undefined],
    ['http://127.0.0.1:3001/orders', 'must begin with https://'],
    ['orders', 'must be a URL, like https://example.com/orders'],
    ['https://me:secret@example.com', 'must not contain a user name or password'],
    ['https://example.com:9001', 'must have port 443'],
    ['https://10.0.0.7', 'must name a host that the whole internet can reach'],
    ['https://own.example', "must not name this deployment's own host"],
  ])('is judged before it is called: %s', (url, refusal) => {
    const allowedOrigins = ['http://127.0.0.1:3000'];

    expect(urlRefusal(url, { allowedOrigins, refusedHosts: ['own.example'] })).toBe(refusal);
  });
});
