import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ROUTE_FRESH_MS } from '../../src/model/limits.ts';
import { eventually, type QueueAnswer, type QueueClient } from './rest-client.ts';
import { givenServer, IS_LOCAL } from './server.ts';

const server = givenServer();

const ENTERED = ['sent', 'rewound'];

/** Every message that entered is somewhere: in one state, or gone in one of the possible ways. */
function expectBalance({ counts }: QueueAnswer): void {
  const sum = (names: readonly string[]) => names.reduce((total, name) => total + (counts[name] ?? Number.NaN), 0);
  const others = Object.keys(counts).filter((name) => !ENTERED.includes(name));
  expect(others.toSorted()).toEqual(['damaged', 'deadLettered', 'delayed', 'deleted', 'inFlight', 'purged', 'ready']);
  expect(sum(ENTERED)).toBe(sum(others));
}

async function expectCounts(queue: QueueClient, expected: Record<string, number>): Promise<void> {
  const areThese = async () => {
    const shown = await queue.show();
    expectBalance(shown);
    expect(Object.fromEntries(Object.entries(shown.counts).filter(([, count]) => count !== 0))).toEqual(expected);
    expect(shown['countsExact']).toBe(true);
  };
  // If a deployment's feed lags for seconds, an answer reports that it is not exact, and a later one is exact.
  await (IS_LOCAL ? areThese() : eventually(areThese));
}

/** Functions of a deployment may use a route that they read a moment before a purge. */
const untilItIsKnown = () => (IS_LOCAL ? Promise.resolve() : sleep(ROUTE_FRESH_MS));

describe.concurrent('counts', () => {
  it('include every call that was answered, through a whole life', async () => {
    const queue = await server.rest.newQueue();
    await expectCounts(queue, {});

    await queue.send('one', 'two', 'three', 'four', { body: 'later', delaySeconds: 3_600 });
    await expectCounts(queue, { sent: 5, ready: 4, delayed: 1 });

    const [one, two] = await queue.receiveAll(2, { max: 2 });
    await expectCounts(queue, { sent: 5, ready: 2, delayed: 1, inFlight: 2 });

    await queue.delete(one?.receipt ?? '');
    await expectCounts(queue, { sent: 5, ready: 2, delayed: 1, inFlight: 1, deleted: 1 });

    await queue.changeVisibility(0, two?.receipt ?? '');
    await expectCounts(queue, { sent: 5, ready: 3, delayed: 1, deleted: 1 });

    const rest = await queue.receiveAll(3);
    await queue.delete(...rest.map(({ receipt }) => receipt));
    await expectCounts(queue, { sent: 5, delayed: 1, deleted: 4 });
  });

  it('are exact with a thousand messages in the queue', async () => {
    const queue = await server.rest.newQueue();
    for (let request = 0; request < 10; request++) {
      await queue.send(...Array.from({ length: 100 }, (_, index) => `body ${index}`));
    }

    const messages = await queue.receiveAll(250, { max: 50 });
    await queue.delete(...messages.slice(0, 100).map(({ receipt }) => receipt));

    const inFlight = messages.length - 100;
    await expectCounts(queue, { sent: 1_000, deleted: 100, inFlight, ready: 1_000 - messages.length });
  });

  it('tell how long the first ready message has been ready', async () => {
    const queue = await server.rest.newQueue();
    await queue.send({ body: 'later', delaySeconds: 600 });
    expect(await queue.show()).toMatchObject({ oldestReadyAgeSeconds: 0 });

    await queue.send('old');
    await eventually(async () => expect((await queue.show()).oldestReadyAgeSeconds).toBeGreaterThan(1));

    await queue.receiveOne();
    expect(await queue.show()).toMatchObject({ oldestReadyAgeSeconds: 0 });
  });
});

describe.concurrent('a purge', () => {
  const undo = (queue: QueueClient) => server.rest.call('DELETE', `${queue.path}/purge`);

  it('empties the queue at once, and can be undone for an hour', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('one', 'two', { body: 'later', delaySeconds: 3_600 });
    const [held] = await queue.receiveAll(1, { max: 1 });

    const purged = await server.rest.call<{ undoUntil: string }>('POST', `${queue.path}/purge`, {});

    expect(purged.status).toBe(202);
    expect(Date.parse(purged.body.undoUntil) - Date.now()).toBeGreaterThan(3_500_000);
    await expectCounts(queue, { sent: 3, purged: 3 });
    await untilItIsKnown();
    expect(await queue.receive({ waitSeconds: 1 })).toEqual([]);

    const undone = await undo(queue);

    expect(undone).toMatchObject({ status: 200, body: {} });
    await expectCounts(queue, { sent: 3, ready: 1, delayed: 1, inFlight: 1 });
    await untilItIsKnown();
    expect((await queue.receiveOne()).body).toMatch(/one|two/);
    expect(await queue.delete(held?.receipt ?? '')).toEqual({ deleted: 1, failed: [] });
  });

  it('takes nothing that is sent after it', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('before');

    await server.rest.call('POST', `${queue.path}/purge`);
    await queue.send('after');

    expect((await queue.receiveOne()).body).toBe('after');
    await expectCounts(queue, { sent: 2, purged: 1, inFlight: 1 });
  });

  it('leaves nothing to undo where there was none, or it was undone', async () => {
    const queue = await server.rest.newQueue();
    const nothingToUndo = { status: 409, body: { error: { code: 'nothingToUndo' } } };
    expect(await undo(queue)).toMatchObject(nothingToUndo);

    await server.rest.call('POST', `${queue.path}/purge`, {});

    expect(await undo(queue)).toMatchObject({ status: 200 });
    expect(await undo(queue)).toMatchObject(nothingToUndo);
  });
});

describe.concurrent('dead letters', () => {
  it('leave for their queue after the last receive that is allowed', async () => {
    const deadLetters = await server.rest.newQueue();
    const queue = await server.rest.newQueue({ deadLetter: { queue: deadLetters.name, maxReceives: 2 } });
    const attributes = { why: { type: 'string', value: 'poison' } };
    const [id] = await queue.send({ body: 'poison', attributes });
    for (const receiveCount of [1, 2]) {
      const message = await queue.receiveOne();
      expect(message).toMatchObject({ id, receiveCount });
      await queue.changeVisibility(0, message.receipt);
    }

    const third = await queue.receive({ waitSeconds: 1 });

    expect(third).toEqual([]);
    await expectCounts(queue, { sent: 1, deadLettered: 1 });
    const deadLetteredFrom = { queue: queue.name, at: expect.any(String) as string, reason: 'maxReceives' };
    const [looked] = await deadLetters.look({ state: 'ready' });
    expect(looked).toMatchObject({ id, deadLetteredFrom });
    const received = await deadLetters.receiveOne();
    expect(received).toMatchObject({ id, body: 'poison', attributes, receiveCount: 3, deadLetteredFrom });
    await expectCounts(deadLetters, { sent: 1, inFlight: 1 });
  });

  it('need a queue that exists and is another', async () => {
    const queue = await server.rest.newQueue();
    const refused = { status: 400, body: { error: { code: 'invalidField', field: 'deadLetter.queue' } } };

    const missing = { deadLetter: { queue: `${queue.name}-missing`, maxReceives: 1 } };
    const itself = { deadLetter: { queue: queue.name, maxReceives: 1 } };

    expect(await server.rest.call('PUT', `${queue.path}-new`, missing)).toMatchObject(refused);
    expect(await server.rest.call('PATCH', queue.path, missing)).toMatchObject(refused);
    expect(await server.rest.call('PATCH', queue.path, itself)).toMatchObject(refused);
    expect(await server.rest.call('GET', `${queue.path}-new`)).toMatchObject({ status: 404 });
  });

  it('stay where they are when their queue is gone', async () => {
    const deadLetters = await server.rest.newQueue();
    const queue = await server.rest.newQueue({ deadLetter: { queue: deadLetters.name, maxReceives: 1 } });
    await queue.send('stays');
    const message = await queue.receiveOne();
    await server.rest.call('DELETE', `${deadLetters.path}?force=true`);

    await queue.changeVisibility(0, message.receipt);

    await queue.receive({ waitSeconds: 1 });
    const { counts } = await queue.show();
    expect((counts['ready'] ?? 0) + (counts['inFlight'] ?? 0)).toBe(1);
  });
});
