import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { idOf } from '../../support/push-calls.ts';
import { answered, givenHandlers } from './given-handlers.ts';

describe('a function in a file', () => {
  it.each([
    ['an async handler', 'esm.mjs', 'export const handler = async ({ Records }) => Records.map((one) => one.body);'],
    ['CommonJS', 'cjs.cjs', 'exports.handler = async ({ Records }) => Records.map((one) => one.body);'],
    [
      'CommonJS with computed exports',
      'computed.js',
      'module.exports = Object.fromEntries([["handler", async ({ Records }) => Records.map((one) => one.body)]]);',
    ],
    [
      'a callback',
      'callback.cjs',
      `exports.handler = ({ Records }, context, callback) => {
        setImmediate(() => callback(null, Records.map((one) => one.body)));
      };`,
    ],
    [
      'context.done',
      'done.cjs',
      `exports.handler = ({ Records }, context) => {
        setImmediate(() => context.done(null, Records.map((one) => one.body)));
      };`,
    ],
  ])('answers with %s', async (_kind, file, text) => {
    const { call } = givenHandlers({ [file]: text });

    expect(await call(file, ['one', 'two'])).toEqual(answered(['one', 'two']));
  });

  it('answers null when it returns nothing, as on Lambda', async () => {
    const { call } = givenHandlers({
      'sync.cjs': 'exports.handler = () => "nobody reads this";',
      'async.mjs': 'export const handler = async () => {};',
    });

    expect(await call('sync.cjs')).toEqual(answered(null));
    expect(await call('async.mjs')).toEqual(answered(null));
  });

  it('may answer more than is read, as on Lambda: a megabyte is kept', async () => {
    const { call } = givenHandlers({ 'long.mjs': 'export const handler = async () => "x".repeat(2 ** 20);' });

    const { end, text } = await call('long.mjs');

    expect(end).toEqual({ kind: 'status', status: 200 });
    expect(text).toBe(`"${'x'.repeat(2 ** 20 - 1)}`);
  });

  it('gets the messages as REST answers a receive, in the raw format', async () => {
    const { call } = givenHandlers({ 'raw.mjs': 'export const handler = async (event) => event;' });

    const answer = await call('raw.mjs', ['one'], { format: 'raw' });

    expect(JSON.parse(answer.text ?? '')).toMatchObject({ messages: [{ id: idOf(0), body: 'one', receiveCount: 1 }] });
  });

  it('gets a context, and nothing of the environment of the server', async () => {
    process.env['REWINDMQ_SECRET_ACCESS_KEY'] = 'secret';
    onTestFinished(() => {
      delete process.env['REWINDMQ_SECRET_ACCESS_KEY'];
    });
    const { call, directory } = givenHandlers({
      '.env': 'TABLE=orders',
      'context.mjs': `export const handler = async (event, context) => ({
        name: context.functionName,
        id: context.awsRequestId,
        left: context.getRemainingTimeInMillis(),
        names: Object.keys(process.env),
        table: process.env.TABLE,
        cwd: process.cwd(),
      });`,
    });

    const { text = '' } = await call('context.mjs');

    const seen = JSON.parse(text) as { left: number; names: string[] };
    expect(seen).toMatchObject({
      name: 'context.mjs',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      table: 'orders',
      cwd: directory,
    });
    expect(seen.left).toBeGreaterThan(0);
    expect(seen.left).toBeLessThanOrEqual(60_000);
    expect(seen.names.filter((name) => /REWINDMQ|VITEST|NODE_OPTIONS/.test(name))).toEqual([]);
  });

  it('runs several calls of a queue in one process, and each queue in a process of its own', async () => {
    const { call } = givenHandlers({
      'met.mjs': `let meet;
        const met = new Promise((resolve) => { meet = resolve; });
        let count = 0;
        export const handler = async ({ Records: [{ body }] }) => {
          if (body === 'alone') return process.pid;
          if (++count === 2) meet();
          // Keeps the process busy, as a call over the network would.
          const busy = setInterval(() => {}, 1000);
          await met;
          clearInterval(busy);
          return process.pid;
        };`,
    });

    const [one, two] = await Promise.all([call('met.mjs'), call('met.mjs')]);
    const other = await call('met.mjs', ['alone'], { queueName: 'invoices' });

    expect(one).toEqual(two);
    expect(other.end).toEqual({ kind: 'status', status: 200 });
    expect(other.text).not.toBe(one.text);
  });

  it('is loaded anew when its file has changed, while calls of the former file finish', async () => {
    const { call, write, directory, log } = givenHandlers({
      'fixed.mjs': `import { existsSync } from 'node:fs';
        export const handler = () => new Promise((resolve) => {
          console.log('began');
          const looks = setInterval(() => {
            if (!existsSync('finish')) return;
            clearInterval(looks);
            resolve('old');
          }, 5);
        });`,
    });
    const old = call('fixed.mjs');
    await vi.waitFor(() => expect(log.lines).toHaveLength(1), 60_000);
    write('fixed.mjs', 'export const handler = async () => "new";');
    utimesSync(join(directory, 'fixed.mjs'), new Date(1e12), new Date(1e12));

    const fresh = await call('fixed.mjs');
    write('finish', '');

    expect(fresh).toEqual(answered('new'));
    expect(await old).toEqual(answered('old'));
  });

  it('ends a process that is idle, and starts another for the next call', async () => {
    const { call } = givenHandlers({ 'pid.mjs': 'export const handler = async () => process.pid;' }, { idleMs: 0 });

    const { text: one } = await call('pid.mjs');
    // Begins behind the timer of the process.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const two = await call('pid.mjs');

    expect(two.end).toEqual({ kind: 'status', status: 200 });
    expect(two.text).not.toBe(one);
  });

  it('has what it prints logged with the name of its queue', async () => {
    const { call, log } = givenHandlers({
      'prints.mjs': 'export const handler = async () => { console.log("two\\nlines"); console.error("a problem"); };',
    });

    await call('prints.mjs');

    // Output and answer come by different ways.
    await vi.waitFor(() => expect(log.lines).toHaveLength(3), 60_000);
    expect(log.lines).toEqual(
      expect.arrayContaining([
        { event: 'handlerPrinted', fields: { queue: 'orders', line: 'two' } },
        { event: 'handlerPrinted', fields: { queue: 'orders', line: 'lines' } },
        { event: 'handlerPrinted', fields: { queue: 'orders', line: 'a problem' } },
      ]),
    );
  });
});
