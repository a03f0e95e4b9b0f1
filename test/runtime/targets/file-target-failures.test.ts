import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { givenHandlers } from './given-handlers.ts';

describe('a call of a function in a file', () => {
  it.each([
    ['is missing', 'missing.mjs', /missing\.mjs cannot be read: ENOENT/],
    ['has a wrong syntax', 'syntax.mjs', /syntax\.mjs cannot be loaded: /],
    ['throws as it is loaded', 'throws.mjs', /throws\.mjs cannot be loaded: no table/],
    ['does not export the function', 'other.mjs', /other\.mjs exports no function named handler/],
    ['waits forever at its top level', 'waits.mjs', /waits\.mjs waits at its top level/],
  ])('is not loaded when the file %s', async (_what, file, reason) => {
    const { call } = givenHandlers({
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
    const { call } = givenHandlers({ 'exits.mjs': 'process.exit(1);' });

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
    const { call } = givenHandlers({ 'failing.mjs': `export const handler = ${text};` });

    const answer = await call('failing.mjs');

    expect(answer.end).toEqual({ kind: 'handlerFailed' });
    expect(JSON.parse(answer.text ?? '')).toMatchObject({ errorType, errorMessage });
  });

  it('has exited when its process ends, and runs again in another one', async () => {
    const { call } = givenHandlers({
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
    const { call, log } = givenHandlers({
      'loose.mjs': 'export const handler = () => { setImmediate(() => { throw new Error("loose end"); }); };',
    });

    expect(await call('loose.mjs')).toEqual({ end: { kind: 'handlerExited' } });
    expect(log.lines.map(({ fields }) => fields['line'])).toContainEqual(expect.stringContaining('loose end'));
  });

  it('is ended when it takes too long, even in a loop without end', async () => {
    const { call } = givenHandlers({
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
    const { call } = givenHandlers({ 'slow.mjs': 'export const handler = () => { setTimeout(() => {}, 1e9); };' });

    const [slow, other] = await Promise.all([call('slow.mjs', ['a'], { timeoutMs: 1_000 }), call('slow.mjs', ['b'])]);

    expect([slow, other]).toEqual([{ end: { kind: 'timedOut' } }, { end: { kind: 'handlerStopped' } }]);
  });

  it('has its answer cut when that is longer than Lambda takes', async () => {
    const { call } = givenHandlers({ 'long.mjs': 'export const handler = async () => "x".repeat(6 * 2 ** 20);' });

    expect(await call('long.mjs')).toEqual({ end: { kind: 'answerCut' } });
  });

  it('is refused outside the directory of handlers, even behind a link', async () => {
    const { call, directory } = givenHandlers({});
    symlinkSync(process.execPath, join(directory, 'link.mjs'));

    for (const path of ['../outside.mjs', process.execPath, 'link.mjs', '.']) {
      const { end } = await call(path);
      expect(end).toEqual({ kind: 'notLoaded' });
    }
    expect((await call('link.mjs')).text).toContain('link.mjs is outside the directory of handlers');
  });
});
