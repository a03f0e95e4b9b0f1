import { statSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { Values } from './values.ts';

/** Changes written in one transaction: more would keep calls waiting. */
const CHANGES_PER_TRANSACTION = 500;
const TABLES_MAX = 8;
const CHECKPOINT_KEY = 'checkpoint';

export interface TableChanges {
  readonly values: Values;
  /** Absent values are removed. */
  readonly rows: ReadonlyMap<string, { readonly value: Uint8Array | undefined }>;
}

/** What checkpoints have written: everything up to an entry of the log, in lmdb. */
export class Base {
  readonly #root: RootDatabase;
  readonly #facts: Values;
  readonly #onDamage: (what: string) => void;
  readonly #path: string;
  #file: { readonly ino: number; readonly size: number };

  /** @param onDamage - a value cannot be read any more; told once for each read */
  static async open(path: string, durability: 'synced' | 'none', onDamage: (what: string) => void): Promise<Base> {
    // A server in memory never loads it, and starts sooner.
    const { open } = await import('lmdb');
    const root = open({
      path,
      maxDbs: TABLES_MAX,
      noSync: durability === 'none',
      overlappingSync: false,
      // The library's own batches leave promises behind that nobody can catch when a commit fails.
      eventTurnBatching: false,
    });
    return new Base(path, root, onDamage);
  }

  private constructor(path: string, root: RootDatabase, onDamage: (what: string) => void) {
    this.#path = path;
    this.#root = root;
    this.#onDamage = onDamage;
    this.#facts = this.values('store');
    this.#file = statSync(path);
  }

  /**
   * Looks whether the file is what it was. It is mapped, and lmdb never shrinks it: a page that is cut off ends the
   * process by a signal when it is read, and what is written to a file that was replaced is lost.
   *
   * @throws Error that says what became of the file
   * @remarks Cost: microseconds.
   */
  check(): void {
    const file = statSync(this.#path);
    const { ino, size } = this.#file;
    if (file.ino !== ino) throw new Error('its file was replaced by another one');
    if (file.size < size) throw new Error(`its file was cut from ${size} to ${file.size} bytes`);
    this.#file = file;
  }

  values(name: string): Values {
    return new Values(this.#root, name, this.#onDamage);
  }

  /** A short text about the store itself. */
  fact(name: string): string | undefined {
    const bytes = this.#facts.get(name);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  }

  async putFact(name: string, text: string): Promise<void> {
    await this.#transaction(() => this.#facts.put(name, Buffer.from(text)));
  }

  /** Number of the log's entry up to which everything is here. */
  get checkpoint(): number {
    return Number(this.fact(CHECKPOINT_KEY) ?? 0);
  }

  /**
   * The steps that write a checkpoint: to be taken in order, each durable by itself and to be repeated if the disk was
   * full. A process that dies between two leaves values that the log has too, and the number of the former checkpoint.
   */
  *checkpointSteps(tables: readonly TableChanges[], upTo: number): Iterable<() => Promise<void>> {
    for (const { values, rows } of tables) {
      const changes = [...rows];
      for (let start = 0; start < changes.length; start += CHANGES_PER_TRANSACTION) {
        const some = changes.slice(start, start + CHANGES_PER_TRANSACTION);
        yield () =>
          this.#transaction(() => {
            for (const [key, { value }] of some) {
              if (value === undefined) values.remove(key);
              else values.put(key, value);
            }
          });
      }
    }
    yield () => this.putFact(CHECKPOINT_KEY, String(upTo));
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  /** A transaction that fails throws what the system said; the library hides that in a promise of its own. */
  async #transaction(action: () => unknown): Promise<void> {
    try {
      await this.#root.transaction(action);
    } catch (error) {
      if (error instanceof Error && 'commitError' in error) await error.commitError;
      throw error;
    } finally {
      this.#root.resetReadTxn();
    }
  }
}
