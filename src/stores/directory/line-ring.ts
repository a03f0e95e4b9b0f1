import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unless } from './durable-files.ts';

/** The file grows to this many times what is kept before it is rewritten. */
const GROWTH = 1.5;

/**
 * The last lines of a file. A power cut may take the newest: nothing is synced. A line that a crash cut short has no
 * newline, so it is left out.
 */
export class LineRing {
  readonly #path: string;
  readonly #kept: number;
  #count: number;

  private constructor(path: string, kept: number, count: number) {
    this.#path = path;
    this.#kept = kept;
    this.#count = count;
  }

  /** Reads the lines that are kept. @throws the system's error for a file that cannot be read or written */
  static async open(path: string, kept: number): Promise<{ ring: LineRing; lines: readonly string[] }> {
    await mkdir(dirname(path), { recursive: true });
    const lines = ((await unless(['ENOENT'], readFile(path, 'utf8'))) ?? '').split('\n').slice(0, -1);
    const ring = new LineRing(path, kept, lines.length);
    await ring.#write(lines.slice(-kept));
    return { ring, lines: lines.slice(-kept) };
  }

  /** Adds a line; it holds no newline. @throws the system's error, like `ENOSPC` */
  async append(line: string): Promise<void> {
    await appendFile(this.#path, `${line}\n`);
    this.#count += 1;
    if (this.#count <= this.#kept * GROWTH) return;
    const lines = (await readFile(this.#path, 'utf8')).split('\n').slice(0, -1);
    await this.#write(lines.slice(-this.#kept));
  }

  async #write(lines: readonly string[]): Promise<void> {
    const unfinished = `${this.#path}.new`;
    await writeFile(unfinished, lines.map((line) => `${line}\n`).join(''));
    await rename(unfinished, this.#path);
    this.#count = lines.length;
  }
}
