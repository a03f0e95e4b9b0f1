import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { runCli } from './terminal.ts';

let server: LocalRuntime;
let handlers: string;
beforeAll(async () => {
  handlers = await mkdtemp(join(tmpdir(), 'rewindmq-cli-handlers-'));
  await writeFile(join(handlers, 'orders.mjs'), 'export const handler = async () => ({});\n');
  server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog, handlers });
});
afterAll(async () => {
  await server.close();
  await rm(handlers, { recursive: true });
});

describe('push', () => {
  it('sets, pauses, resumes, shows and ends the subscription of a queue', async () => {
    await runCli(['queue', 'create', 'orders'], server);
    const json = async (...argv: string[]) =>
      JSON.parse((await runCli(['push', ...argv, '--json'], server)).stdout) as unknown;

    const set = await json(
      'set',
      'orders',
      'file:orders.mjs#handler',
      '--batch',
      '5',
      '--timeout',
      '2m',
      '--rate',
      '9',
    );
    const paused = await json('pause', 'orders');
    const resumed = await json('resume', 'orders');
    const shown = await runCli(['push', 'show', 'orders'], server);
    const copied = await runCli(['queue', 'show', 'orders', '--json'], server);
    await writeFile(join(handlers, 'orders.json'), copied.stdout);
    const copy = await runCli(['queue', 'create', 'copy', '--from', join(handlers, 'orders.json')], server);
    const ended = await runCli(['push', 'rm', 'orders'], server);

    const subscription = { to: { lambda: 'file:orders.mjs#handler' }, batchSize: 5, targetSeconds: 120, perSecond: 9 };
    expect(set).toMatchObject({ ...subscription, state: 'active' });
    expect(paused).toMatchObject({ ...subscription, state: 'paused' });
    expect(resumed).toMatchObject({ ...subscription, state: 'active' });
    expect(shown.stdout).toMatch(/^to\tfile:orders\.mjs#handler\nstate\tactive\n/);
    expect(copy).toMatchObject({ code: 0 });
    expect(ended).toEqual({ code: 0, stdout: '', stderr: 'orders pushes nothing any more.\n' });
    expect(await runCli(['push', 'show', 'orders'], server)).toMatchObject({ code: 5 });
  });

  it('creates, lists and removes keys that sign', async () => {
    await runCli(['queue', 'create', 'hooks'], server);
    const none = await runCli(['push', 'keys', 'ls', 'hooks'], server);
    const created = await runCli(['push', 'keys', 'create', 'hooks', '--json'], server);
    const { id, secret } = JSON.parse(created.stdout) as { readonly id: string; readonly secret: string };
    const listed = await runCli(['push', 'keys', 'ls', 'hooks'], server);
    const removed = await runCli(['push', 'keys', 'rm', 'hooks', id], server);

    expect(none).toMatchObject({ stdout: '', stderr: 'hooks has no key; `rewindmq push keys create` makes one.\n' });
    expect(secret).toMatch(/^whsec_/);
    expect(listed.stdout).toContain(`${id}\t${secret.slice(0, 10)}\t`);
    expect(listed.stdout).not.toContain(secret);
    expect(removed).toMatchObject({ code: 0, stderr: `${id} signs nothing any more.\n` });
    expect(await runCli(['push', 'keys', 'rm', 'hooks', id], server)).toMatchObject({ code: 5 });
  });

  it('names what is wrong with a subscription', async () => {
    await runCli(['queue', 'create', 'wrong'], server);

    expect(await runCli(['push', 'set', 'wrong', 'nonsense'], server)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the ARN of a Lambda function'),
    });
  });
});
