import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import type { LocalOptions } from '../../src/runtime/local-options.ts';
import { silentLog } from '../support/logs.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'README.md');
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

/** The commands of the page, one a line, by the heading that they stand under. */
async function commandsByHeading(): Promise<ReadonlyMap<string, readonly string[]>> {
  const sections = (await readFile(README, 'utf8')).split(/^## /m);
  return new Map(sections.map((section) => [section.split('\n', 1)[0] ?? '', commandsIn(section)]));
}

const commandsIn = (section: string): string[] =>
  [...section.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );

/** Sections whose calls run one after the other, on one server. */
const TOURED: readonly string[] = ['Start', 'Use'];

/** Commands that are no calls of a server on this machine, and what runs them. */
const RUN_ELSEWHERE: readonly (readonly [command: RegExp, by: string])[] = [
  [/^npm start$/, 'test/runtime/start.test.ts'],
  [/^URL=/, 'test/docs/tour.test.ts'],
  [/^export AWS_|^aws --endpoint-url /, 'test/clients/run'],
  [/(^|\| )npx rewindmq /, 'test/docs/command-line.slow.ts'],
  [/^npx cdk bootstrap /, 'test/lib/deploy'],
  [/^npm run deploy( |$)/, 'test/lib/deploy'],
];

async function run(script: string, url: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const environment = {
    ...process.env,
    URL: url,
    AWS_ACCESS_KEY_ID: KEY.id,
    AWS_SECRET_ACCESS_KEY: KEY.secret,
    AWS_SESSION_TOKEN: '',
  };
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
    const byHeading = await commandsByHeading();
    const commands = TOURED.flatMap((heading) => byHeading.get(heading) ?? []).filter((line) =>
      line.startsWith('curl '),
    );
    let receipt = '';

    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const here = command.replace('http://127.0.0.1:4100/', '$URL/').replaceAll('…', receipt);
      const call = here.replace(/^curl/, `curl -sS --fail-with-body ${signing}`);
      const { code, output } = await run(call, url);
      expect({ command, code, output }).toMatchObject({ code: 0 });
      receipt = /"receipt":"([^"]+)"/.exec(output)?.[1] ?? receipt;
    }
  });

  it('makes the first call of a deployment', async () => {
    const url = await givenServer({ requireKeys: true, key: KEY });
    const calls = (await commandsByHeading()).get('Deploy')?.filter((line) => line.startsWith('curl ')) ?? [];

    expect(calls).toHaveLength(1);
    const { code, output } = await run(calls[0]?.replace(/^curl/, 'curl -sS --fail-with-body') ?? '', url);

    expect({ code, output }).toMatchObject({ code: 0 });
  });

  it('has no command that nothing runs', async () => {
    const commands = [...(await commandsByHeading())].filter(([, lines]) => lines.length > 0);

    const unheld = commands.flatMap(([heading, lines]) =>
      lines.filter((line) => {
        if (line.startsWith('curl ')) return !TOURED.includes(heading) && heading !== 'Deploy';
        return !RUN_ELSEWHERE.some(([command, by]) => command.test(line) && existsSync(join(ROOT, by)));
      }),
    );

    expect(commands.map(([heading]) => heading)).toEqual([
      'Start',
      'Use',
      'Command line',
      'Use with SQS clients',
      'Deploy',
    ]);
    expect(unheld).toEqual([]);
  });
});
