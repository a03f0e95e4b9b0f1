import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export const ROOT = join(import.meta.dirname, '../..');

interface Server {
  readonly process: ChildProcess;
  /** Its output so far. */
  output(): string;
  /** Its exit code, or `null` when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Starts servers by the command of `npm start`, and makes directories for them; both go after the file's tests. */
export function givenServers() {
  const started: Server[] = [];
  const directories: string[] = [];
  afterAll(async () => {
    for (const server of started) server.process.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    await Promise.all(directories.map((directory) => rm(directory, { recursive: true })));
  });
  return {
    startServer: (arguments_: readonly string[], environment: Record<string, string> = {}): Server => {
      const server = start(arguments_, environment);
      started.push(server);
      return server;
    },
    givenDirectory: async (): Promise<string> => {
      const directory = await mkdtemp(join(tmpdir(), 'rewindmq-start-'));
      directories.push(directory);
      return directory;
    },
  };
}

function start(arguments_: readonly string[], environment: Record<string, string>): Server {
  const child = spawn(process.execPath, ['bin/start.mjs', ...arguments_], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, output: () => output, ended };
}

/** The address that a started server prints. */
export async function addressOf(server: Server): Promise<string> {
  const printed = (async () => {
    for (;;) {
      const address = /http:\/\/\S+(?=\/queues\s)/.exec(server.output())?.[0];
      if (address !== undefined) return address;
      await once(server.process.stdout ?? server.process, 'data');
    }
  })();
  const early = server.ended.then(() => Promise.reject(new Error(`it ended: ${server.output()}`)));
  return await Promise.race([printed, early]);
}

export const post = (url: string, body: object) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
export const jsonOf = async (response: Response) =>
  (await response.json()) as { messages: { body: string; receipt: string }[] };
