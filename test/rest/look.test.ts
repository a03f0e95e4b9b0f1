import { describe, expect, it } from 'vitest';
import { eventually, type QueueClient, type Seen } from './rest-client.ts';
import { givenServer, IS_BEHIND_GATEWAY } from './server.ts';

const server = givenServer();

const bodiesOf = (messages: readonly { body: string }[]) => messages.map(({ body }) => body).toSorted();

/** A look may lag a moment behind an answer, so it is repeated until it shows this many. */
async function lookUntil(queue: QueueClient, state: string, count: number): Promise<Seen[]> {
  let seen: Seen[] = [];
  await eventually(async () => {
    seen = await queue.look({ state });
    expect(seen).toHaveLength(count);
  });
  return seen;
}

const find = (queue: QueueClient, id: string, query = '') =>
  server.rest.call<Seen>('GET', `${queue.path}/messages/${id}${query}`);

describe.concurrent('a look', () => {
  it('shows the messages of each state, and changes none', async () => {
    const queue = await server.rest.newQueue();
    const [heldId] = await queue.send('held');
    await queue.receiveOne({ visibilitySeconds: 600 });
    await queue.send('ready', { body: 'delayed', delaySeconds: 3_600 });

    const ready = await lookUntil(queue, 'ready', 1);
    const delayed = await lookUntil(queue, 'delayed', 1);
    const inFlight = await lookUntil(queue, 'inFlight', 1);

    expect(ready).toMatchObject([{ state: 'ready', body: 'ready', receiveCount: 0 }]);
    expect(delayed).toMatchObject([{ state: 'delayed', body: 'delayed', receiveCount: 0 }]);
    expect(inFlight).toMatchObject([{ state: 'inFlight', body: 'held', receiveCount: 1, id: heldId }]);
    expect(Date.parse(delayed[0]?.visibleAt ?? '') - Date.now()).toBeGreaterThan(3_000_000);
    expect(await queue.counts()).toEqual({ sent: 3, ready: 1, delayed: 1, inFlight: 1 });
    expect(await queue.receiveOne()).toMatchObject({ body: 'ready', receiveCount: 1 });
  });

  it('shows ready messages when no state is named', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('ready', { body: 'delayed', delaySeconds: 3_600 });
    await lookUntil(queue, 'ready', 1);

    const messages = await queue.look();

    expect(messages).toMatchObject([{ state: 'ready', body: 'ready' }]);
  });

  it('continues where the page before ended', async () => {
    const queue = await server.rest.newQueue();
    const bodies = Array.from({ length: 25 }, (_, index) => `body ${index}`);
    await queue.send(...bodies.slice(0, 20));
    await queue.send(...bodies.slice(20));
    await lookUntil(queue, 'ready', 25);

    const messages = await queue.look({ state: 'ready', limit: '4' });

    expect(bodiesOf(messages)).toEqual(bodies.toSorted());
    expect(new Set(messages.map(({ id }) => id)).size).toBe(25);
  });

  it('starts at the moment it is given', async () => {
    const queue = await server.rest.newQueue();
    const moments = ['2080-01-01T00:00:00Z', '2090-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];
    await queue.send(...moments.map((deliverAt) => ({ body: deliverAt, deliverAt })));
    await lookUntil(queue, 'delayed', 3);

    const messages = await queue.look({ state: 'delayed', from: '2090-01-01T01:00:00+01:00' });

    expect(bodiesOf(messages)).toEqual(moments.slice(1));
  });

  it('refuses a cursor that no page gave', async () => {
    const queue = await server.rest.newQueue();

    const answer = await server.rest.call('GET', `${queue.path}/messages?cursor=invented`);

    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'cursor' } } });
  });
});

describe.concurrent('finding a message by its id', () => {
  it('shows it in whatever state it is', async () => {
    const queue = await server.rest.newQueue();
    const ids = await queue.send('ready', { body: 'delayed', delaySeconds: 3_600 });
    const [readyId, delayedId] = ids as [string, string];

    expect(await find(queue, readyId)).toMatchObject({
      status: 200,
      body: { id: readyId, state: 'ready', body: 'ready' },
    });
    expect(await find(queue, delayedId)).toMatchObject({ status: 200, body: { id: delayedId, state: 'delayed' } });

    await queue.receiveOne({ visibilitySeconds: 600 });

    const held = await find(queue, readyId);
    expect(held).toMatchObject({
      status: 200,
      body: { id: readyId, state: 'inFlight', body: 'ready', receiveCount: 1 },
    });
    expect(await queue.counts()).toEqual({ sent: 2, delayed: 1, inFlight: 1 });
  });

  it('finds each message of one request', async () => {
    const queue = await server.rest.newQueue();
    const ids = await queue.send('zero', 'one', 'two');

    const found = await Promise.all(ids.map((id) => find(queue, id)));

    expect(found.map(({ body }) => body.body)).toEqual(['zero', 'one', 'two']);
  });

  it('says how far it looked when there is none', async () => {
    const queue = await server.rest.newQueue();
    const other = await server.rest.newQueue();
    const [foreignId] = await other.send('elsewhere');

    // API Gateway decodes a path before it looks for a route, so no call there has a slash in an id.
    const upwards = IS_BEHIND_GATEWAY ? [] : ['%2E%2E%2F'];
    for (const id of [foreignId ?? '', 'invented', ...upwards, 'x'.repeat(2_000)]) {
      const answer = await find(queue, id);

      expect(answer).toMatchObject({
        status: 404,
        body: { error: { code: 'notFound' }, searched: { from: expect.any(String), to: expect.any(String) } },
      });
    }
  });
});

describe.concurrent('a change of one message by its id', () => {
  it('deletes it, whatever its state is', async () => {
    const queue = await server.rest.newQueue();
    const [heldId = ''] = await queue.send('held');
    await queue.receiveOne({ visibilitySeconds: 600 });
    const ids = await queue.send('ready', { body: 'delayed', delaySeconds: 3_600 });

    for (const id of [heldId, ...ids]) {
      expect(await server.rest.call('DELETE', `${queue.path}/messages/${id}`)).toMatchObject({ status: 200, body: {} });
    }

    expect(await queue.counts()).toEqual({ sent: 3, deleted: 3 });
    expect(await server.rest.call('DELETE', `${queue.path}/messages/invented`)).toMatchObject({
      status: 404,
      body: { error: { code: 'notFound' }, searched: { complete: true } },
    });
  });

  it('ends or extends its lease, and refuses to for a message that nobody holds', async () => {
    const queue = await server.rest.newQueue();
    const [id = ''] = await queue.send('held');
    await queue.receiveOne({ visibilitySeconds: 60 });
    const path = `${queue.path}/messages/${id}/visibility`;

    const extended = await server.rest.call('POST', path, { visibilitySeconds: 600 });
    const until = (await find(queue, id)).body.visibleAt;
    const ended = await server.rest.call('POST', path, { visibilitySeconds: 0 });

    expect([extended.status, ended.status]).toEqual([200, 200]);
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(300_000);
    await eventually(async () => expect(await queue.counts()).toEqual({ sent: 1, ready: 1 }));
    expect(await server.rest.call('POST', path, { visibilitySeconds: 0 })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    });
  });
});

describe('who holds a message', () => {
  it('is the name that the consumer gave itself, or its address', async () => {
    const { name } = await server.rest.newQueue();
    await server.rest.call('POST', `/queues/${name}/messages`, { messages: [{ body: 'one' }, { body: 'two' }] });
    await server.rest.call('POST', `/queues/${name}/receive`, { max: 1, consumer: 'worker-1' });
    await server.rest.call('POST', `/queues/${name}/receive`, { max: 1 });

    const { body } = await server.rest.call<{ messages: { id: string; heldBy?: string }[] }>(
      'GET',
      `/queues/${name}/messages?state=inFlight`,
    );

    // A deployment knows none.
    const holders = body.messages.flatMap(({ heldBy }) => heldBy ?? []).toSorted();
    if (holders.length > 0) expect(holders).toEqual([expect.stringMatching(/:\d+$/), 'worker-1']);
    const found = await server.rest.call('GET', `/queues/${name}/messages/${body.messages[0]?.id}`);
    expect(found.body).toMatchObject(body.messages[0] ?? {});
    const wrong = await server.rest.call('POST', `/queues/${name}/receive`, { consumer: '' });
    expect(wrong).toMatchObject({ status: 400, body: { error: { field: 'consumer' } } });
  });
});
