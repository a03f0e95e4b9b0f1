import type { CellId } from '../../src/model/ids.ts';
import type { LoadedShard, LoadedShards } from './loaded-shards.ts';
import type { Choice } from './spread.ts';

/** How long an engine's process leaves alone a shard that throttled it, and a cell that did not answer. */
const THROTTLED_MS = 1_000;
const SILENT_MS = 5_000;

/** Notes of some kind, by which part of all processes has taken one within its length. */
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
 * Which part of the processes avoids a shard or a cell, as the engine's `Avoidance` lets each do after a call of its
 * own failed there: notes fall on processes at random.
 */
export class Avoided {
  readonly #shards = new Map<LoadedShard, Notes>();
  readonly #cells = new Map<CellId, Notes>();
  #lastNoteMs = Number.NEGATIVE_INFINITY;

  noteThrottled(shard: LoadedShard, count: number, nowMs: number): void {
    this.#note(this.#shards, shard, { count, lengthMs: THROTTLED_MS, nowMs });
  }

  noteSilent(cell: CellId, count: number, nowMs: number): void {
    this.#note(this.#cells, cell, { count, lengthMs: SILENT_MS, nowMs });
  }

  /** Where `processes` of them send: those that avoid all shards go to any. */
  choice({ sendable }: LoadedShards, processes: number, nowMs: number): Choice {
    if (nowMs - this.#lastNoteMs > 2 * SILENT_MS) return sendable;
    const avoiding = (notes: Notes | undefined) =>
      notes === undefined ? 0 : 1 - Math.exp(-notes.count(nowMs) / Math.max(1, processes));
    const calm = new Map<LoadedShard, number>();
    let ofAll = 1;
    for (const shard of sendable.shards) {
      const rest = (1 - avoiding(this.#shards.get(shard))) * (1 - avoiding(this.#cells.get(shard.cell)));
      calm.set(shard, rest);
      ofAll *= 1 - rest;
    }
    const weightOf = (shard: LoadedShard) => sendable.partOf(shard) * ((calm.get(shard) ?? 1) + ofAll);
    const sum = sendable.shards.reduce((all, shard) => all + weightOf(shard), 0);
    const partOf = (shard: LoadedShard) => weightOf(shard) / sum;
    return { shards: sendable.shards, partOf, highest: Math.max(...sendable.shards.map(partOf)) };
  }

  #note<Of>(all: Map<Of, Notes>, of: Of, one: { count: number; lengthMs: number; nowMs: number }): void {
    const notes = all.get(of) ?? new Notes(one.lengthMs);
    all.set(of, notes);
    notes.add(one.count, one.nowMs);
    this.#lastNoteMs = one.nowMs;
  }
}
