import { crc32 } from 'node:zlib';
import type { Database, RootDatabase } from 'lmdb';

/** Keys are text in ASCII order; each read returns its own copy of exactly the value. */
type Stored = Database<Uint8Array, string>;

export interface Item {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A CRC-32. */
const CHECKSUM_BYTES = 4;

/**
 * A table of the base, with a checksum after each value. A value that does not match its checksum is set aside as if it
 * were missing, and reported.
 *
 * Values are read as `binary`, the only encoding for which the library itself cuts its buffer to the value. A decoder
 * of our own would get the library's whole buffer, and its length only by chance: `get` does not report it, and from
 * Node 24 on `subarray` ignores the length that the library sets on the buffer.
 */
export class Values {
  readonly #stored: Stored;
  readonly #name: string;
  readonly #onDamage: (what: string) => void;

  constructor(root: RootDatabase, name: string, onDamage: (what: string) => void) {
    this.#stored = root.openDB<Uint8Array, string>(name, { encoding: 'binary' });
    this.#name = name;
    this.#onDamage = onDamage;
  }

  get(key: string): Uint8Array | undefined {
    const bytes = this.#stored.get(key);
    return bytes === undefined ? undefined : this.#checked(key, bytes);
  }

  has(key: string): boolean {
    return this.#stored.doesExist(key);
  }

  get isEmpty(): boolean {
    for (const _ of this.#stored.getKeys({ limit: 1 })) return false;
    return true;
  }

  /** Inside a transaction. */
  put(key: string, value: Uint8Array): void {
    const bytes = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES);
    bytes.set(value);
    bytes.writeUInt32LE(checksum(key, value), value.length);
    this.#stored.putSync(key, bytes);
  }

  /** Inside a transaction. */
  remove(key: string): void {
    this.#stored.removeSync(key);
  }

  /** In the order of the keys, from `start` up to before `end`. */
  *range(start: string, end: string | undefined): Iterable<Item> {
    const options = end === undefined ? { start } : { start, end };
    for (const { key, value: bytes } of this.#stored.getRange(options)) {
      const value = this.#checked(key, bytes);
      if (value !== undefined) yield { key, value };
    }
  }

  #checked(key: string, bytes: Uint8Array): Uint8Array | undefined {
    const length = bytes.length - CHECKSUM_BYTES;
    const value = bytes.subarray(0, Math.max(0, length));
    if (length >= 0 && Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32LE(length) === checksum(key, value)) {
      return value;
    }
    this.#onDamage(`${this.#name} ${key}`);
    return undefined;
  }
}

/** Covers key and value, so that a value under another key does not match either. */
const checksum = (key: string, value: Uint8Array): number => crc32(value, crc32(key));
