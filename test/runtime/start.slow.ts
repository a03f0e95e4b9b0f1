import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressOf, givenServers, ROOT } from './started-server.ts';

const { startServer, givenDirectory } = givenServers();

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
});
