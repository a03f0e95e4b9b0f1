import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';

const README = join(import.meta.dirname, '../../README.md');
const KEY = { id: 'RMQ_KEY_OF_THE_TOUR', secret: 'a secret that has more than 32 characters' };
/** Each call fails the tour when it is refused; an answer is read for the receipt in it. */
const SIGNED = '--aws-sigv4 aws:amz:us-east-1:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"';

const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

async function givenServer(options: Partial<LocalOptions> = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rewindmq-tour-'));
  const server = await openLocalRuntime({ directory, port: 0, log: silentLog, ...options });
  closing.push(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });
  return server.url;
}

/** The commands under a heading, one a line. */
async function commandsUnder(heading: string): Promise<string[]> {
  const text = await readFile(README, 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [, block = ''] = /```sh\n([^]*?)```/.exec(section) ?? [];
  return block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.startsWith('curl '));
}

async function run(script: string, url: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const environment = { ...process.env, URL: url, AWS_ACCESS_KEY_ID: KEY.id, AWS_SECRET_ACCESS_KEY: KEY.secret };
  const shell = spawn('bash', ['-c', script], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => shell.on('close', resolve));
  return { code, output };
}

describe('the tour of the README', () => {
  it.each([
    ['as it stands', ''],
    ['signed with a key', SIGNED],
  ])('runs %s', async (_how, signing) => {
    const url = await givenServer(signing === '' ? {} : { requireKeys: true, key: KEY });
    const commands = await commandsUnder('Use');
    let receipt = '';

    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const call = command.replace(/^curl/, `curl -sS --fail-with-body ${signing}`).replaceAll('…', receipt);
      const { code, output } = await run(call, url);
      expect({ command, code, output }).toMatchObject({ code: 0 });
      receipt = /"receipt":"([^"]+)"/.exec(output)?.[1] ?? receipt;
    }
  });
});
