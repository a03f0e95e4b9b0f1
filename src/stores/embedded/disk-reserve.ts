import { statfs } from 'node:fs/promises';
import type { Room } from '../../ports/room.ts';
import type { LogDisk, LogFile } from './log-disk.ts';
import { isDiskFull } from './store-failure.ts';

export interface ReserveOptions {
  readonly disk: LogDisk;
  readonly directory: string;
  /** Size of the reserve; 0 for none. */
  readonly bytes: number;
  /** Free bytes of the file system. @default what the system reports */
  readonly freeBytes?: () => Promise<number>;
}

const FILE_NAME = 'reserve';
/** Always left to the log, checkpoints and the archive: with less the reserve gives way. */
const FREE_BYTES_MIN = 8 * 1024 * 1024;
/** Freed at once; a checkpoint or a segment of the log fits in it. */
const STEP_BYTES = 16 * 1024 * 1024;
/** Zeros written at once: a mebibyte, which is also the unit that people read. */
const CHUNK_BYTES = 1024 * 1024;
/** Between two looks at the free space, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Space reserved for a full disk, in a file of real blocks. While the reserve is not whole, or hardly anything is free
 * beside it, no message is accepted. Receives, deletes and the archive, which free space in the end, use it. It grows
 * again by itself when there is space.
 */
export class DiskReserve implements Room {
  readonly #options: ReserveOptions;
  readonly #file: LogFile;
  readonly #timer: NodeJS.Timeout;
  #bytes: number;
  #isShort = false;
  #looking: Promise<void> | undefined;

  constructor(options: ReserveOptions) {
    this.#options = options;
    this.#file = options.disk.open(FILE_NAME);
    if (this.#file.bytes > options.bytes) this.#file.truncate(options.bytes);
    this.#bytes = this.#file.bytes;
    // A failed look says nothing about space; the next one may.
    this.#timer = setInterval(() => void this.look().catch(() => {}), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  get shortage(): string | undefined {
    const { directory, bytes } = this.#options;
    if (!this.#isShort) return undefined;
    const left = `${toMiB(this.#bytes)} of ${toMiB(bytes)} MiB kept back are left`;
    return `the disk of ${directory} is full (${left}); free space on it, and sends go on by themselves`;
  }

  /** Frees part of the reserve; returns whether there was anything to free. */
  readonly relieve = async (): Promise<boolean> => {
    this.#isShort = true;
    if (this.#bytes === 0) return false;
    this.#bytes = Math.max(0, this.#bytes - STEP_BYTES);
    this.#file.truncate(this.#bytes);
    return true;
  };

  /** Looks at the disk: gives way, or grows again. Runs each second by itself. */
  look(): Promise<void> {
    this.#looking ??= this.#fit().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    this.#file.close();
  }

  async #fit(): Promise<void> {
    const missing = this.#options.bytes - this.#bytes;
    const free = await this.#freeBytes();
    if (free < FREE_BYTES_MIN) await this.relieve();
    else if (missing > 0 && free >= missing + 2 * FREE_BYTES_MIN) await this.#grow();
    else if (missing === 0 && free >= 2 * FREE_BYTES_MIN) this.#isShort = false;
    else if (missing > 0) this.#isShort = true;
  }

  async #grow(): Promise<void> {
    try {
      const zeros = Buffer.alloc(CHUNK_BYTES);
      while (this.#bytes < this.#options.bytes) {
        const length = Math.min(CHUNK_BYTES, this.#options.bytes - this.#bytes);
        await this.#file.write(zeros.subarray(0, length), this.#bytes);
        this.#bytes += length;
      }
      this.#isShort = false;
    } catch (error) {
      // Another program took the space meanwhile; any other failure shows where messages are written.
      this.#isShort = true;
      if (isDiskFull(error)) this.#file.truncate(this.#bytes);
    }
  }

  async #freeBytes(): Promise<number> {
    if (this.#options.freeBytes !== undefined) return await this.#options.freeBytes();
    const { bavail, bsize } = await statfs(this.#options.directory);
    return bavail * bsize;
  }
}

const toMiB = (bytes: number): number => Math.round(bytes / CHUNK_BYTES);
