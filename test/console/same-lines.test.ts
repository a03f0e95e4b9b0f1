import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RewindMq, type SeenMessage } from '../../src/client/index.ts';
import {
  type Action,
  createQueue,
  deleteMessage,
  deleteQueue,
  findMessage,
  holdMessage,
  listAllJobs,
  listJobs,
  listQueues,
  listUsage,
  lookAtMessages,
  purgeQueue,
  releaseMessage,
  restoreQueue,
  sendMessage,
  showHistory,
  showQueue,
  startRedrive,
  startRewind,
  undoPurge,
  updateQueue,
} from '../../src/console/rules/index.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { runCli } from '../cli/terminal.ts';

let runtime: LocalRuntime;
beforeAll(async () => {
  runtime = await openLocalRuntime({ port: 0 });
});
afterAll(() => runtime.close());

const EXIT_PREVIEW = 3;

/** Runs the words that the console shows for the action. */
async function line({ words }: Action): Promise<string> {
  const { code, stdout, stderr } = await runCli(words, { url: runtime.url });
  expect({ code, stderr }).toMatchObject({ code: words.includes('--dry-run') ? EXIT_PREVIEW : 0 });
  return stdout;
}

describe('the command lines that the console shows', () => {
  it('create, change, send, look and find as the console does', async () => {
    const orders = new RewindMq({ url: runtime.url }).queue('orders');
    await line(createQueue('orders-dead', {}));
    await line(createQueue('orders', { deadLetter: { queue: 'orders-dead', maxReceives: 3 }, tags: { team: 'shop' } }));
    await line(updateQueue('orders', { visibilitySeconds: 120, rewindSeconds: 'forever', deadLetter: null }));
    await line(sendMessage('orders', { body: '-x "it\'s"', attributes: { n: { type: 'number', value: '5' } } }));
    await line(sendMessage('orders', { body: 'later', delaySeconds: 90 }));

    const shown = await orders.show();
    expect(shown).toMatchObject({ visibilitySeconds: 120, rewindSeconds: 'forever', counts: { ready: 1, delayed: 1 } });
    expect(shown.deadLetter).toBeUndefined();
    expect(await line(listQueues())).toContain('orders-dead');
    expect(await line(showQueue('orders'))).toContain('orders');
    const seen: SeenMessage[] = [];
    for await (const one of orders.look({ state: 'ready' })) seen.push(one);
    const message = seen[0];
    expect(message).toMatchObject({ body: '-x "it\'s"', attributes: { n: { type: 'number', value: '5' } } });
    expect(await line(lookAtMessages('orders', { state: 'ready', limit: 5 }))).toContain(message?.id);
    expect(await line(findMessage('orders', message?.id ?? ''))).toContain(message?.id);
  });

  it('end and extend a lease, delete a message, and redrive chosen ones as the console does', async () => {
    const client = new RewindMq({ url: runtime.url });
    await client.queue('dead').create();
    const queue = client.queue('single');
    await queue.create({ deadLetter: { queue: 'dead', maxReceives: 1 } });
    const id = await queue.send('one');
    await queue.receive({ visibilitySeconds: 600 });

    await line(holdMessage('single', id, 900));
    expect((await queue.show()).counts).toMatchObject({ inFlight: 1 });
    await line(releaseMessage('single', id));
    expect((await queue.show()).counts).toMatchObject({ ready: 1 });
    await queue.receive();
    await line(startRedrive('dead', { ids: [id] }));
    expect((await queue.show()).counts).toMatchObject({ ready: 1, rewound: 1 });
    await line(deleteMessage('single', id));
    expect((await queue.show()).counts).toMatchObject({ ready: 0, deleted: 1 });
  });

  it('purge, undo, delete, restore and rewind as the console does', async () => {
    const queue = new RewindMq({ url: runtime.url }).queue('steered');
    await queue.create();
    await queue.sendMany(['one', 'two']);
    await queue.delete((await queue.receive({ max: 1 })).map(({ receipt }) => receipt));
    const from = '2020-01-01T00:00:00.000Z';

    await line(startRewind('steered', { from }, true));
    await line(startRewind('steered', { from, by: 'deletedAt' }, false));
    expect(await line(listJobs('steered'))).toContain('r-');
    expect(await line(listAllJobs)).toContain('steered');
    await line(showHistory('steered', '6h'));
    await line(listUsage);
    await line(purgeQueue('steered'));
    expect((await queue.show()).counts).toMatchObject({ purged: 2 });
    await line(undoPurge('steered'));
    expect((await queue.show()).counts).toMatchObject({ ready: 2 });
    await line(deleteQueue('steered', true));
    await expect(queue.show()).rejects.toMatchObject({ code: 'queueNotFound' });
    await line(restoreQueue('steered'));
    expect((await queue.show()).counts).toMatchObject({ ready: 2 });
  });
});
