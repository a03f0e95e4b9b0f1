import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { runProcess, startCli, untilWritten } from './process.ts';

let server: LocalRuntime;
beforeAll(async () => {
  server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
  // Makes the bundle once, which each of several processes at once would make by itself.
  await runProcess(['--version']);
});
afterAll(() => server.close());

describe.concurrent('rewindmq', () => {
  it('starts the server with options of the server, and ends it at SIGTERM', async () => {
    const process = startCli(['--port', '0', '--in-memory']);

    const url = await untilWritten(process, /http:\/\/[^\s/]+/);
    const answer = await fetch(`${url}/ready`);
    process.child.kill('SIGTERM');

    expect(answer.status).toBe(200);
    expect(await process.ended).toBe(0);
  });

  it('runs a command in a process of its own', async () => {
    const created = await runProcess(['queue', 'create', 'entry', '--json'], { REWINDMQ_URL: server.url });

    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(created.stdout)).toMatchObject({ name: 'entry', visibilitySeconds: 30 });
  });

  it('lists the server and the commands in its help', async () => {
    const { code, stdout } = await runProcess(['--help']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}start +start a server/m);
    expect(stdout).toMatch(/^ {2}send +send messages/m);
  });

  it.each([
    ['start', '--help'],
    ['help', 'start'],
  ])('describes the server by %s %s', async (...argv) => {
    expect(await runProcess(argv)).toMatchObject({ code: 0, stdout: expect.stringContaining('--in-memory') });
  });

  it('knows each option that may stand before a command', async () => {
    const { stdout } = await runProcess(['--help']);
    const options = [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[a-z]+)/gm)].flatMap(([, ...names]) => names);
    const entry = await readFile(join(import.meta.dirname, '../../bin/rewindmq.mjs'), 'utf8');
    const known = /OF_COMMANDS = \/\^\(([^)]+)\)/.exec(entry)?.[1]?.split('|');

    expect(known).toEqual(expect.arrayContaining(options.filter((name) => name !== undefined)));
    expect(await runProcess(['--url', server.url, 'queue', 'show', 'absent'])).toMatchObject({ code: 5 });
  });
});
