import type { Database, RootDatabase, RootDatabaseOptions } from 'lmdb';

/** Keys are text in ASCII order, values are bytes; what is read is a view, good until the next read. */
export type Values<Key extends string | number = string> = Database<Uint8Array, Key>;

/**
 * Reading without a copy: decoding takes what it needs out of the view, which costs half of copying the bytes first.
 * The store hands over its own, larger buffer and says how much of it is the value.
 */
const VIEWS = {
  encode: (bytes: Uint8Array): Uint8Array => bytes,
  decode: (buffer: Uint8Array, length: number): Uint8Array => buffer.subarray(0, length),
};

export function openValues<Key extends string | number = string>(root: RootDatabase, name: string): Values<Key> {
  const options: RootDatabaseOptions = { encoder: VIEWS };
  return root.openDB<Uint8Array, Key>(name, options);
}
