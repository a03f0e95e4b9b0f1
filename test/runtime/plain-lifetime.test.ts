import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpResult } from '../../src/ports/http-event.ts';
import { HeldBytes } from '../../src/runtime/held-bytes.ts';
import { PlainConnection } from '../../src/runtime/plain-connection.ts';

const REQUEST = 'GET /plain HTTP/1.1\r\nHost: x\r\n\r\n';
/** More than the buffers of the system for a connection within a machine. */
const LARGE = 'x'.repeat(16 * 1024 * 1024);

const clean: (() => void)[] = [];
afterEach(() => {
  for (const close of clean.splice(0)) close();
});

/** Both ends of a connection; a test answers each request itself. */
async function givenConnection() {
  const held = new HeldBytes(2 * LARGE.length);
  const takenOver: string[] = [];
  const answers: ((body: string) => void)[] = [];
  let isEnding = false;
  let begun = () => {};
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect(port, '127.0.0.1').on('error', () => {});
  const [socket] = await accepted;
  clean.push(
    () => server.close(),
    () => client.destroy(),
    () => socket.destroy(),
  );
  const connection = new PlainConnection(socket, {
    held,
    idleMs: { first: 10_000, later: 75_000 },
    isEnding: () => isEnding,
    answer: async () => {
      const answer = new Promise<HttpResult>((resolve) => {
        answers.push((body) => resolve({ statusCode: 200, headers: {}, body }));
      });
      begun();
      return await answer;
    },
    answered: () => {},
    failed: (error) => expect(error).toBeUndefined(),
    takeOver: (given) => takenOver.push(String(given.read())),
    closed: () => {},
  });
  const ask = async () => {
    const isAtWork = new Promise<void>((resolve) => (begun = resolve));
    client.write(REQUEST);
    await isAtWork;
    return answers.at(-1) ?? (() => {});
  };
  const end = () => {
    isEnding = true;
    connection.endWhenIdle();
  };
  return { client, socket, held, takenOver, answers, ask, end };
}

/** Reads everything until the other side ends. */
async function readAll(client: Socket): Promise<string> {
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).resume();
  await once(client, 'close');
  return text;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the time of a plain connection', () => {
  it('is short before its first request alone: a receive that waits is no idle connection', async () => {
    const { socket, ask } = await givenConnection();
    const before = socket.timeout;

    const answer = await ask();
    const during = socket.timeout;
    answer('');
    await turn();

    expect([before, during, socket.timeout]).toEqual([10_000, 75_000, 75_000]);
  });
});

describe('a client that does not read', () => {
  it('gets no second answer beside the first: node:http has its further requests', async () => {
    const { client, socket, held, takenOver, answers, ask } = await givenConnection();
    client.pause();
    (await ask())(LARGE);
    while (socket.writableLength === 0) await turn();

    client.write(REQUEST);
    while (takenOver.length === 0 && answers.length === 1) await turn();

    expect(takenOver).toEqual([REQUEST]);
    expect(answers).toHaveLength(1);
    expect(held.bytes).toBe(LARGE.length);
  });

  it('frees what its answer occupied when it has read it', async () => {
    const { client, socket, held, ask } = await givenConnection();
    client.pause();
    (await ask())(LARGE);
    while (socket.writableLength === 0) await turn();

    client.resume();
    while (socket.writableLength > 0) await turn();
    await turn();

    expect(held.bytes).toBe(0);
  });

  it('gets its answer whole when the server closes meanwhile, and nothing for what it asks after that', async () => {
    const { client, socket, answers, ask, end } = await givenConnection();
    client.pause();
    (await ask())(LARGE);
    while (socket.writableLength === 0) await turn();

    end();
    client.write(REQUEST);
    const text = await readAll(client);

    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(LARGE.length);
    expect(answers).toHaveLength(1);
  });

  it('gets its last answer whole when it asks again', async () => {
    const { client, socket, answers, ask, end } = await givenConnection();
    client.pause();
    const answer = await ask();
    end();
    answer(LARGE);
    while (socket.writableLength === 0) await turn();

    client.write(REQUEST);
    while (socket.bytesRead < 2 * REQUEST.length) await turn();
    const text = await readAll(client);

    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(LARGE.length);
    expect(answers).toHaveLength(1);
  });
});
