import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FindConsole } from './console-pages.ts';

/** A build takes seconds; one that takes longer than this hangs. */
const BUILD_MS_MAX = 180_000;
const run = promisify(execFile);

/** The console that the package contains. */
export const packedConsole =
  (directory: string): FindConsole =>
  () =>
    Promise.resolve(directory);

/**
 * The console of a clone: the script builds it, or finds what an earlier build kept, and prints the directory. It runs
 * in a process of its own, so the server's keeps nothing of the bundler.
 */
export const builtConsole =
  (script: string): FindConsole =>
  async () => {
    const { stdout } = await run(process.execPath, [script], { timeout: BUILD_MS_MAX }).catch((error: unknown) => {
      throw new Error(failureOf(error), { cause: error });
    });
    return stdout.trim();
  };

/** The last line that the bundler wrote, without its stack. */
function failureOf(error: unknown): string {
  const { stderr = '', message = String(error) } = error as { readonly stderr?: string; readonly message?: string };
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines.find((line) => line.includes('rror')) ?? lines.at(-1) ?? message;
}
