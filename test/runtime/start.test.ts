import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

const started: Server[] = [];
const directories: string[] = [];
afterAll(async () => {
  for (const server of started) server.process.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await Promise.all(directories.map((directory) => rm(directory, { recursive: true })));
});

async function givenDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-start-'));
  directories.push(directory);
  return directory;
}

interface Server {
  readonly process: ChildProcess;
  /** Its output so far. */
  output(): string;
  /** Its exit code, or `null` when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs the command of `npm start`. */
function startServer(arguments_: readonly string[], environment: Record<string, string> = {}): Server {
  const child = spawn(process.execPath, ['bin/start.mjs', ...arguments_], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const server = { process: child, output: () => output, ended };
  started.push(server);
  return server;
}

/** The address that a started server prints. */
async function addressOf(server: Server): Promise<string> {
  const printed = (async () => {
    for (;;) {
      const address = /http:\/\/\S+(?=\/queues\s)/.exec(server.output())?.[0];
      if (address !== undefined) return address;
      await once(server.process.stdout ?? server.process, 'data');
    }
  })();
  const early = server.ended.then(() => Promise.reject(new Error(`it ended: ${server.output()}`)));
  return await Promise.race([printed, early]);
}

const post = (url: string, body: object) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
const jsonOf = async (response: Response) =>
  (await response.json()) as { messages: { body: string; receipt: string }[] };

describe.concurrent('npm start', () => {
  it('writes a line of JSON for each call with --access-log', async () => {
    const server = startServer(['--port', '0', '--in-memory', '--access-log']);
    const url = await addressOf(server);

    await (await fetch(`${url}/queues?prefix=secret`)).text();
    while (!server.output().includes('"path"')) await once(server.process.stdout ?? server.process, 'data');

    const line =
      server
        .output()
        .split('\n')
        .find((one) => one.startsWith('{')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      at: expect.any(String),
      method: 'GET',
      path: '/queues',
      status: 200,
    });
    expect(line).not.toContain('secret');
  });

  it.runIf(process.platform === 'linux')(
    'bundles only what changed, in a process that is gone afterwards',
    async () => {
      const cache = join(ROOT, 'node_modules/.cache/rewindmq');
      const bundles = async () => (await readdir(cache)).filter((name) => name.startsWith('bundled-'));
      const first = startServer(['--port', '0', '--in-memory']);
      await addressOf(first);
      const [made = 'none', ...others] = await bundles();
      const { mtimeMs } = await stat(join(cache, made));

      const second = startServer(['--port', '0', '--in-memory']);
      await addressOf(second);

      expect(others).toEqual([]);
      expect(await bundles()).toEqual([made]);
      expect((await stat(join(cache, made))).mtimeMs).toBe(mtimeMs);
      const { pid } = first.process;
      expect(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).toBe('');
    },
  );

  it('tells a failure that it has no sentence for by lines of the sources', async () => {
    const server = startServer(['--port', '0', '--data', 'x'.repeat(5_000)]);

    expect(await server.ended).toBe(1);
    expect(server.output()).toMatch(/ENAMETOOLONG[^]* at \w+ \(\S+src\/stores\/embedded\/[\w-]+\.ts:\d+:\d+\)/);
  });

  it('writes no file in memory, and refuses to be told where', async () => {
    const directory = await givenDirectory();
    const server = startServer(['--port', '0', '--in-memory'], { REWINDMQ_DATA: join(directory, 'data') });
    const wrong = startServer(['--port', '0', '--in-memory', '--data', directory]);

    const address = await addressOf(server);
    await fetch(`${address}/queues/kept`, { method: 'PUT' });
    const reset = await fetch(`${address}/reset`, { method: 'POST' });

    expect(reset.status).toBe(204);
    expect(await (await fetch(`${address}/queues`)).json()).toEqual({ queues: [] });
    expect(await readdir(directory)).toEqual([]);
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toContain('leave out --data');
    server.process.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });

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

  it.each(['SIGTERM', 'SIGINT'] as const)('ends within 5 s at %s, and answers those who wait', async (signal) => {
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

  it('ends within 5 s though clients neither finish their bodies nor read their answers', async () => {
    const directory = await givenDirectory();
    const server = startServer(['--port', '0', '--data', directory]);
    const { hostname, port } = new URL(await addressOf(server));
    const clients = Array.from({ length: 20 }, (_, number) => {
      const socket = connect(Number(port), hostname).pause();
      socket.on('error', () => {});
      const head = 'POST /queues/a/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{';
      socket.write(number < 10 ? head : 'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10));
      return socket;
    });
    await Promise.all(clients.map(async (socket) => socket.readyState === 'open' || (await once(socket, 'connect'))));

    const signalledMs = Date.now();
    server.process.kill('SIGTERM');

    expect(await server.ended).toBe(0);
    expect(Date.now() - signalledMs).toBeLessThan(5_000);
    for (const client of clients) client.destroy();
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

  it('refuses a port that is in use, in one sentence', async () => {
    const directory = await givenDirectory();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };

    const server = startServer(['--data', directory], { PORT: String(port) });

    expect(await server.ended).toBe(1);
    expect(server.output()).toContain(`Port ${port} of 127.0.0.1 is in use`);
    expect(server.output().trim().split('\n')).toHaveLength(1);
    other.close();
  });

  it('refuses flags it does not know, and values that cannot work', async () => {
    const flags = [['--surprise'], ['surprise'], ['--port', '70000'], ['--allow-origin', 'https://a.example/page']];
    const servers = flags.map((some) => startServer(some));

    for (const server of servers) {
      expect(await server.ended).toBe(1);
      expect(server.output()).toMatch(/^error: /);
    }
  });

  it('explains its flags', async () => {
    const server = startServer(['--help']);

    expect(await server.ended).toBe(0);
    for (const word of ['--port', 'PORT', '--host', 'HOST', '--data', 'REWINDMQ_DATA', '--version']) {
      expect(server.output()).toContain(word);
    }
  });

  it('can be reached from other machines only where calls must be signed', async () => {
    const directory = await givenDirectory();

    const server = startServer(['--port', '0', '--host', '0.0.0.0', '--data', directory]);

    expect(await server.ended).toBe(1);
    expect(server.output()).toContain('--require-keys');
  });
});
