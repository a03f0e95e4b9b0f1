import type { Database, RootDatabase } from 'lmdb';

/** Keys are text in ASCII order, values are bytes; each read hands over a copy of its own, of exactly the value. */
export type Values<Key extends string | number = string> = Database<Uint8Array, Key>;

/**
 * Values are read as `binary`, the one form for which the library itself cuts its buffer to the value. A decoder of our
 * own would get the library's whole buffer, and its length only by chance: `get` tells none, and from Node 24 on
 * `subarray` no longer believes the length that the library sets on the buffer.
 */
export function openValues<Key extends string | number = string>(root: RootDatabase, name: string): Values<Key> {
  return root.openDB<Uint8Array, Key>(name, { encoding: 'binary' });
}
