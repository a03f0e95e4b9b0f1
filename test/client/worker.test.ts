import { describe, expect, it } from 'vitest';
import { MACHINE } from '../../src/client/host.ts';
import { batchWorker, type Queue, type ReceivedMessage, RewindMq, worker } from '../../src/client/index.ts';
import { givenServer, IS_LOCAL } from './server.ts';

/** How long a receive waits that is left. */
const WAIT_SECONDS = 20;

const onError = (error: unknown) => {
  throw error;
};

/** Counts of a deployment follow when the feed does. */
async function expectCounts(queue: Queue, counts: object): Promise<void> {
  await expect.poll(async () => (await queue.show()).counts, { timeout: 60_000 }).toMatchObject(counts);
}

/** The server has noticed what came before, as far as a client can see: later calls were answered. */
const untilServed = async (queue: Queue) => {
  for (let call = 0; call < 5; call++) await queue.show();
};

/** A promise and what resolves it. */
function latch<Value = void>() {
  let open: (value: Value) => void = () => {};
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('a worker', () => {
  const server = givenServer();

  async function givenQueue(name: string, bodies: readonly string[] = []) {
    const queue = server.client().queue(name);
    await queue.create();
    if (bodies.length > 0) await queue.sendMany(bodies);
    return queue;
  }

  it('handles each message once, no more at a time than it may, and deletes it', async () => {
    const bodies = Array.from({ length: 30 }, (_, index) => `job ${index}`);
    const queue = await givenQueue('jobs', bodies);
    const handled: string[] = [];
    const all = latch();
    let atOnce = 0;
    let atOnceMax = 0;

    const working = worker(
      queue,
      async ({ body }) => {
        atOnceMax = Math.max(atOnceMax, (atOnce += 1));
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        if (handled.push(body) === bodies.length) all.open();
      },
      { concurrency: 4, waitSeconds: 1, onError },
    );
    await all.opened;
    await working.stop();

    expect(handled.toSorted()).toEqual(bodies.toSorted());
    expect(atOnceMax).toBeLessThanOrEqual(4);
    await expectCounts(queue, { ready: 0, inFlight: 0, deleted: 30 });
  });

  it('lets what fails come again after a while, and tells why', async () => {
    const queue = await givenQueue('failing', ['good', 'bad']);
    const told: unknown[] = [];
    const again = latch();

    const working = worker(
      queue,
      async ({ body, receiveCount }) => {
        if (body === 'good') return;
        if (receiveCount > 1) again.open();
        else throw new Error('not yet');
      },
      { retrySeconds: 0, waitSeconds: 1, onError: (error, messages) => told.push([error, messages[0]?.body]) },
    );
    await again.opened;
    await working.stop();

    expect(told).toEqual([[new Error('not yet'), 'bad']]);
    await expectCounts(queue, { ready: 0, inFlight: 0, deleted: 2 });
  });

  it('deletes what a batch did not fail', async () => {
    const queue = await givenQueue('batches', ['a', 'b', 'c']);
    const batch = latch<readonly ReceivedMessage[]>();

    const working = batchWorker(
      queue,
      async (messages) => {
        batch.open(messages);
        return { failed: messages.filter(({ body }) => body === 'b') };
      },
      { size: 3, concurrency: 1, waitSeconds: 1, onError },
    );
    const messages = await batch.opened;
    await working.stop();

    const deleted = messages.filter(({ body }) => body !== 'b').length;
    await expectCounts(queue, { deleted });
    const { inFlight, ready } = (await queue.show()).counts;
    expect(inFlight + ready).toBe(3 - deleted);
  });

  it('holds a message that takes longer than its lease', async () => {
    const queue = await givenQueue('slow', ['long work']);
    const begun = latch();
    const end = latch();

    const options = { visibilitySeconds: 2, heartbeatSeconds: 0.2, waitSeconds: 1, concurrency: 1, onError };
    const working = worker(queue, () => (begun.open(), end.opened), options);
    await begun.opened;
    const others = await queue.receive({ waitSeconds: 3 });
    end.open();
    await working.stop();

    expect(others).toEqual([]);
    await expectCounts(queue, { deleted: 1 });
  });

  it('tells the handler when another consumer has received its message', async () => {
    const queue = await givenQueue('lost', ['contested']);
    const begun = latch<ReceivedMessage>();
    const told = latch();

    const working = worker(
      queue,
      (message, { signal }) => {
        begun.open(message);
        signal.addEventListener('abort', () => told.open());
        return told.opened;
      },
      { visibilitySeconds: 60, heartbeatSeconds: 0.05, concurrency: 1, onError: () => {} },
    );
    const { receipt } = await begun.opened;
    // Given back behind the worker's back, until somebody has it before the next heartbeat takes it back.
    while ((await queue.changeVisibility([receipt], 0), (await queue.receive()).length === 0));
    await told.opened;
    await working.stop({ abort: true });
  });

  it('finishes what it began before it stops', async () => {
    const queue = await givenQueue('graceful', ['last']);
    const begun = latch();
    const end = latch();
    const working = worker(queue, () => (begun.open(), end.opened), { concurrency: 1, onError });
    await begun.opened;

    const stopped = working.stop();
    end.open();
    await stopped;

    await expectCounts(queue, { inFlight: 0, deleted: 1 });
  });

  it('ends a receive that waits when it stops, and takes nothing that comes later', async () => {
    const queue = await givenQueue('idle');
    const handled: string[] = [];
    const options = { waitSeconds: WAIT_SECONDS, visibilitySeconds: 2, onError };
    const working = worker(queue, async ({ body }) => handled.push(body), options);
    await untilServed(queue);

    const startMs = performance.now();
    await working.stop();
    const stoppedMs = performance.now() - startMs;
    await untilServed(queue);
    await queue.send('for another consumer');
    const [message] = await queue.receive({ waitSeconds: 20 });

    expect(stoppedMs).toBeLessThan(WAIT_SECONDS * 500);
    // A function does not notice that its caller left: its lease ends first.
    expect(message).toMatchObject({ body: 'for another consumer', ...(IS_LOCAL ? { receiveCount: 1 } : {}) });
    expect(handled).toEqual([]);
  });

  it('gives back what arrives while it stops, and handles none of it', async () => {
    const message = { id: 'm', receipt: 'r', body: 'late' };
    const begun = latch();
    const end = latch();
    const asked: unknown[] = [];
    const answer = async ({ pathname }: URL, { body: sent }: RequestInit) => {
      asked.push([pathname, JSON.parse(sent as string)]);
      if (!pathname.endsWith('/receive')) return Response.json({ failed: [] });
      const body = new ReadableStream({
        async pull(controller) {
          begun.open();
          await end.opened;
          controller.enqueue(new TextEncoder().encode(JSON.stringify({ messages: [message] })));
          controller.close();
        },
      });
      return new Response(body);
    };
    const host = { ...MACHINE, fetch: answer };
    const queue = new RewindMq({ url: 'http://queue.test', host }).queue('orders');
    const handled: unknown[] = [];
    const working = worker(queue, async (one) => handled.push(one), { onError });
    await begun.opened;

    const stopped = working.stop();
    end.open();
    await stopped;

    expect(handled).toEqual([]);
    expect(asked.at(-1)).toEqual(['/queues/orders/visibility', { receipts: ['r'], visibilitySeconds: 0 }]);
  });

  it('ends with the refusal of what can never succeed', async () => {
    const working = worker(server.client().queue('nowhere'), async () => {}, { onError });

    await expect(working.done).rejects.toMatchObject({ code: 'queueNotFound' });
  });
});
