import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';

const ROOT = join(import.meta.dirname, '../..');

async function commands(): Promise<readonly string[]> {
  const [, section = ''] = (await readFile(join(ROOT, 'README.md'), 'utf8')).split('## Command line\n');
  const [, block = ''] = /```sh\n([^]*?)```/.exec(section) ?? [];
  return block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

it('runs the command line as the README shows it, in its order', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-command-line-'));
  const server = await openLocalRuntime({ directory: undefined, port: 0, log: silentLog });
  onTestFinished(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });
  const npx = `npx() { shift; '${process.execPath}' '${join(ROOT, 'bin/rewindmq.mjs')}' "$@"; }`;
  const printed: string[] = [];

  const lines = await commands();
  for (const line of lines) {
    const env = { PATH: process.env['PATH'], HOME: directory, REWINDMQ_URL: server.url };
    const bash = spawn('bash', ['-c', `set -o pipefail\n${npx}\n${line}`], { cwd: directory, env });
    let output = '';
    for (const stream of [bash.stdout, bash.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(bash, 'close')) as [number];
    expect({ line, code, output }).toMatchObject({ code: line.endsWith('--dry-run') ? 3 : 0 });
    printed.push(output);
  }

  const outputOf = (start: string) => printed[lines.findIndex((line) => line.startsWith(`npx rewindmq ${start}`))];
  expect(lines.length).toBeGreaterThan(10);
  expect(outputOf('recv orders --delete')).toBe('first\nsecond\nthird\n');
  expect(outputOf('recv orders --exec')).toBe('fourth1 message done, 0 failed.\n');
  expect(outputOf('rewind orders --from 1h --dry-run')).toMatch(/^Rewind of 4 messages of orders, sent from /);
  expect(outputOf('load')).toBe('4 messages loaded.\n');
});
