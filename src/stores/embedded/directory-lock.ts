import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QueueError } from '../../model/errors.ts';

const LOCK_NAME = /^running-(\d+)$/;

/**
 * Keeps a data directory to one process.
 *
 * Each process leaves a file named after its id before it looks for others, so that of two that start at once at
 * least one sees the other. The file of a process that died counts no more: its id is free, or belongs to a process
 * that started at another time than the file says.
 *
 * @throws QueueError `Unavailable`, naming the directory and the process that uses it
 */
export function lockDirectory(directory: string): { release(): void } {
  mkdirSync(directory, { recursive: true });
  const own = join(directory, `running-${process.pid}`);
  if (isHeld(own, process.pid)) throw inUse(directory, process.pid);
  writeFileSync(own, startOf(process.pid) ?? '');
  for (const name of readdirSync(directory)) {
    const pid = Number(LOCK_NAME.exec(name)?.[1] ?? process.pid);
    if (pid === process.pid) continue;
    if (isHeld(join(directory, name), pid)) {
      rmSync(own, { force: true });
      throw inUse(directory, pid);
    }
    rmSync(join(directory, name), { force: true });
  }
  return { release: () => rmSync(own, { force: true }) };
}

function isHeld(file: string, pid: number): boolean {
  const start = textOf(file);
  if (start === undefined || !isAlive(pid)) return false;
  // Where the system tells no start times, a living process is believed to be the one that wrote the file.
  return start === (startOf(pid) ?? '');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM'); // It lives, and belongs to somebody else.
  }
}

/** When a process started, in ticks since the machine did; the 22nd field, counted from after the name in brackets. */
function startOf(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;

const inUse = (directory: string, pid: number): QueueError =>
  new QueueError(
    'Unavailable',
    `the data directory ${directory} is in use by process ${pid}; stop that process first or choose another directory`,
  );
