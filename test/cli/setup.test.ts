import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { givenSettings, jsonLines, runCli } from './terminal.ts';

const KEY = { id: 'RMQ_KEY_OF_THE_TEST', secret: 'a secret that has more than 32 characters' };
const SIGNED = { REWINDMQ_ACCESS_KEY_ID: KEY.id, REWINDMQ_SECRET_ACCESS_KEY: KEY.secret };

let server: LocalRuntime;
let keyed: LocalRuntime;
beforeAll(async () => {
  const options = { directory: undefined, port: 0, log: silentLog };
  [server, keyed] = await Promise.all([
    openLocalRuntime(options),
    openLocalRuntime({ ...options, requireKeys: true, key: KEY }),
  ]);
});
afterAll(() => Promise.all([server.close(), keyed.close()]));

describe('keys', () => {
  it('creates, lists and revokes them with signed calls', async () => {
    const terminal = { url: keyed.url, environment: SIGNED };

    const created = await runCli(['keys', 'create', '--queue', 'orders*', '--right', 'send', '--json'], terminal);
    const { id, secret } = JSON.parse(created.stdout) as { id: string; secret: string };
    const listed = await runCli(['keys', 'ls'], terminal);
    const revoked = await runCli(['keys', 'revoke', id], terminal);

    expect(secret).toMatch(/.{32}/);
    expect(listed.stdout).toMatch(new RegExp(`^${id}\torders\\*\tsend\t\\S+Z\t\n$`));
    expect(revoked).toEqual({ code: 0, stdout: '', stderr: `${id} is revoked.\n` });
  });

  it('are refused without a signature, and half a key names what is missing', async () => {
    expect(await runCli(['queue', 'ls'], keyed)).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/^error: the call is not signed[^]*accessDenied/),
    });
    const half = { url: keyed.url, environment: { REWINDMQ_ACCESS_KEY_ID: KEY.id } };
    expect(await runCli(['queue', 'ls'], half)).toMatchObject({ code: 6, stderr: expect.stringContaining('set both') });
  });
});

describe('context', () => {
  it('names places, and an option or the environment wins over the current one', async () => {
    const settingsDirectory = givenSettings();
    const terminal = { url: '', settingsDirectory };

    await runCli(['context', 'add', 'here', '--url', server.url], terminal);
    await runCli(['context', 'add', 'prod', '--url', keyed.url, '--production'], terminal);
    const listed = await runCli(['context', 'ls'], terminal);
    const byCurrent = await runCli(['context', 'show', '--json'], terminal);
    const byOption = await runCli(['--context', 'prod', 'context', 'show', '--json'], terminal);
    const byEnvironment = await runCli(['context', 'show', '--json'], { url: 'http://other:1', settingsDirectory });

    expect(listed.stdout).toBe(`*\there\t${server.url}\tauto\t\t\n\tprod\t${keyed.url}\tauto\t\tPRODUCTION\n`);
    expect(JSON.parse(byCurrent.stdout)).toMatchObject({ url: server.url, source: 'the current context' });
    expect(JSON.parse(byOption.stdout)).toMatchObject({ url: keyed.url, isProduction: true });
    expect(JSON.parse(byEnvironment.stdout)).toMatchObject({ url: 'http://other:1', source: 'REWINDMQ_URL' });
    expect(await runCli(['context', 'use', 'nowhere'], terminal)).toMatchObject({ code: 5 });
  });
});

describe('route and top', () => {
  it('shows shards and cells', async () => {
    await runCli(['queue', 'create', 'routed'], server);

    const shards = await runCli(['route', 'routed', '--json'], server);
    const cells = await runCli(['route'], { url: server.url, isTerminal: true });

    expect(jsonLines(shards.stdout)).toMatchObject([{ state: 'open', throttlesPerSecond: 0 }]);
    expect(cells.stdout).toMatch(/^CELL +STATE +SHARDS +DRAINING +WRITES\/S +READS\/S +THROTTLES\/S\n\S+ +open /);
    expect(await runCli(['route', 'routed', '--decisions'], server)).toMatchObject({ code: 0, stdout: '' });
  });

  it('shows the queues with most ready messages first, again and again on a terminal', async () => {
    for (const queue of ['top-few', 'top-many']) await runCli(['queue', 'create', queue], server);
    await runCli(['send', 'top-many', 'body'], server);
    let rounds = 0;

    const once = await runCli(['top', '--prefix', 'top-', '--once', '--json'], server);
    const live = await runCli(['top', '--prefix', 'top-', '--every', '5ms'], {
      url: server.url,
      isTerminal: true,
      onWrite: ({ stdout }, interrupt) => {
        rounds = stdout.split('\u001b[H\u001b[J').length - 1;
        if (rounds === 2) interrupt();
      },
    });

    expect(jsonLines(once.stdout)).toMatchObject([{ name: 'top-many', counts: { ready: 1 } }, { name: 'top-few' }]);
    expect(live.code).toBe(130);
    expect(live.stdout).toMatch(
      /2 queues, 1 ready\n\nNAME +READY [^\n]* SENT\/S +DELETED\/S\ntop-many +1 [^\n]*\ntop-few /,
    );
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) =>
    (await runCli(['complete', '--', ...words], server)).stdout.split('\n');

  it('knows commands, options, values and names of queues', async () => {
    await runCli(['queue', 'create', 'completed'], server);

    expect(await complete('re')).toEqual(['recv', 'rewind', 'redrive', '']);
    expect(await complete('queue', 'pu')).toEqual(['purge', '']);
    expect(await complete('--utc', 'rewind', 'x', '--f')).toEqual(['--from', '']);
    expect(await complete('peek', 'x', '--state', 'd')).toEqual(['delayed', 'damaged', 'deleted', '']);
    expect(await complete('rewind', 'x', '--by', '')).toEqual(['sentAt', 'deletedAt', '']);
    expect(await complete('send', 'comp')).toEqual(['completed', '']);
    expect(await complete('queue', 'show', 'comp')).toEqual(['completed', '']);
    expect(await complete('rewind', 'x', '--into', 'comp')).toEqual(['completed', '']);
    expect(await complete('send', 'completed', '')).toEqual(['']);
  });

  it('completes in bash', async () => {
    const { stdout } = await runCli(['completion', 'bash'], server);
    const stub = 'rewindmq() { printf "%s\\n" "asked:$(printf "<%s>" "$@")" peek purge; }';
    const ask = 'COMP_WORDS=(rewindmq queue p); COMP_CWORD=2; _rewindmq; printf "%s " "${COMPREPLY[@]}"';
    const bash = spawn('bash', ['-c', `${stub}\n${stdout}\n${ask}\nrewindmq complete -- a 'b c'`]);
    let output = '';
    bash.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(bash, 'close');

    expect(output).toMatch(/^peek purge asked:<complete><--><a><b c>\n/);
  });

  it('is there for zsh and fish, and names the shells it knows', async () => {
    for (const shell of ['zsh', 'fish']) {
      expect((await runCli(['completion', shell], server)).stdout).toContain('rewindmq complete -- ');
    }
    expect(await runCli(['completion', 'tcsh'], server)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Allowed choices are bash, zsh, fish.'),
    });
  });
});
