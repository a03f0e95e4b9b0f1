import type { EpochMs } from '../../model/brand.ts';
import type { EntryLog } from './embedded-feed.ts';
import { type ChangeJournal, TABLES, type TableName } from './journal.ts';
import type { LogEntry } from './log-codec.ts';
import { type Below, Table } from './table.ts';

const NOTHING: Below = { isEmpty: true, get: () => undefined, has: () => false, range: () => [] };

/** Tables in memory alone. Their changes are numbered for the feed, which keeps them until they are acknowledged. */
export class MemoryJournal implements ChangeJournal, EntryLog {
  readonly #tables: readonly Table[];
  #atMs = 0 as EpochMs;
  #lastNumber = 0;
  #isOpen = false;

  constructor() {
    this.#tables = TABLES.map(() => new Table(NOTHING, () => (this.#isOpen = true)));
  }

  table(name: TableName): Table {
    return this.#tables[TABLES.indexOf(name)] as Table;
  }

  async prepare(atMs: EpochMs): Promise<void> {
    this.#atMs = atMs;
  }

  get atMs(): EpochMs {
    return this.#atMs;
  }

  get openNumber(): number {
    return this.#lastNumber + 1;
  }

  /** Waits for a turn of the event loop, so that steps of calls that arrived together share a commit. */
  async commit(): Promise<void> {
    if (this.#isOpen) this.#lastNumber++;
    this.#isOpen = false;
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  acknowledge(): void {}

  async close(): Promise<void> {}

  get lastNumber(): number {
    return this.#lastNumber;
  }

  firstOfNewest(): number {
    return this.openNumber;
  }

  entriesAfter(): Iterable<LogEntry> {
    return [];
  }
}
