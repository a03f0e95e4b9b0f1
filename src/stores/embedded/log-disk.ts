import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  write,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the log. Writes are durable only once `sync` has resolved. */
export interface LogFile {
  readonly bytes: number;
  /** Reads up to that many bytes; fewer at the end of the file. */
  read(offset: number, length: number): Buffer;
  write(bytes: Uint8Array, offset: number): Promise<void>;
  sync(): Promise<void>;
  truncate(bytes: number): void;
  close(): void;
}

/** The files of a directory. Created, changed or removed names are durable only once `syncNames` has resolved. */
export interface LogDisk {
  names(): readonly string[];
  /** Created when missing. */
  open(name: string): LogFile;
  rename(from: string, to: string): void;
  remove(name: string): void;
  syncNames(): Promise<void>;
}

/** The files of a directory on the real file system. */
export class DirectoryDisk implements LogDisk {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  names(): readonly string[] {
    return readdirSync(this.#directory);
  }

  open(name: string): LogFile {
    const path = join(this.#directory, name);
    return new SystemFile(openSync(path, this.names().includes(name) ? 'r+' : 'wx+'));
  }

  rename(from: string, to: string): void {
    renameSync(join(this.#directory, from), join(this.#directory, to));
  }

  remove(name: string): void {
    rmSync(join(this.#directory, name), { force: true });
  }

  async syncNames(): Promise<void> {
    const directory = await open(this.#directory);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

class SystemFile implements LogFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  get bytes(): number {
    return fstatSync(this.#descriptor).size;
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.bytes - offset)));
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(this.#descriptor, bytes, filled, bytes.length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) done += await this.#writeSome(bytes, done, offset + done);
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** @returns how many bytes the system took */
  #writeSome(bytes: Uint8Array, from: number, offset: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#descriptor, bytes, from, bytes.length - from, offset, (error, taken) =>
        error === null ? resolve(taken) : reject(error),
      );
    });
  }

  truncate(bytes: number): void {
    ftruncateSync(this.#descriptor, bytes);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
