import { describe, expect, it } from 'vitest';
import { givenServer } from './server.ts';

const server = givenServer();

const MIB = 1024 * 1024;
const bodiesOf = (messages: readonly { body: string }[]) => messages.map(({ body }) => body).toSorted();

describe.concurrent('messages', () => {
  it('come as they were sent, and say when, how often and by which receipt', async () => {
    const queue = await server.rest.newQueue();
    const attributes = {
      'trace.id': { type: 'string', value: 'äöü 𝄞 "\\' },
      amount: { type: 'number', value: '-12.50e3' },
      raw: { type: 'binary', value: 'AP/+gA==' },
    };
    const before = Date.now();
    const [id] = await queue.send({ body: 'line 1\nline 2\u0000\u001f 𝄞 "quoted" \\ end', attributes });

    const message = await queue.receiveOne();

    expect(message).toMatchObject({
      id,
      body: 'line 1\nline 2\u0000\u001f 𝄞 "quoted" \\ end',
      attributes,
      receiveCount: 1,
    });
    expect(message.receipt).toMatch(/^[\w-]{1,256}$/);
    expect(message.sentAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(message.sentAt) - before)).toBeLessThan(60_000);
    expect(Date.parse(message.firstReceivedAt)).toBeGreaterThanOrEqual(Date.parse(message.sentAt));
  });

  it('have ids of their own, in the order of the request', async () => {
    const queue = await server.rest.newQueue();
    const bodies = Array.from({ length: 1_000 }, (_, index) => `body ${index}`);

    const ids = await queue.send(...bodies);

    const bodyById = new Map((await queue.receiveAll(1_000)).map(({ id, body }) => [id, body]));
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.map((id) => bodyById.get(id))).toEqual(bodies);
  });

  it('may be empty, or take 1 MiB with their attributes', async () => {
    const queue = await server.rest.newQueue();
    const attributes = { note: { type: 'string', value: 'x'.repeat(100) } };
    const large = '€'.repeat(1_000) + 'x'.repeat(MIB - 3_000 - 'note'.length - 'string'.length - 100);

    await queue.send('', { body: large, attributes });

    const messages = await queue.receiveAll(2);
    expect(messages.map(({ body }) => body.length).toSorted((one, other) => one - other)).toEqual([0, large.length]);
    expect(messages.find(({ body }) => body !== '')?.body).toBe(large);
  });

  it('fill a request up to 4 MiB, and an answer no further', async () => {
    const queue = await server.rest.newQueue();
    await queue.send(...Array.from({ length: 5 }, (_, index) => String(index).repeat(800_000)));

    const first = await queue.receive({ max: 10 });

    expect(JSON.stringify({ messages: first }).length).toBeLessThanOrEqual(4 * MIB);
    const others = await queue.receiveAll(5 - first.length);
    expect(bodiesOf([...first, ...others]).map((body) => body[0])).toEqual(['0', '1', '2', '3', '4']);
  });

  it('are received at least ten at a time when one request brought that many', async () => {
    const queue = await server.rest.newQueue();
    await queue.send(...Array.from({ length: 25 }, (_, index) => `body ${index}`));

    const byDefault = await queue.receive();
    const three = await queue.receive({ max: 3 });

    expect(byDefault).toHaveLength(10);
    expect(three).toHaveLength(3);
  });

  it('are held by one receiver only', async () => {
    const queue = await server.rest.newQueue();
    await queue.send(...Array.from({ length: 200 }, (_, index) => `body ${index}`));

    const answers = await Promise.all(Array.from({ length: 20 }, () => queue.receive({ max: 10 })));

    const ids = answers.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('come again, counted, once they were given back, and are first received only once', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('again');
    const first = await queue.receiveOne();

    const changed = await queue.changeVisibility(0, first.receipt);

    expect(changed).toEqual({ changed: 1, failed: [] });
    const second = await queue.receiveOne();
    expect(second).toMatchObject({ id: first.id, receiveCount: 2, firstReceivedAt: first.firstReceivedAt });
    expect(second.receipt).not.toBe(first.receipt);
  });

  it('come again when their lease has run out', async () => {
    const queue = await server.rest.newQueue({ visibilitySeconds: 1 });
    await queue.send('again');
    const first = await queue.receiveOne();

    const second = await queue.receiveOne();

    expect(second.id).toBe(first.id);
    // A lease of a second may end before a busy machine has told of it.
    expect(second.receiveCount).toBeGreaterThan(first.receiveCount);
  });

  it('held longer by a heartbeat do not come before that, and their receipt stays valid', async () => {
    const queue = await server.rest.newQueue({ visibilitySeconds: 1 });
    await queue.send('long work');
    const held = await queue.receiveOne({ visibilitySeconds: 2 });

    const changed = await queue.changeVisibility(60, held.receipt);
    const meanwhile = await queue.receive({ waitSeconds: 3 });

    expect(changed).toEqual({ changed: 1, failed: [] });
    expect(meanwhile).toEqual([]);
    expect(await queue.delete(held.receipt)).toEqual({ deleted: 1, failed: [] });
  });

  it('wait for their delay, or for their moment, however far', async () => {
    const queue = await server.rest.newQueue({ delaySeconds: 86_400 });
    const soon = new Date(Date.now() + 1_000).toISOString();
    await queue.send(
      { body: 'by the queue' },
      { body: 'in ten years', delaySeconds: 315_360_000 },
      { body: 'in 2109', deliverAt: '2109-05-15T09:35:11.103+02:00' },
      { body: 'now', delaySeconds: 0 },
      { body: 'long ago', deliverAt: '1969-01-01T00:00:00Z' },
      { body: 'soon', deliverAt: soon },
    );

    const messages = await queue.receiveAll(3);

    expect(bodiesOf(messages)).toEqual(['long ago', 'now', 'soon']);
    const late = messages.find(({ body }) => body === 'soon');
    expect(Date.parse(late?.firstReceivedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(soon));
    await queue.untilCounts({ sent: 6, delayed: 3, inFlight: 3 });
  });
});

describe.concurrent('deleting', () => {
  it('is final, and may be repeated', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('one', 'two');
    const messages = await queue.receiveAll(2);
    const receipts = messages.map(({ receipt }) => receipt);

    const deleted = await queue.delete(...receipts);
    const repeated = await queue.delete(...receipts);

    expect(deleted).toEqual({ deleted: 2, failed: [] });
    expect(repeated).toEqual({ deleted: 2, failed: [] });
    await queue.untilCounts({ sent: 2, deleted: 2 });
  });

  it('takes single messages of what was received together', async () => {
    const queue = await server.rest.newQueue({ visibilitySeconds: 600 });
    await queue.send('one', 'two', 'three');
    const messages = await queue.receiveAll(3);
    const [one, two, three] = messages.map(({ receipt }) => receipt) as [string, string, string];

    await queue.delete(two);
    await queue.changeVisibility(0, one, three);

    const again = await queue.receiveAll(2);
    expect(bodiesOf(again)).toEqual(bodiesOf(messages.filter(({ receipt }) => receipt !== two)));
    await queue.untilCounts({ sent: 3, deleted: 1, inFlight: 2 });
  });

  it('works after the lease has run out, unless another consumer has received the message', async () => {
    const queue = await server.rest.newQueue({ visibilitySeconds: 1 });
    await queue.send('late');
    const held = await queue.receiveOne();
    // The other message, visible a little later than the lease ends, proves that it has ended.
    await queue.send({ body: 'alarm', deliverAt: new Date(Date.now() + 1_500).toISOString() });
    await queue.untilCounts({ sent: 2, ready: 2 });

    const deleted = await queue.delete(held.receipt);

    expect(deleted).toEqual({ deleted: 1, failed: [] });
    expect((await queue.receiveOne()).body).toBe('alarm');
  });

  it('is refused, entry by entry, when another consumer has received the message since', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('contested', 'kept');
    const [first, second] = await queue.receiveAll(2);
    await queue.changeVisibility(0, first?.receipt ?? '');
    const again = await queue.receiveOne();

    const deleted = await queue.delete(first?.receipt ?? '', second?.receipt ?? '');
    const changed = await queue.changeVisibility(60, first?.receipt ?? '');

    const stale = { receipt: first?.receipt, error: { code: 'receiptStale', message: expect.any(String) } };
    expect(deleted).toEqual({ deleted: 1, failed: [stale] });
    expect(changed).toEqual({ changed: 0, failed: [stale] });
    expect(await queue.delete(again.receipt)).toEqual({ deleted: 1, failed: [] });
  });

  it('is refused for receipts of another queue, changed ones and invented ones', async () => {
    const queue = await server.rest.newQueue();
    const other = await server.rest.newQueue();
    await queue.send('mine');
    await other.send('yours');
    const mine = await queue.receiveOne();
    const yours = await other.receiveOne();
    const changed = `${mine.receipt.slice(0, -1)}${mine.receipt.endsWith('A') ? 'B' : 'A'}`;
    const forged = [yours.receipt, changed, '', 'invented', '../../etc', 'ü'.repeat(300)];

    const deleted = await queue.delete(...forged);
    const extended = await queue.changeVisibility(0, ...forged);

    for (const { failed } of [deleted, extended]) {
      expect(failed.map(({ receipt, error }) => [receipt, error.code])).toEqual(
        forged.map((receipt) => [receipt, 'receiptInvalid']),
      );
    }
    await queue.untilCounts({ sent: 1, inFlight: 1 });
    await other.untilCounts({ sent: 1, inFlight: 1 });
  });

  it('takes a thousand receipts at once', async () => {
    const queue = await server.rest.newQueue();
    await queue.send(...Array.from({ length: 1_000 }, (_, index) => `body ${index}`));
    const messages = await queue.receiveAll(1_000);

    const deleted = await queue.delete(...messages.map(({ receipt }) => receipt));

    expect(deleted).toEqual({ deleted: 1_000, failed: [] });
    await queue.untilCounts({ sent: 1_000, deleted: 1_000 });
  });
});
