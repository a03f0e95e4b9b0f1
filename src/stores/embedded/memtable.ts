import { SortedKeys } from './sorted-keys.ts';

export interface Row {
  /** Absent: the value was removed, which hides the one below. */
  value: Uint8Array | undefined;
  /** Something lies below: a removal has to be remembered. */
  readonly hides: boolean;
}

/** What changed in a table since a checkpoint. What was put and removed meanwhile leaves nothing. */
export class Memtable {
  readonly rows = new Map<string, Row>();
  readonly #keys = new SortedKeys();

  /** @param isBelow - whether the key is stored below; asked only about keys that are new here */
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
