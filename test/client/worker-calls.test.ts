import { expect, it } from 'vitest';
import { MACHINE } from '../../src/client/host.ts';
import { RewindMq, worker } from '../../src/client/index.ts';

type Answer = (body: { readonly delete?: readonly string[] }, signal: AbortSignal) => object | Promise<object>;

/** A queue whose receives get these answers in order; then each waits until it is left. */
function givenReceives(...answers: readonly Answer[]) {
  const calls: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  let received = 0;
  const fetch: typeof MACHINE.fetch = async (url, { body, signal }) => {
    const path = url.pathname.replace('/queues/jobs', '');
    const request = JSON.parse(body as string) as Record<string, unknown>;
    calls.push({ path, body: request });
    if (path !== '/receive') return Response.json({ deleted: 1, failed: [] });
    const answer = answers[received++] ?? forEver;
    return Response.json(await answer(request, signal as AbortSignal));
  };
  const client = new RewindMq({ url: 'http://queue.test', host: { ...MACHINE, fetch } });
  return { calls, queue: client.queue('jobs') };
}

const forEver: Answer = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

const messages = (...receipts: readonly string[]) => ({ messages: receipts.map((receipt) => ({ receipt })) });
const deletesOf = ({ body }: { readonly body: Record<string, unknown> }) => body['delete'];

it('deletes each message by the receive of the next one', async () => {
  const { calls, queue } = givenReceives(
    () => messages('r1'),
    () => ({ ...messages('r2'), deleted: 1, failed: [] }),
    () => ({ ...messages('r3'), deleted: 1, failed: [] }),
  );
  let handled = 0;
  const working = worker(queue, async () => void handled++, { concurrency: 1, onError: () => {} });
  await expect.poll(() => calls.length).toBe(4);
  await working.stop();

  expect(handled).toBe(3);
  expect(calls.slice(0, 4).map(deletesOf)).toEqual([undefined, ['r1'], ['r2'], ['r3']]);
  // The last receive was left while it waited, so nobody knows whether it deleted.
  expect(calls.slice(4)).toEqual([{ path: '/delete', body: { receipts: ['r3'] } }]);
});

it('tells of messages that a receive could not delete, and of what kept it from receiving', async () => {
  const told: [unknown, string | undefined][] = [];
  const failure = { receipt: 'r1', error: { code: 'receiptStale', message: 'it is held no longer' } };
  const { queue } = givenReceives(
    () => messages('r1'),
    () => ({
      messages: [],
      deleted: 0,
      failed: [failure],
      receiveError: { code: 'unavailable', message: 'no answer' },
    }),
  );
  const onError = (error: unknown, [message]: readonly { readonly receipt: string }[]) =>
    void told.push([(error as Error).message, message?.receipt]);
  const working = worker(queue, async () => {}, { concurrency: 1, onError });
  await expect.poll(() => told.length).toBe(2);
  await working.stop();

  expect(told).toHaveLength(2);
  expect(told).toContainEqual(['it is held no longer', 'r1']);
  expect(told).toContainEqual(['no answer', undefined]);
});
