import { describe, expect, it } from 'vitest';
import type { SeenMessage } from '../../src/client/index.ts';
import { givenServer } from './server.ts';

const KEY = { accessKeyId: 'RMQ_KEY_OF_THE_CLIENT', secretAccessKey: 'a secret that has more than 32 characters' };

describe('the client', () => {
  const server = givenServer();

  it('sends, receives and deletes', async () => {
    const orders = server.client().queue('orders');
    await orders.create({ visibilitySeconds: 60 });

    const id = await orders.send({ body: 'first', attributes: { kind: { type: 'string', value: 'refund' } } });
    const [message] = await orders.receive();
    const deleted = await orders.delete([message?.receipt ?? '']);

    expect(message).toMatchObject({ id, body: 'first', attributes: { kind: { value: 'refund' } } });
    expect(deleted).toEqual({ deleted: 1, failed: [] });
  });

  it('sends more than fits a request', async () => {
    const many = server.client().queue('many');
    await many.create();

    const ids = await many.sendMany(Array.from({ length: 2_500 }, (_, index) => `message ${index}`));

    expect(new Set(ids).size).toBe(2_500);
    expect(await many.show()).toMatchObject({ counts: { ready: 2_500 } });
  });

  it('walks over pages of queues and messages', async () => {
    const client = server.client();
    const paged = client.queue('paged');
    await paged.create();
    const ids = await paged.sendMany(['a', 'b', 'c', 'd', 'e']);

    const seen: SeenMessage[] = [];
    for await (const message of paged.look({ limit: 2 })) seen.push(message);
    const names: string[] = [];
    for await (const { name } of client.queues({ prefix: 'pag', limit: 1 })) names.push(name);

    expect(seen.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(names).toEqual(['paged']);
  });

  it('finds a message, or says that there is none', async () => {
    const queue = server.client().queue('found');
    await queue.create();
    const empty = server.client().queue('empty');
    await empty.create();
    const id = await queue.send('here');

    expect(await queue.find(id)).toMatchObject({ id, state: 'ready' });
    expect(await empty.find(id)).toBeUndefined();
  });

  it('rewinds, and tells how far it is until the end', async () => {
    const queue = server.client().queue('rewound');
    await queue.create();
    await queue.sendMany(['one', 'two']);
    const received = await queue.receive();
    await queue.delete(received.map(({ receipt }) => receipt));

    const from = '2020-01-01T00:00:00Z';
    const rewind = await queue.rewind({ from });
    const states: string[] = [];
    for await (const { state } of rewind.progress({ everyMs: 10 })) states.push(state);

    expect(states.at(-1)).toBe('done');
    expect((await queue.show()).counts.ready).toBe(2);
    for await (const { id } of queue.rewinds()) expect(id).toBe(rewind.id);
  });

  it('throws the code and the field of the API', async () => {
    const queue = server.client().queue('absent');

    await expect(queue.send('lost')).rejects.toMatchObject({
      name: 'RewindMqError',
      code: 'queueNotFound',
      status: 404,
    });
    await expect(queue.create({ visibilitySeconds: -1 })).rejects.toMatchObject({
      code: 'invalidField',
      field: 'visibilitySeconds',
    });
  });
});

describe('the client of a server that requires keys', () => {
  const server = givenServer({ requireKeys: true, key: { id: KEY.accessKeyId, secret: KEY.secretAccessKey } });

  it('signs every call, queries and strange bodies included', async () => {
    const queue = server.client({ credentials: async () => KEY }).queue('signed');

    await queue.create();
    const id = await queue.send('a body with ünïcödé + % & ="');

    for await (const seen of queue.look({ state: 'ready', limit: 20, from: '2026-01-01T00:00:00+00:00' })) {
      expect(seen.id).toBe(id);
    }
  });

  it('creates, lists and revokes keys', async () => {
    const client = server.client({ credentials: KEY });

    const { secret, ...created } = await client.createKey({ queues: ['orders*'], rights: ['send'], note: 'billing' });
    const { keys } = await client.keys();
    await client.revokeKey(created.id);

    expect(secret).toMatch(/.{32}/);
    expect(keys).toEqual([created]);
    expect(await client.keys()).toEqual({ keys: [] });
  });

  it('is refused without credentials, and with wrong ones', async () => {
    await expect(server.client().queue('signed').show()).rejects.toMatchObject({ code: 'accessDenied' });

    const wrong = server.client({ credentials: { ...KEY, secretAccessKey: 'another secret' } });
    await expect(wrong.queue('signed').show()).rejects.toMatchObject({ code: 'accessDenied' });
  });
});
