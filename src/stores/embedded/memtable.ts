import { SortedKeys } from './sorted-keys.ts';

export interface Row {
  /** Absent: the value was removed, and hides the one below. */
  value: Uint8Array | undefined;
  /** The base has the key: a removal must be remembered. */
  readonly hides: boolean;
}

/** The changes of a table since a checkpoint. A value that was put and removed meanwhile leaves nothing. */
export class Memtable {
  readonly rows = new Map<string, Row>();
  readonly #keys = new SortedKeys();

  /** @param isBelow - whether the base has the key; called only for keys that are new here */
  set(key: string, value: Uint8Array | undefined, isBelow: (key: string) => boolean): void {
    const row = this.rows.get(key);
    if (row === undefined) {
      const hides = isBelow(key);
      if (value === undefined && !hides) return;
      this.rows.set(key, { value, hides });
      this.#keys.add(key);
    } else if (value === undefined && !row.hides) {
      this.rows.delete(key);
      this.#keys.remove(key);
    } else row.value = value;
  }

  keysFrom(start: string): Iterable<string> {
    return this.#keys.from(start);
  }
}
