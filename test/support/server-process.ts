import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '..', '..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } };
/** The arguments that `npm start` gives to node: flags, then the entry point. */
const START = scripts.start.replace(/^exec node /, '').split(' ');

/** The server of `npm start`, as a separate process that can be killed. */
export interface ServerProcess {
  readonly url: string;
  readonly processId: number;
  /** Ends it without time to finish anything. */
  kill(): Promise<void>;
  /** Asks it to end. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port and waits until it serves.
 * @param directory - `undefined` keeps everything in memory
 * @param nodeOptions - for the process, such as `--cpu-prof`
 * @throws Error with the server's output when it does not start
 */
export async function startServerProcess(
  directory: string | undefined,
  nodeOptions: readonly string[] = [],
): Promise<ServerProcess> {
  const place = directory === undefined ? ['--in-memory'] : ['--data', directory];
  const child = spawn(process.execPath, [...nodeOptions, ...START, '--port', '0', ...place], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await announcedUrl(child);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return { url, processId: child.pid ?? 0, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** The first address that the server prints, once it listens. */
async function announcedUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the server has no output');
  const said: string[] = [];
  for await (const line of createInterface({ input: stdout })) {
    said.push(line);
    const [url] = /http:\/\/[^\s/]+/.exec(line) ?? [];
    if (url === undefined) continue;
    stdout.resume();
    return url;
  }
  throw new Error(`the server did not start: ${said.join(' ')}`);
}
