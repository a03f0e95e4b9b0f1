import { link, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a new file; when it resolves, the content survives a power cut. Its name may not: see {@link linkDurably}. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives a file a further name, which survives a power cut, unless the name is taken. */
export async function linkDurably(from: string, path: string): Promise<'stored' | 'exists'> {
  const directory = await open(dirname(path));
  try {
    const outcome = await unless(
      ['EEXIST'],
      link(from, path).then(() => 'stored' as const),
    );
    // Also for a name that exists: the process that wrote it may have died before this sync.
    await directory.sync();
    return outcome ?? 'exists';
  } finally {
    await directory.close();
  }
}

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The value, or `undefined` when the file system refuses with one of these codes. */
export async function unless<Value>(codes: readonly string[], work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
