import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RewindMq } from '../../src/client/index.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';
import { startCli, untilWritten } from './process.ts';

let server: LocalRuntime;
beforeAll(async () => {
  server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
});
afterAll(() => server.close());

async function givenQueue(name: string, ...bodies: readonly string[]) {
  const queue = new RewindMq({ url: server.url }).queue(name);
  await queue.create({ visibilitySeconds: 600 });
  await queue.sendMany(bodies);
  return queue;
}

const start = (...argv: readonly string[]) => startCli(argv, { REWINDMQ_URL: server.url });

describe.concurrent('an interrupt', () => {
  it('gives back the messages that recv holds', async () => {
    const queue = await givenQueue('held', 'a', 'b');
    const receiving = start('recv', 'held', '--follow');

    await untilWritten(receiving, /b\n/);
    const held = (await queue.show()).counts;
    receiving.child.kill('SIGINT');

    expect(await receiving.ended).toBe(130);
    expect(receiving.written.stderr).toContain('2 messages given back.');
    expect(held).toMatchObject({ ready: 0, inFlight: 2 });
    expect((await queue.show()).counts).toMatchObject({ ready: 2, inFlight: 0 });
  });

  it('lets the command of recv --exec end, and takes no further message', async () => {
    const queue = await givenQueue('worked', 'a', 'b');
    const working = start('recv', 'worked', '--exec', 'echo begun; sleep 1; echo ended');

    await untilWritten(working, /begun/);
    working.child.kill('SIGINT');

    expect(await working.ended).toBe(130);
    expect(working.written.stdout).toBe('begun\nended\n');
    expect((await queue.show()).counts).toMatchObject({ deleted: 1, ready: 1, inFlight: 0 });
  });

  it('ends at once when it comes twice', async () => {
    await givenQueue('stopped', 'a');
    const working = start('recv', 'stopped', '--exec', 'echo begun; sleep 600');

    await untilWritten(working, /begun/);
    working.child.kill('SIGINT');
    await untilWritten(working, /a second interrupt ends them/);
    working.child.kill('SIGINT');

    // The command has ended too: it would keep the output open.
    expect(await working.ended).toBe(130);
  });
});
