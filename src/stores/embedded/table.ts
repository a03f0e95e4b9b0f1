import { Memtable } from './memtable.ts';
import type { Item, Values } from './values.ts';

export interface Range {
  readonly start: string;
  /** Excluded. @default none */
  readonly end?: string;
}

/** What lies below the memory of a table. */
export type Below = Pick<Values, 'isEmpty' | 'get' | 'has' | 'range'>;

/** Notes a write for the log. */
export type NoteWrite = (key: string, images: { readonly before?: Uint8Array; readonly after?: Uint8Array }) => void;

/**
 * A table: what changed since the last checkpoint over what the checkpoint wrote. Values that it hands over are not
 * changed any more by anybody.
 */
export class Table {
  readonly #below: Below;
  readonly #note: NoteWrite;
  #isBelowEmpty: boolean;
  #active = new Memtable();
  /** What a checkpoint is writing below. */
  #frozen: Memtable | undefined;
  /** The key that was last looked up below and is not there: mostly it is put next. */
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

  /** Whether anything stands there, be it damaged and so not to be got. */
  has(key: string): boolean {
    const row = this.#active.rows.get(key) ?? this.#frozen?.rows.get(key);
    if (row !== undefined) return row.value !== undefined;
    return !this.#isBelowEmpty && this.#below.has(key);
  }

  /** @param before - what stands there now, for tables whose changes the feed tells */
  put(key: string, after: Uint8Array, before?: Uint8Array): void {
    this.apply(key, after);
    this.#note(key, before === undefined ? { after } : { before, after });
  }

  remove(key: string, before?: Uint8Array): void {
    this.apply(key, undefined);
    this.#note(key, before === undefined ? {} : { before });
  }

  /** A write that the log has already. */
  apply(key: string, after: Uint8Array | undefined): void {
    this.#active.set(key, after, this.#isBelow);
  }

  /** In the order of the keys. Not to be interleaved with writes. */
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
        // The newest layer comes first, so it has the last word.
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

  /** Begins a checkpoint: what has changed until now is to be written below. */
  freeze(): ReadonlyMap<string, { readonly value: Uint8Array | undefined }> {
    this.#frozen = this.#active;
    this.#active = new Memtable();
    return this.#frozen.rows;
  }

  /** Ends a checkpoint: all of it is below. */
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

/** An iteration whose next item can be looked at. */
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
