import { readFileSync } from 'node:fs';

/** The text of a file named by the user. Ends the process with a sentence when it cannot be read. */
export function readGivenFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    endForPath(path, error);
  }
}

/** Ends the process with a sentence about a path named by the user. */
export function endForPath(path: string, error: unknown): never {
  const { code = '' } = error as NodeJS.ErrnoException;
  const reason = REASONS.get(code) ?? (code === '' ? String(error) : code);
  process.stderr.write(`${path === '' ? 'No file is named' : `${path} cannot be read`}: ${reason}.\n`);
  process.exit(1);
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a directory, and must be a file'],
  ['EACCES', 'this user may not'],
]);
