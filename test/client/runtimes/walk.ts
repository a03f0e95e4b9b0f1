import { type Credentials, type Queue, RewindMq, RewindMqError, worker } from '../../../src/client/index.ts';

const MANY = 1_500;

/** A promise, and what settles it: Node 20 has no `Promise.withResolvers`. */
function latch() {
  let resolve = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((...both) => ([resolve, reject] = both));
  return { promise, resolve: () => resolve(), reject: (error: unknown) => reject(error) };
}

function check(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise);
}

/** Uses the client as a program would, in any runtime; yields what worked. Throws at the first failure. */
export async function* walk(url: string, credentials: Credentials): AsyncGenerator<string> {
  const client = new RewindMq({ url, credentials });
  const queue = client.queue(`walk-${crypto.randomUUID()}`);
  await queue.create({ visibilitySeconds: 60 });
  yield* sendAndStop(queue);
  yield* endAndRewind(queue);
}

async function* sendAndStop(queue: Queue): AsyncGenerator<string> {
  const id = await queue.send({ body: 'ünïcödé + % & =', attributes: { kind: { type: 'string', value: 'first' } } });
  for await (const seen of queue.look({ state: 'ready', limit: 20 })) check(seen.id === id, `${seen.id} was seen`);
  yield 'signs calls, queries and strange bodies included';

  const ids = await queue.sendMany(Array.from({ length: MANY }, (_, index) => `message ${index}`));
  check(new Set([id, ...ids]).size === MANY + 1, 'ids are missing');
  yield 'sends more than fits a request';

  const bodies = new Set<string>();
  const all = latch();
  const handle = async ({ body }: { readonly body: string }) => {
    if (bodies.add(body).size === MANY + 1) all.resolve();
  };
  const onError = (error: unknown) => all.reject(error);
  const working = worker(queue, handle, { concurrency: 100, visibilitySeconds: 30, heartbeatSeconds: 1, onError });
  await all.promise;
  yield 'works a queue off';

  const startMs = performance.now();
  await working.stop();
  check(performance.now() - startMs < 10_000, 'the receive that waited did not end');
  // The server has noticed that the receive was left once it has answered later calls.
  for (let call = 0; call < 5; call++) await queue.show();
  await queue.send('after the stop');
  const [last] = await queue.receive({ waitSeconds: 20 });
  check(last?.body === 'after the stop' && last.receiveCount === 1, `${last?.body} came`);
  await queue.delete([last?.receipt ?? '']);
  yield 'stops a worker at once, which takes nothing with it';
}

async function* endAndRewind(queue: Queue): AsyncGenerator<string> {
  const leaving = new AbortController();
  const left = queue.receive({ waitSeconds: 20 }, { signal: leaving.signal }).catch((error: unknown) => error);
  leaving.abort(new Error('enough'));
  check((await left) instanceof Error, 'a receive went on');
  yield 'ends a call by its signal';

  const rewind = await queue.rewind({ from: '2020-01-01T00:00:00Z' });
  let rewound = 0;
  for await (const { messagesRewound } of rewind.progress({ everyMs: 100 })) rewound = messagesRewound;
  check(rewound === MANY + 2, `${rewound} were rewound`);
  yield 'rewinds, and tells how far it is';

  const error: unknown = await queue.receive({ max: 5_000 }).catch((thrown: unknown) => thrown);
  check(error instanceof RewindMqError && error.field === 'max', String(error));
  await queue.deleteQueue();
  yield 'names the field that is wrong';
}
