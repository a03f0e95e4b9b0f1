import type { EpochMs } from '../../model/brand.ts';
import { QueueError } from '../../model/errors.ts';
import type { Base } from './base.ts';
import { decodeBody, EntryWriter } from './log-codec.ts';
import type { SegmentedLog } from './segmented-log.ts';
import { isDiskFull, type Patience, type StoreFailure } from './store-failure.ts';
import { Table } from './table.ts';
import type { Values } from './values.ts';

/** The number of a table in the log is its index here. */
export const TABLES = ['deliveries', 'blocks', 'catalog', 'ledger', 'ends', 'positions'] as const;
export type TableName = (typeof TABLES)[number];

/** The tables of a store, and the path of their changes to durability. */
export interface ChangeJournal {
  table(name: TableName): Table;
  /**
   * Before steps run: makes room for their writes.
   * @throws QueueError `DiskFull` when there is none, `Unavailable` when the disk has failed or is too slow
   */
  prepare(atMs: EpochMs): Promise<void>;
  /** When the steps of the open entry began. */
  readonly atMs: EpochMs;
  /** Number of the entry that collects writes. */
  readonly openNumber: number;
  /** After steps have run: resolves when their writes are as durable as they will be. */
  commit(): Promise<void>;
  /** The feed needs no entries up to this one any more. */
  acknowledge(upTo: number): void;
  close(): Promise<void>;
}

export interface JournalParts {
  readonly log: SegmentedLog;
  readonly base: Base;
  readonly failure: StoreFailure;
  /** Frees part of the disk reserve; returns whether anything was left. */
  readonly relieve: () => Promise<boolean>;
}

/** A checkpoint that found the disk full is retried after this. */
const FULL_PAUSE_MS = 1_000;

/**
 * The tables of the store, and the path of their changes to disk: into memory and the log at once. When a segment of
 * the log is full, its surviving changes go into the base below.
 */
export class Journal implements ChangeJournal {
  readonly #parts: JournalParts;
  readonly #tables: readonly Table[];
  readonly #below: readonly Values[];
  #open: EntryWriter | undefined;
  #atMs = 0 as EpochMs;
  #checkpointed: number;
  #acknowledged = 0;
  #checkpoint: Promise<void> | undefined;
  #isWaitingForSpace = false;
  #isClosed = false;
  /** The patience for the write of the open entry. */
  #patience: Patience | undefined;

  /** Restores changes that the log has and the base lacks. @throws QueueError `Unavailable` when the log is damaged */
  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#below = TABLES.map((name) => parts.base.values(name));
    this.#tables = this.#below.map((values, table) => {
      return new Table(values, (key, images) => this.#writer().add({ table, key, ...images }));
    });
    this.#checkpointed = parts.base.checkpoint;
    for (const { body } of parts.log.recover(this.#checkpointed)) {
      for (const { table, key, after } of decodeBody(body).writes) {
        // The bytes belong to the reader, which reuses them.
        this.#tables[table]?.apply(key, after === undefined ? undefined : Buffer.from(after));
      }
    }
  }

  table(name: TableName): Table {
    return this.#tables[TABLES.indexOf(name)] as Table;
  }

  async prepare(atMs: EpochMs): Promise<void> {
    const { base, log, failure } = this.#parts;
    failure.look('looking at its base', () => base.check());
    this.#atMs = atMs;
    this.#patience = failure.newPatience();
    if (!log.isFull) return;
    if (this.#isWaitingForSpace) throw diskFull();
    if (!(await endsWithin(this.#checkpoint, failure.answerMsMax / 2))) throw diskBusy();
    failure.check();
    await this.#beginSegment();
    if (log.lastNumber > this.#checkpointed) this.#checkpoint = this.#writeCheckpoint();
  }

  get atMs(): EpochMs {
    return this.#atMs;
  }

  get openNumber(): number {
    return this.#parts.log.lastNumber + 1;
  }

  async commit(): Promise<void> {
    const { log, failure, relieve } = this.#parts;
    const writer = this.#open;
    this.#open = undefined;
    if (writer === undefined) return;
    const bytes = writer.finish(log.lastNumber + 1);
    const append = async (): Promise<void> => {
      for (;;) {
        try {
          return await log.append(bytes);
        } catch (error) {
          // Nothing was synced yet, so writing the same bytes to the same place is no second try of a sync.
          if (!isDiskFull(error) || !(await relieve())) throw error;
        }
      }
    };
    await failure.guard('writing its log', append, this.#patience);
  }

  acknowledge(upTo: number): void {
    this.#acknowledged = upTo;
    this.#retire();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#checkpoint;
  }

  #writer(): EntryWriter {
    this.#open ??= new EntryWriter(this.#atMs);
    return this.#open;
  }

  async #beginSegment(): Promise<void> {
    const { log, failure, relieve } = this.#parts;
    const begin = async (): Promise<boolean> => {
      for (;;) {
        try {
          await log.beginSegment();
          return false;
        } catch (error) {
          if (!isDiskFull(error)) throw error;
          if (!(await relieve())) return true;
        }
      }
    };
    const isFull = await failure.guard('making room for its log', begin, this.#patience);
    if (isFull) throw diskFull();
  }

  /** Never rejects: a disk failure is remembered. */
  async #writeCheckpoint(): Promise<void> {
    const { base, log, failure, relieve } = this.#parts;
    const upTo = log.lastNumber;
    const changes = this.#below.map((values, index) => ({ values, rows: (this.#tables[index] as Table).freeze() }));
    try {
      for (const step of base.checkpointSteps(changes, upTo)) {
        while (!(await failure.guard('writing a checkpoint', () => hadRoom(step)))) {
          this.#isWaitingForSpace = !(await relieve());
          // The log has all changes: the next start writes them.
          if (this.#isClosed && this.#isWaitingForSpace) return;
          if (this.#isWaitingForSpace) await new Promise((resolve) => setTimeout(resolve, FULL_PAUSE_MS));
        }
      }
    } catch {
      return;
    }
    this.#isWaitingForSpace = false;
    for (const table of this.#tables) table.thaw();
    this.#checkpointed = upTo;
    this.#checkpoint = undefined;
    this.#retire();
    await log.prepareSpare().catch(() => {});
  }

  #retire(): void {
    this.#parts.log.retire(Math.min(this.#checkpointed, this.#acknowledged));
  }
}

async function hadRoom(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isDiskFull(error)) return false;
    throw error;
  }
}

/** Whether the work ends within that many milliseconds. */
async function endsWithin(work: Promise<void> | undefined, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isEnded = await Promise.race([Promise.resolve(work).then(() => true), over]);
  clearTimeout(timer);
  return isEnded;
}

/** Nothing was taken. A disk that makes progress has not failed. */
const diskBusy = (): QueueError =>
  new QueueError('Unavailable', 'the disk is slow: the store still writes its last checkpoint; try again');

const diskFull = (): QueueError =>
  new QueueError(
    'DiskFull',
    'the disk of the store is full; the store accepts messages again as soon as there is free space',
  );
