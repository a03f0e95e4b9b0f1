import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Why the suite cannot run here; `undefined` where it can. */
export const obstacle: string | undefined =
  process.platform !== 'linux'
    ? 'LD_PRELOAD and tmpfs are of Linux'
    : spawnSync('cc', ['--version']).status !== 0
      ? 'there is no C compiler for the library that harms the disk'
      : undefined;

/** Whether this user may mount file systems and make namespaces. */
export const isRoot: boolean = process.getuid?.() === 0 && spawnSync('unshare', ['-p', '-f', 'true']).status === 0;

export function givenDirectory(): string {
  // Mounts show their real path.
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rewindmq-faults-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A small file system in memory, gone with the test. */
export function givenFileSystem(options: string): string {
  const directory = givenDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', directory]);
  onTestFinished(() => void spawnSync('umount', ['--lazy', directory]));
  return directory;
}

/** What the disk does: `sync-fails`, `sync-stalls`, `write-fails`, or anything else for a sound one. */
export interface DiskFaults {
  set(fault: string): void;
  readonly environment: Readonly<Record<string, string>>;
}

export function givenDiskFaults(under: string): DiskFaults {
  const directory = givenDirectory();
  const [library, control] = [join(directory, 'disk-faults.so'), join(directory, 'fault')];
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'disk-faults.c'), '-ldl']);
  writeFileSync(control, 'none');
  return {
    set: (fault) => writeFileSync(control, fault),
    environment: { LD_PRELOAD: library, DISK_FAULTS: control, DISK_FAULTS_UNDER: under },
  };
}

export interface FaultyServer {
  readonly process: ChildProcess;
  /** Resolves with the address once it serves. */
  readonly url: Promise<string>;
  /** What it wrote to standard error. */
  errors(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export interface StartOptions {
  readonly directory: string;
  readonly reserveMiB?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** A command in front of node's. */
  readonly before?: readonly string[];
  readonly userId?: number;
}

export function startServer({
  directory,
  reserveMiB = 0,
  environment,
  before = [],
  userId,
}: StartOptions): FaultyServer {
  const node = [process.execPath, '--import', 'tsx', 'bin/start.ts', '--port', '0', '--data', directory];
  const [command, ...rest] = [...before, ...node, '--reserve', String(reserveMiB)];
  const child = spawn(command, rest, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(userId === undefined ? {} : { uid: userId }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const url = new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [found] = /http:\/\/[^\s/]+/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then((code) => reject(new Error(`it ended with ${code}: ${errors}`)));
  });
  url.catch(() => {});
  return { process: child, url, errors: () => errors, ended };
}

/** What the calls of this suite answer, each some of it. */
interface AnswerBody {
  readonly counts: Readonly<Record<'sent' | 'deleted' | 'inFlight', number>>;
  readonly messages: readonly { readonly body: string; readonly receipt: string }[];
  readonly matched: number;
  readonly deleted: number;
  readonly status: string;
  readonly reason: string;
  readonly error: { readonly code: string };
}

export async function call(
  method: string,
  url: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: AnswerBody }> {
  const answer = await fetch(url, body === undefined ? { method } : { method, body: JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: JSON.parse(text) as AnswerBody };
}

/** Tries until it holds; the disk and the archive take their time. */
export async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  const untilMs = Date.now() + 45_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`it never came to: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
