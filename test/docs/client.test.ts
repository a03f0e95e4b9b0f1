import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLIENT = join(ROOT, 'src/client/index.ts');
const FOLDER = join(ROOT, 'node_modules', '.cache', 'rewindmq-client-docs');

let server: LocalRuntime;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-docs-'));
  server = await openLocalRuntime({ directory, port: 0, log: silentLog });
  await mkdir(FOLDER, { recursive: true });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

/** Starts the only TypeScript of a document, with this tree's client. */
async function startSnippet(document: string) {
  const [, snippet = ''] = /```ts\n([^]*?)```/.exec(await readFile(join(ROOT, document), 'utf8')) ?? [];
  const file = join(FOLDER, `${document.replaceAll('/', '-')}.mts`);
  await writeFile(file, snippet.replace(`'rewindmq/client'`, JSON.stringify(CLIENT)));
  const env = { ...process.env, URL: server.url };
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { output: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed.errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, printed, ended };
}

describe('the client as documented', () => {
  it('runs as docs/client.md shows it', async () => {
    const { printed, ended } = await startSnippet('docs/client.md');

    const code = await ended;

    expect({ code, errors: printed.errors }).toEqual({ code: 0, errors: '' });
    expect(printed.output).toMatch(/third false\n(.*\n)*100 3\ninvalidField max\n$/);
  });

  it('runs as the README shows it, until SIGTERM', async () => {
    const { child, printed, ended } = await startSnippet('README.md');
    const both = new Promise<void>((resolve) =>
      child.stdout.on('data', () => printed.output.includes('first') && printed.output.includes('second') && resolve()),
    );

    await Promise.race([both, ended]);
    child.kill('SIGTERM');

    expect(await ended).toBe(0);
    expect(printed.errors).toBe('');
  });
});
