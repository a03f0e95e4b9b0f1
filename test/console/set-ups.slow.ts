import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentText, setUpsOf } from '../../src/console/rules/index.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
/** Below the project, so that programs find its packages. */
const folder = join(ROOT, 'node_modules', '.cache', 'set-ups');
let runtime: LocalRuntime;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  runtime = await openLocalRuntime({ port: 0, log: silentLog });
});
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

const isThere = (command: string, ...argv: string[]): boolean => spawnSync(command, argv).status === 0;

/** How a program of each name is run, and whether this machine can. `test/clients/run` runs the other languages. */
const RUNNERS: Readonly<Record<string, { readonly isHere: boolean; readonly file: string; readonly argv: string[] }>> =
  {
    curl: { isHere: isThere('curl', '--version'), file: 'try.sh', argv: ['sh'] },
    'RewindMQ client': { isHere: true, file: 'client.mts', argv: [process.execPath, '--import', 'tsx'] },
    JavaScript: { isHere: true, file: 'sdk.mjs', argv: [process.execPath] },
  };

describe('the programs that the console prints', () => {
  it.each(['curl', 'RewindMQ client', 'JavaScript'])('run as printed: %s', async (name) => {
    const runner = RUNNERS[name];
    const place = { url: runtime.url, isKeyed: false };
    const queue = `from-${name.toLowerCase().replaceAll(/\W/g, '-')}`;
    await fetch(`${runtime.url}/queues/${queue}`, { method: 'PUT' });
    const printed = setUpsOf(queue, place).find((one) => one.name === name)?.text ?? '';
    if (runner?.isHere !== true) return expect(printed).toContain(runtime.url);
    // The package is not installed in itself.
    const text = printed.replace('rewindmq/client', join(ROOT, 'src/client/index.ts'));
    writeFileSync(join(folder, runner.file), text);
    const [command = '', ...argv] = runner.argv;

    const script = `${environmentText(place)}\nexec "$@"`;
    const { stdout } = await run('sh', ['-c', script, 'sh', command, ...argv, join(folder, runner.file)]);

    expect(stdout).toContain('hello');
  });
});
