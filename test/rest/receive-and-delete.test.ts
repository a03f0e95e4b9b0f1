import { describe, expect, it } from 'vitest';
import type { QueueClient, Received } from './rest-client.ts';
import { givenServer } from './server.ts';

const server = givenServer();

interface Answer {
  readonly messages: readonly Received[];
  readonly deleted?: number;
  readonly failed?: readonly { readonly receipt: string; readonly error: { readonly code: string } }[];
}

const receive = (queue: QueueClient, request: object) =>
  server.rest.call<Answer>('POST', `${queue.path}/receive`, request);

describe('a receive with receipts to delete', () => {
  it('deletes them, and answers the next messages', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('first');
    const first = await queue.receiveOne();
    await queue.send('second');

    const { status, body } = await receive(queue, { waitSeconds: 20, delete: [first.receipt] });

    expect(status).toBe(200);
    expect(body).toMatchObject({ messages: [{ body: 'second' }], deleted: 1, failed: [] });
    await queue.delete(...body.messages.map(({ receipt }) => receipt));
    await queue.untilCounts({ sent: 2, deleted: 2 });
  });

  it('deletes them when nothing is ready, and names those that it cannot delete', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('only');
    const { receipt } = await queue.receiveOne();

    const { body } = await receive(queue, { delete: ['nonsense', receipt] });

    expect(body).toMatchObject({
      messages: [],
      deleted: 1,
      failed: [{ receipt: 'nonsense', error: { code: 'receiptInvalid' } }],
    });
  });

  it('tells of no deletes where none were asked for, and of 0 for an empty list', async () => {
    const queue = await server.rest.newQueue();

    expect((await receive(queue, {})).body).toEqual({ messages: [] });
    expect((await receive(queue, { delete: [] })).body).toEqual({ messages: [], deleted: 0, failed: [] });
  });

  it('does nothing when a field is wrong', async () => {
    const queue = await server.rest.newQueue();
    await queue.send('kept');
    const { receipt } = await queue.receiveOne({ visibilitySeconds: 600 });

    const refused = await receive(queue, { max: 0, delete: [receipt] });
    const misnamed = await receive(queue, { delete: [7] });

    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalidField', field: 'max' } } });
    expect(misnamed).toMatchObject({ status: 400, body: { error: { field: 'delete[0]' } } });
    await queue.untilCounts({ sent: 1, inFlight: 1 });
  });
});
