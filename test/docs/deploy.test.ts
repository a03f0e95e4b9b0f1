import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnsweredCall } from '../../src/runtime/http.ts';
import { type LocalRuntime, openLocalRuntime } from '../../src/runtime/local.ts';
import { silentLog } from '../support/logs.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Where an import finds the packages of this project. */
const FOLDER = join(ROOT, 'node_modules', '.cache', 'rewindmq-docs');
const KEY = { id: 'RMQ_KEY_OF_THE_DOCS', secret: 'a secret that has more than 32 characters' };

const calls: AnsweredCall[] = [];
let server: LocalRuntime;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rewindmq-docs-'));
  const options = {
    requireKeys: true,
    key: KEY,
    queues: { orders: {} },
    onAnswered: (call: AnsweredCall) => void calls.push(call),
  };
  server = await openLocalRuntime({ directory, port: 0, log: silentLog, ...options });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

/** The first block of that language under "Calling it". */
async function snippet(language: string): Promise<string> {
  const text = await readFile(join(ROOT, 'docs/deploy.md'), 'utf8');
  const [, section = ''] = text.split('\n## Calling it\n');
  return new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section)?.[1] ?? '';
}

/** Runs a command with the key in its environment; answers the calls that it made, once they are over. */
async function callsOf(command: string, flags: readonly string[]): Promise<string[]> {
  calls.length = 0;
  const env = { ...process.env, URL: server.url, AWS_ACCESS_KEY_ID: KEY.id, AWS_SECRET_ACCESS_KEY: KEY.secret };
  const child = spawn(command, flags, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  return calls.map(({ method, path, status }) => `${method} ${path} ${status}`);
}

describe('how docs/deploy.md calls a deployment', () => {
  it('works by curl', async () => {
    expect(await callsOf('bash', ['-c', await snippet('sh')])).toEqual(['POST /queues/orders/messages 200']);
  });

  it('works in TypeScript, with and without a query', async () => {
    await mkdir(FOLDER, { recursive: true });
    const file = join(FOLDER, 'snippet.mts');
    await writeFile(file, await snippet('ts'));

    expect(await callsOf(process.execPath, ['--import', 'tsx', file])).toEqual([
      'POST /queues/orders/messages 200',
      'GET /queues/orders/messages 200',
    ]);
  });
});
