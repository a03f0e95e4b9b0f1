import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RewindMq, type SeenMessage } from '../../src/client/index.ts';
import {
  type Action,
  findMessage,
  listAllJobs,
  listCells,
  listHistory,
  listJobs,
  listQueues,
  listUsage,
  lookAtMessages,
  STATES,
  showHistory,
  showQueue,
  showRoute,
} from '../../src/console/rules/index.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';

let runtime: LocalRuntime;
beforeAll(async () => {
  runtime = await openLocalRuntime({ port: 0 });
});
afterAll(() => runtime.close());

const READS = /^(list|read|get|getBlocks|queueVersion|queueVersions|redirect|progress|passage|reports|names?)/;

/** Notes the calls of a port that do not read. */
function noting(port: object, name: string, writes: string[]): void {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(port)) as (keyof typeof port)[];
  for (const method of methods) {
    const original = port[method] as unknown;
    if (typeof original !== 'function' || method === ('constructor' as string) || READS.test(method)) continue;
    Object.defineProperty(port, method, {
      value: (...given: unknown[]) => {
        writes.push(`${name}.${String(method)}`);
        return Reflect.apply(original, port, given) as unknown;
      },
    });
  }
}

const look = async ({ call: { method, path, query, body } }: Action) => {
  const search = new URLSearchParams(query).toString();
  const answer = await fetch(`${runtime.url}${path}?${search}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
};

describe('everything that views read again and again', () => {
  it('writes nothing, takes no lease and raises no receive count', async () => {
    const queue = new RewindMq({ url: runtime.url }).queue('orders');
    await queue.create();
    const [id = ''] = await queue.sendMany(['one', 'two', 'three']);
    await queue.delete((await queue.receive({ max: 1 })).map(({ receipt }) => receipt));
    await queue.show();
    const writes: string[] = [];
    noting(runtime.service.shards, 'shards', writes);

    await look(listQueues());
    await look(showQueue('orders'));
    for (const state of STATES) await look(lookAtMessages('orders', { state, limit: 100 }));
    await look(findMessage('orders', id));
    await look(listJobs('orders'));
    await look(showRoute('orders'));
    await look(listCells);
    await look(showHistory('orders', '1h'));
    for (const one of [listHistory, listUsage, listAllJobs]) await look(one);

    expect(writes).toEqual([]);
    // The note-taker works: an exact count puts a barrier.
    await look(showQueue('orders', 'true'));
    expect(writes).toContain('shards.put');
    const seen: SeenMessage[] = [];
    for await (const one of queue.look({ state: 'ready' })) seen.push(one);
    expect(seen.map(({ receiveCount }) => receiveCount)).toEqual([0, 0]);
  });
});
