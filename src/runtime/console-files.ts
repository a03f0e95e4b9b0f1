import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file of the built console, in Base64. */
export interface ConsoleFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: string;
  /** Compressed by gzip. */
  readonly packed: string;
}

/** Reads a file at its first use, and keeps it. @throws the system's error for a file that cannot be read */
export type ReadFile = () => Promise<ConsoleFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};
/** Characters of a hash, 132 bits: enough to tell builds apart. */
const ETAG_LENGTH = 22;
const packed = promisify(gzip);

/**
 * Lists all files of the directory, by their paths in it with `/`. A request is answered from this list alone, so no
 * path reaches another file. @param edit - changes the text of pages, `.html`
 * @throws the system's error for a directory that cannot be read
 */
export async function listConsoleFiles(
  directory: string,
  edit: (page: string) => string = (page) => page,
): Promise<ReadonlyMap<string, ReadFile>> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return new Map(
    paths.map((path) => {
      const isPage = extname(path) === '.html';
      const bytes = async () => {
        const read = await readFile(path);
        return isPage ? Buffer.from(edit(read.toString())) : read;
      };
      return [path.slice(directory.length + 1).replaceAll(sep, '/'), reader(extname(path), bytes)] as const;
    }),
  );
}

function reader(extension: string, read: () => Promise<Buffer>): ReadFile {
  let kept: Promise<ConsoleFile> | undefined;
  return () => {
    kept ??= read().then((bytes) => fileOf(extension, bytes));
    kept.catch(() => {
      kept = undefined;
    });
    return kept;
  };
}

const fileOf = async (extension: string, bytes: Buffer): Promise<ConsoleFile> => ({
  type: TYPES[extension] ?? 'application/octet-stream',
  etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, ETAG_LENGTH)}"`,
  plain: bytes.toString('base64'),
  packed: (await packed(bytes)).toString('base64'),
});
