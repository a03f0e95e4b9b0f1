import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { QueueError } from '../../model/errors.ts';

const LOCK_FILE = 'lock';

/**
 * Reserves a data directory for one process, by a kernel lock on a file. The lock belongs to the open file, so it ends
 * with its process however that dies. It also holds between containers that share a volume, whatever their process ids.
 * The file's content is only for the message.
 *
 * @throws QueueError `Unavailable`, naming the directory and the process that uses it; the system's errors
 */
export async function lockDirectory(directory: string): Promise<{ release(): void }> {
  const { tryLock } = await import('fs-native-extensions');
  makeDirectory(directory);
  const path = join(directory, LOCK_FILE);
  const descriptor = openSync(path, 'a+');
  try {
    if (!tryLock(descriptor)) throw inUse(directory, readFileSync(path, 'utf8'));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  noteHolder(descriptor);
  return { release: () => closeSync(descriptor) };
}

/** Level by level: Node's recursive mode hangs in `/proc`, and says less about the obstacle. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory);
}

function noteHolder(descriptor: number): void {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `process ${process.pid} on ${hostname()}`);
  } catch {
    // A full disk may have no room for the note; the lock holds without it.
  }
}

const inUse = (directory: string, holder: string): QueueError =>
  new QueueError(
    'Unavailable',
    `the data directory ${directory} is in use by ${holder === '' ? 'another process' : holder}; ` +
      'stop that process first or choose another directory',
  );
