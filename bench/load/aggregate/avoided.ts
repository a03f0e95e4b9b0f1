import { SILENT_MS, THROTTLED_MS } from '../../../src/engine/memory/index.ts';
import type { CellId } from '../../../src/model/ids.ts';
import type { LoadedShard } from './loaded-shards.ts';
import type { Choice } from './spread.ts';

/** Notes of one kind: the fraction of processes that took one within its lifetime. */
class Notes {
  readonly #lengthMs: number;
  #count = 0;
  #atMs = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  add(count: number, nowMs: number): void {
    this.#count = count + this.count(nowMs);
    this.#atMs = nowMs;
  }

  count(nowMs: number): number {
    return this.#count * Math.exp(-(nowMs - this.#atMs) / this.#lengthMs);
  }
}

/**
 * The fraction of a function's processes that avoids a shard or a cell. In the engine's `Avoidance` each process does
 * so after a failed call of its own; notes fall on processes at random.
 */
export class Avoided {
  /** Number of processes. */
  processes = 1;
  readonly #shards = new Map<LoadedShard, Notes>();
  readonly #cells = new Map<CellId, Notes>();
  #lastNoteMs = Number.NEGATIVE_INFINITY;

  noteThrottled(shard: LoadedShard, count: number, nowMs: number): void {
    this.#note(this.#shards, shard, { count, lengthMs: THROTTLED_MS, nowMs });
  }

  noteSilent(cell: CellId, count: number, nowMs: number): void {
    this.#note(this.#cells, cell, { count, lengthMs: SILENT_MS, nowMs });
  }

  /** The fraction of processes that avoids the shard. */
  partAvoiding(shard: LoadedShard, nowMs: number): number {
    if (nowMs - this.#lastNoteMs > 2 * SILENT_MS) return 0;
    return 1 - this.#calm(this.#shards.get(shard), nowMs) * this.#calm(this.#cells.get(shard.cell), nowMs);
  }

  /** The fraction of processes without these notes. */
  #calm(notes: Notes | undefined, nowMs: number): number {
    return notes === undefined ? 1 : Math.exp(-notes.count(nowMs) / Math.max(1, this.processes));
  }

  /** Where processes go first; those that avoid all shards go to any. */
  choice(free: Choice<LoadedShard>, nowMs: number): Choice<LoadedShard> {
    if (nowMs - this.#lastNoteMs > 2 * SILENT_MS) return free;
    const avoiding = new Map(free.shards.map((shard) => [shard, this.partAvoiding(shard, nowMs)]));
    const ofAll = [...avoiding.values()].reduce((product, part) => product * part, 1);
    const weightOf = (shard: LoadedShard) => free.partOf(shard) * (1 - (avoiding.get(shard) ?? 0) + ofAll);
    const sum = free.shards.reduce((all, shard) => all + weightOf(shard), 0);
    const partOf = (shard: LoadedShard) => weightOf(shard) / sum;
    return { shards: free.shards, partOf, highest: Math.max(...free.shards.map(partOf)) };
  }

  #note<Of>(all: Map<Of, Notes>, of: Of, one: { count: number; lengthMs: number; nowMs: number }): void {
    const notes = all.get(of) ?? new Notes(one.lengthMs);
    all.set(of, notes);
    notes.add(one.count, one.nowMs);
    this.#lastNoteMs = one.nowMs;
  }
}
