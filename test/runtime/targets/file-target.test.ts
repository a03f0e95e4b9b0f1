import { mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { PushAnswer, PushCall } from '../../../src/ports/push-target.ts';
import { FileTarget } from '../../../src/runtime/targets/index.ts';
import { keptLog } from '../../support/logs.ts';
import { idOf, OWNER, pushCall } from '../../support/push-calls.ts';

/** A directory with these files, and a target over it; both end with the test. */
function given(files: Readonly<Record<string, string>>, options: { readonly idleMs?: number } = {}) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rewindmq-handlers-')));
  const log = keptLog();
  const target = new FileTarget({ directory, owner: OWNER, log, ...options });
  onTestFinished(async () => {
    await target.close();
    rmSync(directory, { recursive: true });
  });
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  const call = (
    path: string,
    bodies: readonly string[] = ['one'],
    fields: Partial<PushCall> & { handler?: string } = {},
  ) => {
    const { handler = 'handler', ...rest } = fields;
    return target.call(pushCall({ kind: 'file', path, handler }, bodies, rest));
  };
  return { directory, log, write, call };
}

const answered = (value: unknown): PushAnswer => ({
  end: { kind: 'status', status: 200 },
  text: JSON.stringify(value),
});

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
    const { call } = given({ [file]: text });

    expect(await call(file, ['one', 'two'])).toEqual(answered(['one', 'two']));
  });

  it('answers null when it returns nothing, as on Lambda', async () => {
    const { call } = given({
      'sync.cjs': 'exports.handler = () => "nobody reads this";',
      'async.mjs': 'export const handler = async () => {};',
    });

    expect(await call('sync.cjs')).toEqual(answered(null));
    expect(await call('async.mjs')).toEqual(answered(null));
  });

  it('gets the messages as REST answers a receive, in the raw format', async () => {
    const { call } = given({ 'raw.mjs': 'export const handler = async (event) => event;' });

    const answer = await call('raw.mjs', ['one'], { format: 'raw' });

    expect(JSON.parse(answer.text ?? '')).toMatchObject({ messages: [{ id: idOf(0), body: 'one', receiveCount: 1 }] });
  });

  it('gets a context, and nothing of the environment of the server', async () => {
    process.env['REWINDMQ_SECRET_ACCESS_KEY'] = 'secret';
    onTestFinished(() => {
      delete process.env['REWINDMQ_SECRET_ACCESS_KEY'];
    });
    const { call, directory } = given({
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

  it.each([
    ['is missing', 'missing.mjs', /missing\.mjs cannot be read: ENOENT/],
    ['has a wrong syntax', 'syntax.mjs', /syntax\.mjs cannot be loaded: /],
    ['throws as it is loaded', 'throws.mjs', /throws\.mjs cannot be loaded: no table/],
    ['does not export the function', 'other.mjs', /other\.mjs exports no function named handler/],
    ['waits forever at its top level', 'waits.mjs', /waits\.mjs waits at its top level/],
  ])('is not loaded when the file %s', async (_what, file, reason) => {
    const { call } = given({
      'syntax.mjs': 'export const handler = {',
      'throws.mjs': 'throw new Error("no table");',
      'other.mjs': 'export const run = () => {}; export const handler = 7;',
      'waits.mjs': 'await new Promise(() => {}); export const handler = async () => {};',
    });

    const { end, text = '' } = await call(file);

    expect(end).toEqual({ kind: 'notLoaded' });
    expect((JSON.parse(text) as { errorMessage: string }).errorMessage).toMatch(reason);
  });

  it('is not loaded when the file ends its process', async () => {
    const { call } = given({ 'exits.mjs': 'process.exit(1);' });

    expect(await call('exits.mjs')).toEqual({ end: { kind: 'notLoaded' } });
  });

  it.each([
    ['throws', 'async () => { throw new TypeError("bad order"); }', 'TypeError', 'bad order'],
    ['throws at once', '() => { throw new TypeError("bad order"); }', 'TypeError', 'bad order'],
    ['throws a text', 'async () => { throw "bad order"; }', 'string', 'bad order'],
    ['calls back with an error', '(e, c, callback) => callback(new TypeError("bad order"))', 'TypeError', 'bad order'],
    ['answers what JSON cannot say', 'async () => 1n', 'TypeError', 'Do not know how to serialize a BigInt'],
    [
      'waits for nothing',
      'async () => await new Promise(() => {})',
      'Error',
      'the handler waits for a promise that nothing can settle',
    ],
  ])('has failed when it %s', async (_what, text, errorType, errorMessage) => {
    const { call } = given({ 'failing.mjs': `export const handler = ${text};` });

    const answer = await call('failing.mjs');

    expect(answer.end).toEqual({ kind: 'handlerFailed' });
    expect(JSON.parse(answer.text ?? '')).toMatchObject({ errorType, errorMessage });
  });

  it('has exited when its process ends, and runs again in another one', async () => {
    const { call } = given({
      'exits.mjs':
        'export const handler = async ({ Records: [{ body }] }) => body === "die" ? process.exit(0) : process.pid;',
    });

    const { text: before } = await call('exits.mjs');
    const death = await call('exits.mjs', ['die']);
    const { text: after } = await call('exits.mjs');

    expect(death).toEqual({ end: { kind: 'handlerExited' } });
    expect(Number(after)).toBeGreaterThan(0);
    expect(after).not.toBe(before);
  });

  it('has exited when an error is thrown where nothing catches it', async () => {
    const { call, log } = given({
      'loose.mjs': 'export const handler = () => { setImmediate(() => { throw new Error("loose end"); }); };',
    });

    expect(await call('loose.mjs')).toEqual({ end: { kind: 'handlerExited' } });
    expect(log.lines.map(({ fields }) => fields['line'])).toContainEqual(expect.stringContaining('loose end'));
  });

  it('is ended when it takes too long, even in a loop without end', async () => {
    const { call } = given({
      'slow.mjs': `export const handler = async ({ Records: [{ body }] }) => {
        if (body === 'loop') for (;;);
        if (body === 'wait') await new Promise((resolve) => setTimeout(resolve, 1e9));
        return process.pid;
      };`,
    });

    expect(await call('slow.mjs', ['wait'], { timeoutMs: 1_000 })).toEqual({ end: { kind: 'timedOut' } });
    expect(await call('slow.mjs', ['loop'], { timeoutMs: 1_000 })).toEqual({ end: { kind: 'timedOut' } });
    expect((await call('slow.mjs')).end).toEqual({ kind: 'status', status: 200 });
  });

  it('stops other calls of its process when one takes too long, without blame', async () => {
    const { call } = given({ 'slow.mjs': 'export const handler = () => { setTimeout(() => {}, 1e9); };' });

    const [slow, other] = await Promise.all([call('slow.mjs', ['a'], { timeoutMs: 1_000 }), call('slow.mjs', ['b'])]);

    expect([slow, other]).toEqual([{ end: { kind: 'timedOut' } }, { end: { kind: 'handlerStopped' } }]);
  });

  it('has its answer cut when that is longer than a megabyte', async () => {
    const { call } = given({ 'long.mjs': 'export const handler = async () => "x".repeat(2 ** 20);' });

    expect(await call('long.mjs')).toEqual({ end: { kind: 'answerCut' } });
  });

  it('runs several calls of a queue in one process, and each queue in a process of its own', async () => {
    const { call } = given({
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
    const { call, write, directory, log } = given({
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
    const { call } = given({ 'pid.mjs': 'export const handler = async () => process.pid;' }, { idleMs: 0 });

    const { text: one } = await call('pid.mjs');
    // Begins behind the timer of the process.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const two = await call('pid.mjs');

    expect(two.end).toEqual({ kind: 'status', status: 200 });
    expect(two.text).not.toBe(one);
  });

  it('is refused outside the directory of handlers, even behind a link', async () => {
    const { call, directory } = given({});
    symlinkSync(process.execPath, join(directory, 'link.mjs'));

    for (const path of ['../outside.mjs', process.execPath, 'link.mjs', '.']) {
      const { end } = await call(path);
      expect(end).toEqual({ kind: 'notLoaded' });
    }
    expect((await call('link.mjs')).text).toContain('link.mjs is outside the directory of handlers');
  });

  it('has what it prints logged with the name of its queue', async () => {
    const { call, log } = given({
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
