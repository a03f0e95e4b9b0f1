import { type Change, type Sequence, sequence } from '../../model/change.ts';
import type { Delivery } from '../../model/delivery.ts';
import {
  DELIVERY_KEY_LENGTH,
  type DeliveryKey,
  QUEUE_ID_LENGTH,
  SHARD_ID_LENGTH,
  type ShardKey,
} from '../../model/ids.ts';
import { decodeDelivery } from './delivery-codec.ts';
import { type ChangeJournal, TABLES } from './journal.ts';
import { decodeBody, type LogEntry } from './log-codec.ts';
import type { SegmentedLog } from './segmented-log.ts';

/** The position of a reader of the feed: all changes up to it were handed over. */
export type FeedPosition = number;

export interface ChangeBatch {
  /** At least one, in the order of commits. */
  readonly changes: readonly Change[];
  /** The position after the last of them. */
  readonly upTo: FeedPosition;
}

/** The entries of a log, as far as a feed needs them. */
export type EntryLog = Pick<SegmentedLog, 'lastNumber' | 'firstOfNewest' | 'entriesAfter'>;

/** The changes of one entry of the log. */
interface ChangedEntry {
  readonly number: number;
  readonly changes: readonly Change[];
}

/** A delivery and its bytes; a change keeps both as they are. */
export interface Image {
  readonly delivery: Delivery;
  readonly bytes: Uint8Array;
}

/** Changes of a batch; its last commit may exceed this. */
const CHANGES_PER_BATCH = 2_000;
/** Changes kept in memory for a reader slightly behind; one further behind reads from disk. */
const CHANGES_IN_MEMORY_MAX = 20_000;
/** The store keeps the last acknowledged position under this key. */
const ACKNOWLEDGED_KEY = 'acknowledged';
/** The unfinished work of a dead process lies in the newest segments of its log: 16 to 32 MiB of changes. */
const SEGMENTS_OF_LAST_WORK = 2;
const SHARD_KEY_LENGTH = QUEUE_ID_LENGTH + SHARD_ID_LENGTH;
/** Digits of a change's position within its entry. */
const POSITION_DIGITS = 6;

/**
 * The changes of deliveries, read from the store's own log: it has all that is durable, so the feed is never behind the
 * store. The log keeps changes until they are acknowledged. One reader at a time.
 */
export class EmbeddedFeed {
  readonly #log: EntryLog;
  readonly #journal: ChangeJournal;
  readonly #changesInMemoryMax: number;
  #open: Change[] = [];
  #acknowledged: FeedPosition;
  /** The position that the log itself holds; a start continues after it. */
  #noted: FeedPosition;
  /** The newest entries on disk: all after `#memoryStart`. */
  #recent: ChangedEntry[] = [];
  #recentCount = 0;
  #memoryStart: FeedPosition;
  #wake = () => {};
  #isClosed = false;

  /** @param changesInMemoryMax - for a log that keeps no entries: all of them */
  constructor(log: EntryLog, journal: ChangeJournal, changesInMemoryMax: number = CHANGES_IN_MEMORY_MAX) {
    this.#log = log;
    this.#journal = journal;
    this.#changesInMemoryMax = changesInMemoryMax;
    const stored = journal.table('positions').get(ACKNOWLEDGED_KEY);
    this.#acknowledged = stored === undefined ? 0 : Number(Buffer.from(stored).toString());
    this.#noted = this.#acknowledged;
    this.#memoryStart = log.lastNumber;
    journal.acknowledge(this.#noted);
  }

  /**
   * Waits for the changes after a position, or after the last acknowledged one. `undefined` once the store is closed.
   */
  async read(after: FeedPosition = this.#acknowledged): Promise<ChangeBatch | undefined> {
    let position = after;
    while (!this.#isClosed) {
      const isBehind = position < this.#memoryStart;
      const batch = batchOf(isBehind ? this.#entriesOnDisk(position) : this.#entriesInMemory(position));
      if (batch !== undefined) return batch;
      // Skips entries that changed no delivery: nothing is left between the position and memory.
      if (isBehind) position = this.#memoryStart;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return undefined;
  }

  /**
   * Yields, at the opening, the last changes that were not acknowledged. They include all unfinished work of the
   * previous process. However much waits for the archive, they are at most two segments of the log.
   */
  *lastChanges(): Iterable<Change> {
    const before = this.#log.firstOfNewest(SEGMENTS_OF_LAST_WORK) - 1;
    for (const { changes } of this.#entriesOnDisk(Math.max(this.#acknowledged, before))) yield* changes;
  }

  /** Everything up to this position is processed and never handed over again; a later commit notes it. */
  acknowledge(upTo: FeedPosition): void {
    this.#acknowledged = Math.max(this.#acknowledged, upTo);
    this.#forget((entry) => entry.number <= this.#acknowledged);
  }

  /** Inside a commit: a delivery changes. */
  note(shard: ShardKey, images: { readonly before?: Image; readonly after?: Image }): void {
    const { before, after } = images;
    const { openNumber, atMs } = this.#journal;
    // Field by field: spreading costs a microsecond for each change.
    const change: { -readonly [Field in keyof Change]: Change[Field] } = {
      shard,
      sequence: sequenceOf(openNumber, this.#open.length),
      atMs,
    };
    if (before !== undefined) change.before = before.delivery;
    if (after !== undefined) change.after = after.delivery;
    this.#open.push(change);
  }

  /** At the end of a commit: takes the noted changes. The log notes the acknowledged position with them. */
  takeEntry(): ChangedEntry {
    const entry = { number: this.#journal.openNumber, changes: this.#open };
    this.#open = [];
    if (this.#noted < this.#acknowledged) {
      this.#noted = this.#acknowledged;
      this.#journal.table('positions').put(ACKNOWLEDGED_KEY, Buffer.from(String(this.#noted)));
    }
    return entry;
  }

  /** Hands over an entry once it is on disk. */
  publish(entry: ChangedEntry): void {
    this.#journal.acknowledge(this.#noted);
    if (entry.changes.length === 0) return;
    this.#recent.push(entry);
    this.#recentCount += entry.changes.length;
    this.#forget(() => this.#recentCount > this.#changesInMemoryMax);
    this.#wake();
  }

  get hasAcknowledged(): boolean {
    return this.#noted < this.#acknowledged;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  *#entriesInMemory(after: FeedPosition): Iterable<ChangedEntry> {
    for (const entry of this.#recent) if (entry.number > after) yield entry;
  }

  *#entriesOnDisk(after: FeedPosition): Iterable<ChangedEntry> {
    for (const entry of this.#log.entriesAfter(after)) {
      if (entry.number > this.#memoryStart) return;
      const changes = [...changesOf(entry)];
      if (changes.length > 0) yield { number: entry.number, changes };
    }
  }

  #forget(isOver: (oldest: ChangedEntry) => boolean): void {
    let count = 0;
    for (const entry of this.#recent) {
      if (!isOver(entry)) break;
      this.#recentCount -= entry.changes.length;
      this.#memoryStart = entry.number;
      count++;
    }
    this.#recent.splice(0, count);
  }
}

/** @throws DecodeError when the entry is damaged */
function* changesOf({ number, body }: LogEntry): Iterable<Change> {
  const { atMs, writes } = decodeBody(body);
  let position = 0;
  for (const { table, key, before, after } of writes) {
    if (TABLES[table] !== 'deliveries') continue;
    const shard = key.slice(0, SHARD_KEY_LENGTH) as ShardKey;
    const deliveryKey = key.slice(SHARD_KEY_LENGTH, SHARD_KEY_LENGTH + DELIVERY_KEY_LENGTH) as DeliveryKey;
    yield {
      shard,
      sequence: sequenceOf(number, position++),
      atMs,
      ...(before === undefined ? {} : { before: decodeDelivery(deliveryKey, before) }),
      ...(after === undefined ? {} : { after: decodeDelivery(deliveryKey, after) }),
    };
  }
}

function batchOf(entries: Iterable<ChangedEntry>): ChangeBatch | undefined {
  const changes: Change[] = [];
  let upTo: FeedPosition | undefined;
  for (const entry of entries) {
    // One by one: as arguments of one call, the changes of a large commit would exceed the stack.
    for (const change of entry.changes) changes.push(change);
    upTo = entry.number;
    if (changes.length >= CHANGES_PER_BATCH) break;
  }
  return upTo === undefined ? undefined : { changes, upTo };
}

const sequenceOf = (number: number, position: number): Sequence =>
  sequence(`${number}${String(position).padStart(POSITION_DIGITS, '0')}`);
