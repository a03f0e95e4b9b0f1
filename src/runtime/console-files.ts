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
 * Reads all files of the directory, by their paths in it with `/`. A request is answered from this list alone, so no
 * path reaches another file. @throws the system's error for a directory that cannot be read
 */
export async function readConsoleFiles(directory: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const files = await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path);
      const file: ConsoleFile = {
        type: TYPES[extname(path)] ?? 'application/octet-stream',
        etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, ETAG_LENGTH)}"`,
        plain: bytes.toString('base64'),
        packed: (await packed(bytes)).toString('base64'),
      };
      return [path.slice(directory.length + 1).replaceAll(sep, '/'), file] as const;
    }),
  );
  return new Map(files);
}
