import { statSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { Values } from './values.ts';

/** Changes written in one transaction: more would delay calls. */
const CHANGES_PER_TRANSACTION = 500;
/** lmdb reserves room for named databases when it opens; the store has fewer. */
const TABLES_MAX = 8;
const CHECKPOINT_KEY = 'checkpoint';

export interface TableChanges {
  readonly values: Values;
  /** Absent values are removed. */
  readonly rows: ReadonlyMap<string, { readonly value: Uint8Array | undefined }>;
}

/** What checkpoints have written to lmdb: everything up to an entry of the log. */
export class Base {
  readonly #root: RootDatabase;
  readonly #facts: Values;
  readonly #onDamage: (what: string) => void;
  readonly #path: string;
  #file: { readonly ino: number; readonly size: number };

  /** @param onDamage - a value cannot be read any more; called once for each read */
  static async open(path: string, durability: 'synced' | 'none', onDamage: (what: string) => void): Promise<Base> {
    // A server in memory never loads it, and starts sooner.
    const { open } = await import('lmdb');
    const root = open({
      path,
      maxDbs: TABLES_MAX,
      noSync: durability === 'none',
      overlappingSync: false,
      // The library's own batches leave promises that cannot be caught when a commit fails.
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
   * Checks that the file is unchanged. The file is mapped, and lmdb never shrinks it. Reading a page that was cut off
   * ends the process by a signal, and writes to a replaced file are lost.
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

  /** Number of the last log entry that the base includes. */
  get checkpoint(): number {
    return Number(this.fact(CHECKPOINT_KEY) ?? 0);
  }

  /**
   * The steps that write a checkpoint, in order. Each is durable by itself; repeat it if the disk was full. A process
   * that dies between two leaves values that the log has too, and the number of the previous checkpoint.
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

  /** A failed transaction throws the system's error, which the library hides in a promise of its own. */
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
