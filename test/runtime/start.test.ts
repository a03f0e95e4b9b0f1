import { describe, expect, it } from 'vitest';
import { addressOf, givenServers, jsonOf, post } from './started-server.ts';

const { startServer, givenDirectory } = givenServers();

describe.concurrent('npm start', () => {
  it('serves calls where it says it does, and goes on after a stop where it was', async () => {
    const directory = await givenDirectory();
    const first = startServer(['--port', '0', '--data', directory]);
    const address = await addressOf(first);
    expect((await fetch(`${address}/health`)).status).toBe(200);
    await fetch(`${address}/queues/kept`, { method: 'PUT' });
    await post(`${address}/queues/kept/messages`, { messages: [{ body: 'held' }, { body: 'ready' }] });
    const { messages } = await jsonOf(await post(`${address}/queues/kept/receive`, { max: 1, visibilitySeconds: 600 }));
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);

    // A compose file sets a variable without a value to an empty text.
    const second = startServer([], {
      PORT: '0',
      REWINDMQ_DATA: directory,
      HOST: '',
      REWINDMQ_QUEUES: '',
      REWINDMQ_HANDLERS: '',
    });

    const again = await addressOf(second);
    const rest = await jsonOf(await post(`${again}/queues/kept/receive`, {}));
    expect([...messages, ...rest.messages].map(({ body }) => body).toSorted()).toEqual(['held', 'ready']);
    const receipts = [...messages, ...rest.messages].map(({ receipt }) => receipt);
    expect(await (await post(`${again}/queues/kept/delete`, { receipts })).json()).toEqual({ deleted: 2, failed: [] });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends within 5 s at %s, and answers waiting receives', async (signal) => {
    const directory = await givenDirectory();
    const server = startServer(['--port', '0', '--data', directory]);
    const address = await addressOf(server);
    await fetch(`${address}/queues/empty`, { method: 'PUT' });
    const waiting = post(`${address}/queues/empty/receive`, { waitSeconds: 20 });
    await fetch(`${address}/queues/empty`);

    const signalledMs = Date.now();
    server.process.kill(signal);

    expect(await jsonOf(await waiting)).toEqual({ messages: [] });
    expect(await server.ended).toBe(0);
    expect(Date.now() - signalledMs).toBeLessThan(5_000);
  });

  it('starts at once on the data of a server that was killed', async () => {
    const directory = await givenDirectory();
    const killed = startServer(['--port', '0', '--data', directory]);
    const address = await addressOf(killed);
    await fetch(`${address}/queues/kept`, { method: 'PUT' });
    await post(`${address}/queues/kept/messages`, { messages: [{ body: 'kept' }] });
    killed.process.kill('SIGKILL');
    await killed.ended;

    const again = await addressOf(startServer(['--port', '0', '--data', directory]));

    const { messages } = await jsonOf(await post(`${again}/queues/kept/receive`, {}));
    expect(messages).toMatchObject([{ body: 'kept' }]);
  });

  it('refuses data that another server uses, in one sentence', async () => {
    const directory = await givenDirectory();
    await addressOf(startServer(['--port', '0', '--data', directory]));

    const second = startServer(['--port', '0', '--data', directory]);

    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/in use by process \d+/);
    expect(second.output().trim().split('\n')).toHaveLength(1);
  });

  it('can be reached from other machines only where calls must be signed', async () => {
    const directory = await givenDirectory();

    const server = startServer(['--port', '0', '--host', '0.0.0.0', '--data', directory]);

    expect(await server.ended).toBe(1);
    expect(server.output()).toContain('--require-keys');
  });
});
