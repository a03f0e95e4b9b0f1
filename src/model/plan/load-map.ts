import { type CellId, cellOfShard, type QueueId } from '../ids.ts';
import { NO_CELL_LOAD, NO_QUEUE_LOAD } from '../load.ts';
import { openShards } from '../route.ts';
import type { PlanCell, PlanInput, PlanQueue } from './input.ts';

// A cell fails when a quarter of its calls, and more than one a second, get no answer.
const FAILING_CALLS = 1;
const FAILING_SHARE = 0.25;

/** Write units of one partition. A table has as many partitions as its throughput needs. */
const PARTITION_WRITE_UNITS = 1_000;
/** There is room when a new shard gets a partition to itself with at least this chance. */
const ROOMY = 0.7;

/** The load of a cell does not show a younger shard yet. */
const UNSEEN_MS = 30_000;

export interface QueueWorld extends PlanInput {
  readonly loadMap: LoadMap;
}

/** Where load lies now, and after the planned changes. */
export class LoadMap {
  /** Open shards of all queues. */
  openCount: number;
  readonly #cells: ReadonlyMap<CellId, PlanCell>;
  readonly #failing: ReadonlySet<CellId>;
  /** Write units a second of each cell. */
  readonly #units: Map<CellId, number>;
  /** For each cell: its write units divided by those of its shards' key values. Above 1 where blocks lie. */
  readonly #factors: ReadonlyMap<CellId, number>;
  readonly #input: PlanInput;
  readonly #shardUnits = new Map<PlanQueue, number>();

  constructor(input: PlanInput) {
    this.#input = input;
    const { queues, cells, load } = input;
    this.openCount = queues.reduce((sum, queue) => sum + openShards(queue).length, 0);
    this.#cells = new Map(cells.map((cell) => [cell.id, cell]));
    const unitsOf = (id: CellId) =>
      Math.max(
        (load.recent.cells.get(id) ?? NO_CELL_LOAD).writeUnits,
        (load.latest.cells.get(id) ?? NO_CELL_LOAD).writeUnits,
      );
    this.#units = new Map(cells.map(({ id }) => [id, unitsOf(id)]));
    this.#failing = new Set(cells.filter(({ id }) => isFailing(input, id)).map(({ id }) => id));
    const ofShards = new Map<CellId, number>();
    const unseen: { readonly cell: CellId; readonly units: number }[] = [];
    for (const queue of queues) {
      const units = this.#unitsPerShard(queue);
      for (const { id, sinceMs } of openShards(queue)) {
        const cell = cellOfShard(id);
        ofShards.set(cell, (ofShards.get(cell) ?? 0) + units);
        if (input.nowMs - sinceMs < UNSEEN_MS) unseen.push({ cell, units });
      }
    }
    this.#factors = new Map(
      cells.map(({ id }) => [id, Math.max(1, (this.#units.get(id) ?? 0) / Math.max(1, ofShards.get(id) ?? 0))]),
    );
    for (const { cell, units } of unseen) this.add(cell, units);
  }

  /** Whether a new shard most probably gets a partition to itself. */
  get isRoomy(): boolean {
    const partitions = [...this.#cells.values()].reduce(
      (sum, { writeUnitsMax }) => sum + writeUnitsMax / PARTITION_WRITE_UNITS,
      0,
    );
    return Math.exp(-this.openCount / partitions) > ROOMY;
  }

  /** Why shards should leave the cell; `undefined` if they may stay. */
  whyLeave(id: CellId): string | undefined {
    const cell = this.#cells.get(id);
    if (cell === undefined) return 'is not part of the deployment';
    if (cell.state === 'leaving') return 'is leaving';
    return this.#failing.has(id) ? 'does not answer' : undefined;
  }

  /** The used fraction of the cell's limit, with planned changes included. */
  fill(id: CellId): number {
    return (this.#units.get(id) ?? 0) / (this.#cells.get(id)?.writeUnitsMax ?? 0);
  }

  /** Write units a second that a shard of the queue adds to a cell. */
  shardUnits(queue: PlanQueue, cell: CellId): number {
    return this.#unitsPerShard(queue) * (this.#factors.get(cell) ?? 1);
  }

  /** Units a second that would have to leave for the cell to reach that fraction of its limit. */
  excess(id: CellId, fill: number): number {
    return (this.#units.get(id) ?? 0) - fill * (this.#cells.get(id)?.writeUnitsMax ?? 0);
  }

  /**
   * Assigns a shard of `units` write units a second to the cell with the most room; `undefined` when no cell would stay
   * below `fillMax`, or none is open.
   */
  assign(units: number, options: { readonly fillMax?: number; readonly except?: CellId } = {}): CellId | undefined {
    const { fillMax = Number.POSITIVE_INFINITY, except } = options;
    let best: { id: CellId; fill: number; total: number } | undefined;
    for (const { id, writeUnitsMax } of this.#cells.values()) {
      if (id === except || this.whyLeave(id) !== undefined) continue;
      const total = (this.#units.get(id) ?? 0) + Math.max(1, units);
      const fill = total / writeUnitsMax;
      // Without a limit no cell fills up, so they share the load evenly.
      const isBetter = best === undefined || fill < best.fill || (fill === best.fill && total < best.total);
      if (fill <= fillMax && isBetter) best = { id, fill, total };
    }
    if (best !== undefined) this.add(best.id, Math.max(1, units));
    return best?.id;
  }

  add(id: CellId, units: number): void {
    this.#units.set(id, Math.max(0, (this.#units.get(id) ?? 0) + units));
  }

  /** Counted once per queue, because each of its shards asks and there may be thousands. */
  #unitsPerShard(queue: PlanQueue): number {
    const known = this.#shardUnits.get(queue);
    if (known !== undefined) return known;
    const units = unitsOfQueue(this.#input, queue.id) / Math.max(1, openShards(queue).length);
    this.#shardUnits.set(queue, units);
    return units;
  }
}

/** A queue's write units a second; the last seconds count if they show more. */
export function unitsOfQueue({ load }: Pick<PlanInput, 'load'>, id: QueueId): number {
  const { recent, latest } = load;
  return Math.max(
    (recent.queues.get(id) ?? NO_QUEUE_LOAD).writeUnits,
    (latest.queues.get(id) ?? NO_QUEUE_LOAD).writeUnits,
  );
}

function isFailing({ load }: PlanInput, id: CellId): boolean {
  const { failures, writeUnits, readUnits } = load.latest.cells.get(id) ?? NO_CELL_LOAD;
  return failures > FAILING_CALLS && failures > FAILING_SHARE * (failures + writeUnits + readUnits);
}
