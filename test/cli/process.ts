import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A process of `rewindmq`, and what it has written so far. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly written: { stdout: string; stderr: string };
  /** Its exit code, or `null` when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs the command of the package from this clone. */
export function startCli(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): CliProcess {
  const child = spawn(process.execPath, ['bin/rewindmq.mjs', ...argv], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  return { child, written, ended: once(child, 'close').then(([code]) => code as number | null) };
}

/** Runs it to its end. */
export async function runProcess(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { written, ended } = startCli(argv, environment);
  return { code: await ended, ...written };
}

/** Waits until the process has written this. @throws Error when it ended before */
export async function untilWritten({ child, written, ended }: CliProcess, pattern: RegExp): Promise<string> {
  const early = ended.then(() => Promise.reject(new Error(`it ended: ${written.stdout}${written.stderr}`)));
  for (;;) {
    const [found] = pattern.exec(written.stdout + written.stderr) ?? [];
    if (found !== undefined) return found;
    await Promise.race([once(child.stdout ?? child, 'data'), once(child.stderr ?? child, 'data'), early]);
  }
}
