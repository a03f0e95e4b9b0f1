import type { EpochMs } from '../../model/brand.ts';
import { ByteReader, ByteWriter } from '../../model/bytes.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../../model/ids.ts';
import { INSTANT_LENGTH, instantText } from '../../model/sortable-text.ts';
import type { BarrierStep } from '../../model/totals.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeptPassage, Ledger, Redirect } from '../../ports/ledger.ts';
import { readForwards, writeForwards } from './delivery-codec.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Table } from './table.ts';

/** Each note with an end removes up to this many expired ones: more than are ever added. */
const REMOVALS_PER_NOTE = 4;
/** Stands for the end of a note that is kept without end. */
const FOR_EVER = 0 as EpochMs;

export interface EmbeddedNotes {
  /** Redirects and block progress, each after the time until which it is kept. */
  readonly notes: Table;
  /** For each note with an end: its time, then its key; empty values. */
  readonly ends: Table;
  readonly commits: GroupCommit;
  readonly clock: Clock;
}

/** Bookkeeping in the embedded database; new notes remove expired ones. */
export class EmbeddedLedger implements Ledger {
  readonly #notes: Table;
  readonly #ends: Table;
  readonly #commits: GroupCommit;
  readonly #clock: Clock;

  constructor({ notes, ends, commits, clock }: EmbeddedNotes) {
    this.#notes = notes;
    this.#ends = ends;
    this.#commits = commits;
    this.#clock = clock;
  }

  async addRedirect(shard: ShardKey, from: DeliveryKey, to: Redirect, keepUntilMs: EpochMs): Promise<void> {
    await this.#commits.run(() => {
      const all = new Map([...this.#redirect(shard, from), ...to]);
      this.#note(redirectKey(shard, from), keepUntilMs, (writer) => writeForwards(writer, all));
    });
  }

  async redirect(shard: ShardKey, from: DeliveryKey): Promise<Redirect> {
    return this.#redirect(shard, from);
  }

  #redirect(shard: ShardKey, from: DeliveryKey): Redirect {
    const bytes = this.#notes.get(redirectKey(shard, from));
    return bytes === undefined ? new Map() : readForwards(readerBehindEnd(bytes).reader);
  }

  async addProgress(block: BlockId, indexes: readonly number[], keepUntilMs?: EpochMs): Promise<ReadonlySet<number>> {
    return await this.#commits.run(() => {
      const before = this.#progress(block);
      const all = new Set([...before.noted, ...indexes]);
      const isNew = all.size > before.noted.size || keepUntilMs !== undefined;
      if (isNew) this.#noteProgress(block, keepUntilMs ?? before.keepUntilMs, all);
      return all;
    });
  }

  async progress(block: BlockId): Promise<ReadonlySet<number>> {
    return this.#progress(block).noted;
  }

  async addPassage({ shard, key, step, text, keepUntilMs }: KeptPassage): Promise<void> {
    const name = passageKey(shard, key, step);
    await this.#commits.run(() => {
      if (this.#notes.get(name) === undefined) this.#note(name, keepUntilMs, (writer) => writer.sizedUtf8(text));
    });
  }

  async passage(shard: ShardKey, key: DeliveryKey, step: BarrierStep): Promise<string | undefined> {
    const bytes = this.#notes.get(passageKey(shard, key, step));
    return bytes === undefined ? undefined : readerBehindEnd(bytes).reader.sizedUtf8();
  }

  async addReport(slot: number, id: string, report: string, keepUntilMs: EpochMs): Promise<void> {
    const key = reportsKey(slot) + id;
    await this.#commits.run(() => this.#note(key, keepUntilMs, (writer) => writer.sizedUtf8(report)));
  }

  async reports(slot: number): Promise<readonly string[]> {
    const prefix = reportsKey(slot);
    const range = this.#notes.range({ start: prefix, end: `${prefix}\uffff` });
    return Array.from(range, ({ value }) => readerBehindEnd(value).reader.sizedUtf8());
  }

  #progress(block: BlockId): { keepUntilMs: EpochMs; noted: ReadonlySet<number> } {
    const bytes = this.#notes.get(progressKey(block));
    if (bytes === undefined) return { keepUntilMs: FOR_EVER, noted: new Set() };
    const { keepUntilMs, reader } = readerBehindEnd(bytes);
    const noted = new Set<number>();
    while (!reader.isAtEnd) noted.add(reader.varint());
    return { keepUntilMs, noted };
  }

  #noteProgress(block: BlockId, keepUntilMs: EpochMs, noted: ReadonlySet<number>): void {
    this.#note(progressKey(block), keepUntilMs, (writer) => {
      for (const index of noted) writer.varint(index);
    });
  }

  #note(key: string, keepUntilMs: EpochMs, writeContent: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter();
    writer.varint(keepUntilMs);
    writeContent(writer);
    this.#notes.put(key, writer.finish());
    if (keepUntilMs === FOR_EVER) return;
    this.#ends.put(instantText(keepUntilMs) + key, new Uint8Array());
    this.#removeEnded();
  }

  #removeEnded(): void {
    const end = instantText(this.#clock.nowMs());
    // Read to the end before any removal: a range must not change while it is read.
    const passed: string[] = [];
    for (const { key } of this.#ends.range({ start: instantText(0 as EpochMs), end })) {
      if (passed.length === REMOVALS_PER_NOTE) break;
      passed.push(key);
    }
    for (const ended of passed) {
      const key = ended.slice(INSTANT_LENGTH);
      const bytes = this.#notes.get(key);
      // A note whose time was extended stays until the new time.
      if (bytes !== undefined && instantText(readerBehindEnd(bytes).keepUntilMs) === ended.slice(0, INSTANT_LENGTH)) {
        this.#notes.remove(key);
      }
      this.#ends.remove(ended);
    }
  }
}

const redirectKey = (shard: ShardKey, from: DeliveryKey): string => `redirect/${shard}${from}`;
const progressKey = (block: BlockId): string => `progress/${block}`;
const passageKey = (shard: ShardKey, key: DeliveryKey, step: BarrierStep): string => `passage/${shard}${key}${step}`;
const reportsKey = (slot: number): string => `load/${slot}/`;

function readerBehindEnd(bytes: Uint8Array): { keepUntilMs: EpochMs; reader: ByteReader } {
  const reader = new ByteReader(bytes);
  return { keepUntilMs: reader.varint() as EpochMs, reader };
}
