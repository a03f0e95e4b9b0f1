import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { runCli } from './terminal.ts';

let server: LocalRuntime;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-cli-'));
  server = await openLocalRuntime({ directory, port: 0, log: silentLog });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

describe('the command line', () => {
  it('sends lines, and prints their bodies when it receives and deletes them', async () => {
    await runCli(['queue', 'create', 'lines'], server);

    const sent = await runCli(['send', 'lines', '--lines'], { url: server.url, input: 'a\nb\r\nc' });
    const received = await runCli(['recv', 'lines', '--delete'], server);
    const again = await runCli(['recv', 'lines'], server);

    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect(sent.stdout.trim().split('\n')).toHaveLength(3);
    expect(received).toEqual({ code: 0, stdout: 'a\nb\nc\n', stderr: '' });
    expect(again).toEqual({ code: 0, stdout: '', stderr: 'No message came.\n' });
  });

  it('sends what it read before a line that cannot be read, and says how many', async () => {
    await runCli(['queue', 'create', 'cut'], server);
    const input = '{"body":"a"}\n{"body":"b","attributes":{"kind":{"type":"string","value":"x"}}}\n{bad\n{"body":"c"}';

    const sent = await runCli(['send', 'cut', '--jsonl'], { url: server.url, input });
    const received = await runCli(['recv', 'cut', '--delete'], server);

    expect(sent).toMatchObject({
      code: 2,
      stderr: '2 messages sent before this failed.\nerror: Line 3 is no JSON object: {bad\n',
    });
    expect(sent.stdout.trim().split('\n')).toHaveLength(2);
    expect(received.stdout).toBe('a\nb\n');
  });

  it('takes no span for a time of delivery, which would be in the past', async () => {
    const { code, stderr } = await runCli(['send', 'lines', 'later', '--at', '2h'], server);

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: --at takes a time, not a span; --delay 2h waits that long.\n',
    });
  });

  it('lets no body move the cursor of a terminal', async () => {
    await runCli(['queue', 'create', 'hostile'], server);
    await runCli(['send', 'hostile', '\u001b]0;title\u0007\u009b2J\u202e'], server);

    const { stdout } = await runCli(['peek', 'hostile', '--format', '{body}'], { url: server.url, isTerminal: true });

    expect(stdout).toBe('\\x1b]0;title\\x07\\x9b2J\\u202e\n');
  });

  it('finds a message by its id in any queue', async () => {
    await runCli(['queue', 'create', 'found'], server);
    const id = (await runCli(['send', 'found', 'here'], server)).stdout.trim();

    const found = await runCli(['find', id, '--json'], server);
    const absent = await runCli(['find', id, 'lines'], server);

    expect(JSON.parse(found.stdout)).toMatchObject({ queue: 'found', id, state: 'ready', body: 'here' });
    expect(absent).toEqual({ code: 5, stdout: '', stderr: `No message has the id ${id} in lines.\n` });
  });

  it('does not report that there is no message after a search that did not finish', async () => {
    const searched = { from: '2026-11-22T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z', complete: false };
    const error = { code: 'notFound', message: 'not found in what was searched', requestId: 'r' };
    const busy = createServer((_, response) => response.writeHead(404).end(JSON.stringify({ error, searched })));
    await once(busy.listen(0, '127.0.0.1'), 'listening');
    const { port } = busy.address() as AddressInfo;

    const { code, stderr } = await runCli(['find', 'some-id', 'one'], { url: `http://127.0.0.1:${port}` });
    busy.close();

    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'some-id was not found, but too much waits to look at all of it in one.\n',
    });
  });

  it.each([
    [2, ['bogus']],
    [2, ['send', 'x', 'body', '--delay', 'soon']],
    [3, ['queue', 'rm', 'lines']],
    [5, ['queue', 'show', 'absent']],
    [7, ['--url', 'http://127.0.0.1:9', '--tries', '1', 'queue', 'ls']],
  ])('ends with %i for %j', async (code, argv) => {
    expect(await runCli(argv, server)).toMatchObject({ code, stdout: '' });
  });
});
