import type { Change } from '../../model/change.ts';
import type { DeliveryKey, ShardKey } from '../../model/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import { decodeEntry, EntryWriter, type Image, type LogEntry } from './change-log.ts';
import type { Values } from './values.ts';

/** Where a reader of the feed stands: everything up to there was handed over. */
export type FeedPosition = number;

export interface ChangeBatch {
  /** At least one, in the order of commits. */
  readonly changes: readonly Change[];
  /** Stands behind the last of them. */
  readonly upTo: FeedPosition;
}

/** Changes of a batch; the last commit in it may exceed this. */
const CHANGES_PER_BATCH = 2_000;
/** Changes kept in memory for a reader that is a little behind; one that is further behind reads from disk. */
const CHANGES_IN_MEMORY_MAX = 20_000;
/** Acknowledged entries that one commit removes. */
const REMOVALS_PER_COMMIT = 64;
/** Under this key the log keeps what was acknowledged last; entries are numbered from 1. */
const ACKNOWLEDGED_KEY = 0;

/**
 * The store's log of changed deliveries. A change and its entry are in the same transaction, so what is durable is in
 * the log; an entry leaves when it was acknowledged. One reader at a time.
 */
export class EmbeddedFeed {
  readonly #log: Values<number>;
  readonly #clock: Clock;
  #open: EntryWriter | undefined;
  #lastNumber: number;
  #acknowledged: FeedPosition;
  #removed: FeedPosition;
  /** The newest entries that are on disk, all of them from behind `#memoryStart` on. */
  #recent: LogEntry[] = [];
  #recentCount = 0;
  #memoryStart: FeedPosition;
  #wake = () => {};
  #isClosed = false;

  constructor(log: Values<number>, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    const stored = log.get(ACKNOWLEDGED_KEY);
    this.#acknowledged = stored === undefined ? 0 : Number(Buffer.from(stored).toString());
    this.#removed = this.#acknowledged;
    const [last] = log.getKeys({ reverse: true, limit: 1 });
    this.#lastNumber = Math.max(last ?? 0, this.#acknowledged);
    this.#memoryStart = this.#lastNumber;
  }

  /**
   * The next changes after a position, or after what was acknowledged last; waits until there are some. `undefined`
   * once the store is closed.
   */
  async read(after: FeedPosition = this.#acknowledged): Promise<ChangeBatch | undefined> {
    let position = after;
    while (!this.#isClosed) {
      const isBehind = position < this.#memoryStart;
      const batch = batchOf(isBehind ? this.#entriesOnDisk(position) : this.#entriesInMemory(position));
      if (batch !== undefined) return batch;
      // Numbers have gaps: nothing is left on disk between the position and what is in memory.
      if (isBehind) position = this.#memoryStart;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return undefined;
  }

  /** At the opening: what the log still holds, which a process that ended did not come to, or not to note. */
  unacknowledged(): Change[] {
    return [...this.#entriesOnDisk(this.#acknowledged)].flatMap((entry) => entry.changes);
  }

  /** Everything up to there is processed and never handed over again; removed from disk with a later commit. */
  acknowledge(upTo: FeedPosition): void {
    this.#acknowledged = Math.max(this.#acknowledged, upTo);
    this.#forget((entry) => entry.number <= this.#acknowledged);
  }

  /** Inside a transaction: a delivery changes. */
  note(shard: ShardKey, key: DeliveryKey, images: { readonly before?: Image; readonly after?: Image }): void {
    this.#open ??= new EntryWriter(++this.#lastNumber, this.#clock.nowMs());
    this.#open.add(shard, key, images);
  }

  /** At the end of a transaction: writes what was noted, and removes what was acknowledged. */
  writeEntry(): LogEntry | undefined {
    const entry = this.#open;
    this.#open = undefined;
    if (entry !== undefined) this.#log.putSync(entry.number, entry.finish());
    if (this.#removed < this.#acknowledged) this.#removeAcknowledged();
    return entry;
  }

  /** After the flush: hands an entry over. */
  publish(entry: LogEntry): void {
    this.#recent.push(entry);
    this.#recentCount += entry.changes.length;
    this.#forget(() => this.#recentCount > CHANGES_IN_MEMORY_MAX);
    this.#wake();
  }

  get hasAcknowledged(): boolean {
    return this.#removed < this.#acknowledged;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  *#entriesInMemory(after: FeedPosition): Iterable<LogEntry> {
    for (const entry of this.#recent) if (entry.number > after) yield entry;
  }

  *#entriesOnDisk(after: FeedPosition): Iterable<LogEntry> {
    const range = this.#log.getRange({ start: after + 1, end: this.#memoryStart + 1 });
    for (const { key, value } of range) yield decodeEntry(key, value);
  }

  #forget(isOver: (oldest: LogEntry) => boolean): void {
    let count = 0;
    for (const entry of this.#recent) {
      if (!isOver(entry)) break;
      this.#recentCount -= entry.changes.length;
      this.#memoryStart = entry.number;
      count++;
    }
    this.#recent.splice(0, count);
  }

  #removeAcknowledged(): void {
    const numbers = [
      ...this.#log.getKeys({ start: this.#removed + 1, end: this.#acknowledged + 1, limit: REMOVALS_PER_COMMIT }),
    ];
    for (const number of numbers) this.#log.removeSync(number);
    this.#removed = numbers.length < REMOVALS_PER_COMMIT ? this.#acknowledged : (numbers.at(-1) ?? this.#acknowledged);
    this.#log.putSync(ACKNOWLEDGED_KEY, Buffer.from(String(this.#removed)));
  }
}

function batchOf(entries: Iterable<LogEntry>): ChangeBatch | undefined {
  const changes: Change[] = [];
  let upTo: FeedPosition | undefined;
  for (const entry of entries) {
    changes.push(...entry.changes);
    upTo = entry.number;
    if (changes.length >= CHANGES_PER_BATCH) break;
  }
  return upTo === undefined ? undefined : { changes, upTo };
}
