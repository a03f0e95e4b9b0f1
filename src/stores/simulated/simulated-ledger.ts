import type { EpochMs } from '../../model/brand.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../../model/ids.ts';
import type { BarrierStep } from '../../model/totals.ts';
import type { KeptPassage, Ledger, Redirect } from '../../ports/ledger.ts';
import type { SimulatedProcess } from './simulated-process.ts';

interface KeptRedirect {
  readonly to: Redirect;
  readonly keepUntilMs: EpochMs;
}

interface BlockProgress {
  readonly indexes: ReadonlySet<number>;
  readonly keepUntilMs?: EpochMs;
}

interface KeptReport {
  readonly report: string;
  readonly keepUntilMs: EpochMs;
}

/** The notes of all processes; expired notes leave at once. */
export class StoredNotes {
  readonly #redirects = new Map<string, KeptRedirect>();
  readonly #progress = new Map<BlockId, BlockProgress>();
  readonly #passages = new Map<string, KeptPassage>();
  readonly #reports = new Map<number, Map<string, KeptReport>>();
  readonly #nowMs: () => EpochMs;

  constructor(nowMs: () => EpochMs) {
    this.#nowMs = nowMs;
  }

  addRedirect(from: string, { to, keepUntilMs }: KeptRedirect): void {
    this.#redirects.set(from, { to: new Map([...this.redirect(from), ...to]), keepUntilMs });
  }

  redirect(from: string): Redirect {
    const redirect = this.#redirects.get(from);
    return redirect !== undefined && redirect.keepUntilMs > this.#nowMs() ? redirect.to : new Map();
  }

  addProgress(block: BlockId, indexes: readonly number[], keepUntilMs?: EpochMs): ReadonlySet<number> {
    const all = new Set([...this.progress(block), ...indexes]);
    const end = keepUntilMs === undefined ? {} : { keepUntilMs };
    this.#progress.set(block, { ...this.#kept(block), ...end, indexes: all });
    return all;
  }

  progress(block: BlockId): ReadonlySet<number> {
    return this.#kept(block)?.indexes ?? new Set();
  }

  addPassage(passage: KeptPassage): void {
    const name = passage.shard + passage.key + passage.step;
    if (!this.#passages.has(name)) this.#passages.set(name, passage);
  }

  passage(name: string): string | undefined {
    const passage = this.#passages.get(name);
    return passage !== undefined && passage.keepUntilMs > this.#nowMs() ? passage.text : undefined;
  }

  addReport(slot: number, id: string, report: KeptReport): void {
    const slots = this.#reports.get(slot) ?? new Map<string, KeptReport>();
    this.#reports.set(slot, slots.set(id, report));
  }

  reports(slot: number): string[] {
    const kept = [...(this.#reports.get(slot)?.values() ?? [])];
    return kept.filter(({ keepUntilMs }) => keepUntilMs > this.#nowMs()).map(({ report }) => report);
  }

  /** Partly finished blocks: they still have to be closed. */
  get openProgress(): BlockId[] {
    return [...this.#progress].flatMap(([block, { keepUntilMs }]) => (keepUntilMs === undefined ? [block] : []));
  }

  #kept(block: BlockId): BlockProgress | undefined {
    const progress = this.#progress.get(block);
    return (progress?.keepUntilMs ?? Number.POSITIVE_INFINITY) > this.#nowMs() ? progress : undefined;
  }
}

export class SimulatedLedger implements Ledger {
  readonly #process: SimulatedProcess;
  readonly #notes: StoredNotes;

  constructor(process: SimulatedProcess, notes: StoredNotes) {
    this.#process = process;
    this.#notes = notes;
  }

  async addRedirect(shard: ShardKey, from: DeliveryKey, to: Redirect, keepUntilMs: EpochMs): Promise<void> {
    const work = () => this.#notes.addRedirect(shard + from, { to, keepUntilMs });
    return this.#process.call({ step: { name: 'add redirect', shard, key: from, about: [...to] }, work });
  }

  async redirect(shard: ShardKey, from: DeliveryKey): Promise<Redirect> {
    const work = () => this.#notes.redirect(shard + from);
    return this.#process.call({ step: { name: 'get redirect', shard, key: from }, work });
  }

  async addProgress(block: BlockId, indexes: readonly number[], keepUntilMs?: EpochMs): Promise<ReadonlySet<number>> {
    const work = () => this.#notes.addProgress(block, indexes, keepUntilMs);
    const name = keepUntilMs === undefined ? 'add progress' : 'close progress';
    return this.#process.call({ step: { name, about: [block, ...indexes] }, work });
  }

  async progress(block: BlockId): Promise<ReadonlySet<number>> {
    const work = () => this.#notes.progress(block);
    return this.#process.call({ step: { name: 'get progress', about: block }, work });
  }

  async addPassage(passage: KeptPassage): Promise<void> {
    const { shard, key } = passage;
    const work = () => this.#notes.addPassage(passage);
    return this.#process.call({ step: { name: 'add passage', shard, key, about: passage.step }, work });
  }

  async passage(shard: ShardKey, key: DeliveryKey, step: BarrierStep): Promise<string | undefined> {
    const work = () => this.#notes.passage(shard + key + step);
    return this.#process.call({ step: { name: 'get passage', shard, key, about: step }, work });
  }

  async addReport(slot: number, id: string, report: string, keepUntilMs: EpochMs): Promise<void> {
    const work = () => this.#notes.addReport(slot, id, { report, keepUntilMs });
    return this.#process.call({ step: { name: 'add report', about: slot }, work });
  }

  async reports(slot: number): Promise<readonly string[]> {
    const work = () => this.#notes.reports(slot);
    return this.#process.call({ step: { name: 'get reports', about: slot }, work });
  }
}
