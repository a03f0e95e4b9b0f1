import type { LogDisk, LogFile } from '../../../src/stores/embedded/log-disk.ts';
import type { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';

interface Unsynced {
  readonly bytes: Buffer;
  readonly offset: number;
}

/** A disk in memory. After a power cut it has all synced data, and any part of the rest. */
export class ForgetfulDisk implements LogDisk {
  readonly files: Map<string, ForgetfulFile>;
  #durableNames: Map<string, ForgetfulFile>;
  /** Called before each write and sync; its errors are thrown. */
  before: (what: 'write' | 'sync') => void = () => {};

  constructor(files: ReadonlyMap<string, ForgetfulFile> = new Map()) {
    this.files = new Map(files);
    this.#durableNames = new Map(files);
  }

  names(): readonly string[] {
    return [...this.files.keys()];
  }

  open(name: string): ForgetfulFile {
    const file = this.files.get(name) ?? new ForgetfulFile(this);
    this.files.set(name, file);
    return file;
  }

  rename(from: string, to: string): void {
    this.files.set(to, this.open(from));
    this.files.delete(from);
  }

  remove(name: string): void {
    this.files.delete(name);
  }

  async syncNames(): Promise<void> {
    this.before('sync');
    this.#durableNames = new Map(this.files);
  }

  /** The state after a power cut: old or new names, and files with some unsynced data, torn. */
  afterPowerCut(random: SeededRandom): ForgetfulDisk {
    const found = new ForgetfulDisk();
    const names = random.chance(0.5) ? this.#durableNames : this.files;
    for (const [name, file] of names) found.files.set(name, file.afterPowerCut(found, random));
    found.#durableNames = new Map(found.files);
    return found;
  }
}

export class ForgetfulFile implements LogFile {
  readonly #disk: ForgetfulDisk;
  content: Buffer;
  #durable: Buffer;
  #unsynced: Unsynced[] = [];

  constructor(disk: ForgetfulDisk, content: Buffer = Buffer.alloc(0)) {
    this.#disk = disk;
    this.content = content;
    this.#durable = Buffer.from(content);
  }

  get bytes(): number {
    return this.content.length;
  }

  read(offset: number, length: number): Buffer {
    return Buffer.from(this.content.subarray(offset, offset + length));
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.#disk.before('write');
    this.content = withBytes(this.content, Buffer.from(bytes), offset);
    this.#unsynced.push({ bytes: Buffer.from(bytes), offset });
  }

  async sync(): Promise<void> {
    const unsynced = this.#unsynced;
    // The system considers all of it written even after a failure, though it is only in memory.
    this.#unsynced = [];
    this.#disk.before('sync');
    for (const { bytes, offset } of unsynced) this.#durable = withBytes(this.#durable, bytes, offset);
  }

  truncate(bytes: number): void {
    this.content = this.content.subarray(0, bytes);
  }

  close(): void {}

  afterPowerCut(disk: ForgetfulDisk, random: SeededRandom): ForgetfulFile {
    let content: Buffer = Buffer.from(this.#durable);
    for (const { bytes, offset } of this.#unsynced) {
      const kept = random.chance(0.3) ? bytes.length : random.chance(0.5) ? random.between(0, bytes.length) : 0;
      content = withBytes(content, bytes.subarray(0, kept), offset);
    }
    return new ForgetfulFile(disk, content);
  }
}

function withBytes(content: Buffer, bytes: Buffer, offset: number): Buffer {
  const grown = Buffer.alloc(Math.max(content.length, bytes.length === 0 ? 0 : offset + bytes.length));
  content.copy(grown);
  bytes.copy(grown, offset);
  return grown;
}
