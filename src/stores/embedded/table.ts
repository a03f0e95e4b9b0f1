import { Memtable } from './memtable.ts';
import type { Item, Values } from './values.ts';

export interface Range {
  readonly start: string;
  /** Excluded. @default none */
  readonly end?: string;
}

/** The layer below the memory of a table. */
export type Below = Pick<Values, 'isEmpty' | 'get' | 'has' | 'range'>;

/** Notes a write for the log. */
export type NoteWrite = (key: string, images: { readonly before?: Uint8Array; readonly after?: Uint8Array }) => void;

/** A table: changes since the last checkpoint, on top of what the checkpoint wrote. Returned values never change. */
export class Table {
  readonly #below: Below;
  readonly #note: NoteWrite;
  #isBelowEmpty: boolean;
  #active = new Memtable();
  /** The changes that a checkpoint is writing to the base. */
  #frozen: Memtable | undefined;
  /** The last key that was missing in the base: mostly it is put next. */
  #missed: string | undefined;

  constructor(below: Below, note: NoteWrite) {
    this.#below = below;
    this.#note = note;
    this.#isBelowEmpty = below.isEmpty;
  }

  get(key: string): Uint8Array | undefined {
    const row = this.#active.rows.get(key) ?? this.#frozen?.rows.get(key);
    if (row !== undefined) return row.value;
    const value = this.#isBelowEmpty ? undefined : this.#below.get(key);
    if (value === undefined) this.#missed = key;
    return value;
  }

  /** Whether a value exists, even a damaged one that cannot be read. */
  has(key: string): boolean {
    const row = this.#active.rows.get(key) ?? this.#frozen?.rows.get(key);
    if (row !== undefined) return row.value !== undefined;
    return !this.#isBelowEmpty && this.#below.has(key);
  }

  /** @param before - the present value, for tables whose changes the feed reports */
  put(key: string, after: Uint8Array, before?: Uint8Array): void {
    this.apply(key, after);
    this.#note(key, before === undefined ? { after } : { before, after });
  }

  remove(key: string, before?: Uint8Array): void {
    this.apply(key, undefined);
    this.#note(key, before === undefined ? {} : { before });
  }

  /** Applies a write that the log already has. */
  apply(key: string, after: Uint8Array | undefined): void {
    this.#active.set(key, after, this.#isBelow);
  }

  /** In the order of the keys. Do not interleave it with writes. */
  *range({ start, end }: Range): Iterable<Item> {
    const layers = [this.#active, this.#frozen]
      .filter((table) => table !== undefined)
      .map((table) => ({ rows: table.rows, keys: new Peekable(table.keysFrom(start)) }));
    const below = new Peekable<Item>(this.#isBelowEmpty ? [] : this.#below.range(start, end));
    try {
      for (;;) {
        const key = smallest([...layers.map(({ keys }) => keys.head), below.head?.key]);
        if (key === undefined || (end !== undefined && key >= end)) return;
        let value = below.head?.key === key ? below.take()?.value : undefined;
        // The newest layer comes first and takes precedence.
        for (const { rows, keys } of layers.toReversed()) {
          if (keys.head !== key) continue;
          keys.take();
          value = rows.get(key)?.value;
        }
        if (value !== undefined) yield { key, value };
      }
    } finally {
      below.end();
    }
  }

  /** Begins a checkpoint: returns the changes to write to the base. */
  freeze(): ReadonlyMap<string, { readonly value: Uint8Array | undefined }> {
    this.#frozen = this.#active;
    this.#active = new Memtable();
    return this.#frozen.rows;
  }

  /** Ends a checkpoint: the base has all of them. */
  thaw(): void {
    this.#frozen = undefined;
    this.#missed = undefined;
    this.#isBelowEmpty = this.#below.isEmpty;
  }

  readonly #isBelow = (key: string): boolean => {
    if (this.#frozen?.rows.has(key) === true) return true;
    return !this.#isBelowEmpty && this.#missed !== key && this.#below.has(key);
  };
}

/** An iteration with a look at its next item. */
class Peekable<Item> {
  readonly #iterator: Iterator<Item>;
  #next: IteratorResult<Item>;

  constructor(items: Iterable<Item>) {
    this.#iterator = items[Symbol.iterator]();
    this.#next = this.#iterator.next();
  }

  get head(): Item | undefined {
    return this.#next.done === true ? undefined : this.#next.value;
  }

  take(): Item | undefined {
    const { head } = this;
    this.#next = this.#iterator.next();
    return head;
  }

  end(): void {
    this.#iterator.return?.();
  }
}

function smallest(keys: readonly (string | undefined)[]): string | undefined {
  let found: string | undefined;
  for (const key of keys) if (key !== undefined && (found === undefined || key < found)) found = key;
  return found;
}
