/** At least one byte. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * Immutable objects by name, in a bucket or a directory. A name consists of words of `A-Za-z0-9_-` with `/` between
 * them, 1,000 characters at most. May throw `QueueError` `Throttled`, `Unavailable`.
 */
export interface ObjectStore {
  /**
   * Stores durably unless the name exists: an object is never overwritten. The store may remove an object that
   * `canExpire` by itself, after the lifetime that belongs to the prefix of its name.
   */
  putIfAbsent(
    name: string,
    bytes: Uint8Array,
    options?: { readonly canExpire?: boolean },
  ): Promise<'stored' | 'exists'>;
  /** From now on an object leaves only by `remove`. A missing object is no error; repeating changes nothing. */
  keep(name: string): Promise<void>;
  /**
   * The object, or a range of it; `undefined` when there is none. A range past the end is cut.
   * @throws DecodeError when its medium cannot read it, however often the store tries
   */
  get(name: string, range?: ByteRange): Promise<Uint8Array | undefined>;
  /** Removing a missing object is no error. */
  remove(name: string): Promise<void>;
  /** Names that start with `prefix` and come after `after`, in byte order, at most `limit` (1 to 1,000). */
  list(prefix: string, options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]>;
}
