import type { EpochMs } from '../../src/model/brand.ts';
import { groupBy } from '../../src/model/group-by.ts';
import { type CellId, cellId, cellOfShard, type QueueId, type ShardId, shardId } from '../../src/model/ids.ts';
import { type CellLoad, type LoadReport, observeLoad, type QueueLoad } from '../../src/model/load.ts';
import { type Action, DEFAULT_PLAN_LIMITS, plan } from '../../src/model/plan/index.ts';
import { openShards, type RouteShard, totalWeight, weighing, weightOf } from '../../src/model/route.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { START_MS } from './ids.ts';

export interface QueueWish {
  readonly writeUnits: number;
  readonly min: number;
  readonly max: number;
  readonly start: number;
  readonly lostClaims: number;
  /** Where its shards lie at the start. @default spread */
  readonly cell?: number;
}

interface TownQueue {
  readonly id: QueueId;
  readonly wish: QueueWish;
  writeUnits: number;
  shards: RouteShard[];
  nextNumber: number;
}

interface Trouble {
  readonly throttlesPerShard?: number;
  readonly failingCell?: number;
}

const REPORT_SECONDS = 5;
const ROUND_SECONDS = 10;
const KNOWN_SECONDS = 60;
const PARTITION_UNITS = 1_000;
const DRAINED_AFTER_MS = 60_000;

/** Queues with loads of their own, observed without noise, whose routes follow the plan. */
export class PlannedTown {
  seconds = 0;
  readonly queues: TownQueue[];
  readonly kinds: Action['kind'][] = [];
  readonly lastCauses: string[] = [];
  readonly #cells: { readonly id: CellId; readonly state: 'open' | 'leaving'; writeUnitsMax: number }[];
  readonly #hasPartitions: boolean;
  #reports: LoadReport[] = [];

  constructor(wishes: {
    readonly queues: readonly QueueWish[];
    readonly cells: readonly { readonly isLeaving: boolean; readonly writeUnitsMax: number }[];
    /** Whether shards fall on partitions of 1,000 units by chance, and throttle beyond. @default no */
    readonly hasPartitions?: true;
  }) {
    this.#hasPartitions = wishes.hasPartitions === true;
    this.#cells = wishes.cells.map(({ isLeaving, writeUnitsMax }, number) => ({
      id: cellId(number),
      state: isLeaving ? 'leaving' : 'open',
      writeUnitsMax,
    }));
    this.queues = wishes.queues.map((wish, number) => ({
      id: `queue${10_000 + number}` as QueueId,
      wish,
      writeUnits: wish.writeUnits,
      shards: Array.from({ length: wish.start }, (_, shard) => ({
        id: shardId(cellId(wish.cell ?? (number + shard) % wishes.cells.length), shard),
        state: 'open',
        sinceMs: (START_MS - 3_600_000) as EpochMs,
      })),
      nextNumber: wish.start,
    }));
    // The load is not new when the plan first sees it.
    for (let seconds = -KNOWN_SECONDS; seconds <= 0; seconds += REPORT_SECONDS) {
      this.seconds = seconds;
      this.#report({});
    }
    this.seconds = 0;
  }

  get changeCount(): number {
    return this.kinds.length;
  }

  get capacity(): number {
    return this.#cells.reduce((sum, { writeUnitsMax }) => sum + writeUnitsMax, 0);
  }

  isLeaving(cell: CellId): boolean {
    return this.#cells.find(({ id }) => id === cell)?.state !== 'open';
  }

  openCount(queue: number): number {
    return openShards({ shards: this.queues[queue]?.shards ?? [] }).length;
  }

  /** Weights of the open shards that have one. */
  weights(queue: number): number[] {
    return openShards({ shards: this.queues[queue]?.shards ?? [] }).flatMap(({ weight }) => weight ?? []);
  }

  /** Calls a second that partitions throttle. */
  get throttled(): number {
    return [...this.#throttles().values()].reduce((sum, count) => sum + count, 0);
  }

  unitsPerShard(queue: number): number {
    return (this.queues[queue]?.writeUnits ?? 0) / this.openCount(queue);
  }

  cellsOf(queue: number): CellId[] {
    const open = openShards({ shards: this.queues[queue]?.shards ?? [] });
    return [...new Set(open.map(({ id }) => cellOfShard(id)))].toSorted();
  }

  cellFill(number: number): number {
    return this.#unitsOf(cellId(number)) / (this.#cells[number]?.writeUnitsMax ?? 0);
  }

  /** Lets time pass; `see` is called after each round of the controller. */
  pass(seconds: number, see: () => void = () => {}, trouble: Trouble = {}): void {
    for (let passed = 0; passed < seconds; passed++) {
      this.seconds++;
      if (this.seconds % REPORT_SECONDS === 0) this.#report(trouble);
      if (this.seconds % ROUND_SECONDS !== 0) continue;
      this.#round();
      see();
    }
  }

  get #nowMs(): EpochMs {
    return (START_MS + 1_000 * this.seconds) as EpochMs;
  }

  #unitsOf(cell: CellId): number {
    return this.queues.reduce((sum, { shards, writeUnits }) => {
      const open = openShards({ shards });
      return sum + (writeUnits * totalWeight(open.filter(({ id }) => cellOfShard(id) === cell))) / totalWeight(open);
    }, 0);
  }

  /** Throttled calls a second of each shard, by its share of its partition's load. */
  #throttles(): Map<ShardId, number> {
    const asked = this.queues.flatMap(({ shards, writeUnits }) => {
      const open = openShards({ shards });
      return open.map((shard) => {
        const units = (writeUnits * weightOf(shard)) / totalWeight(open);
        return { id: shard.id, partition: this.#partitionOf(shard.id), units };
      });
    });
    return new Map(
      [...groupBy(asked, ({ partition }) => partition).values()].flatMap((some) => {
        const sum = some.reduce((all, { units }) => all + units, 0);
        const excess = Math.max(0, sum - PARTITION_UNITS);
        return some.map(({ id, units }) => [id, (excess * units) / sum] as const);
      }),
    );
  }

  /** By chance, and always the same one. */
  #partitionOf(id: ShardId): string {
    const cell = this.#cells.find((one) => one.id === cellOfShard(id));
    const random = new SeededRandom(Buffer.from(id).reduce((hash, byte) => 31 * hash + byte, 7)).next();
    return `${cell?.id} ${Math.floor((random * (cell?.writeUnitsMax ?? 0)) / PARTITION_UNITS)}`;
  }

  #report({ throttlesPerShard = 0, failingCell }: Trouble): void {
    const ofPartitions = this.#hasPartitions ? this.#throttles() : new Map<ShardId, number>();
    const queueLoad = ({ shards, writeUnits, wish }: TownQueue): QueueLoad => {
      const open = openShards({ shards });
      const throttles = new Map<ShardId, number>(
        open
          .map(({ id }) => [id, (throttlesPerShard + (ofPartitions.get(id) ?? 0)) * REPORT_SECONDS] as const)
          .filter(([, count]) => count > 0),
      );
      const lostClaims = (wish.lostClaims / open.length) * REPORT_SECONDS;
      return { writeUnits: writeUnits * REPORT_SECONDS, readUnits: 0, messages: 0, lostClaims, throttles };
    };
    const cellLoad = (id: CellId, number: number): CellLoad => ({
      writeUnits: number === failingCell ? 0 : this.#unitsOf(id) * REPORT_SECONDS,
      readUnits: 0,
      throttles: 0,
      failures: number === failingCell ? 500 : 0,
    });
    const nowMs = this.#nowMs;
    this.#reports = this.#reports.filter(({ toMs }) => nowMs - toMs < 60_000);
    this.#reports.push({
      fromMs: (nowMs - 1_000 * REPORT_SECONDS) as EpochMs,
      toMs: nowMs,
      queues: new Map(this.queues.map((queue) => [queue.id, queueLoad(queue)])),
      cells: new Map(this.#cells.map(({ id }, number) => [id, cellLoad(id, number)])),
      receivingMs: 0,
    });
  }

  #round(): void {
    const nowMs = this.#nowMs;
    for (const queue of this.queues) {
      queue.shards = queue.shards.filter(
        ({ state, sinceMs }) => state === 'open' || nowMs - sinceMs < DRAINED_AFTER_MS,
      );
    }
    const actions = plan({
      queues: this.queues.map(({ id, shards, wish: { min, max } }) => ({ id, shards, min, max })),
      cells: this.#cells,
      load: observeLoad(this.#reports, nowMs),
      limits: DEFAULT_PLAN_LIMITS,
      nowMs,
    });
    for (const action of actions) this.#apply(action);
  }

  #apply(action: Action): void {
    this.kinds.push(action.kind);
    this.lastCauses.push(`${this.seconds} s: ${action.kind}: ${action.cause}`);
    if (action.kind === 'warm') {
      for (const cell of this.#cells) if (cell.id === action.cell) cell.writeUnitsMax = action.writeUnits;
      return;
    }
    const queue = this.queues.find(({ id }) => id === action.queueId);
    if (queue === undefined) throw new Error(`no queue ${action.queueId}`);
    if (action.kind === 'weigh') {
      const weights = new Map(action.weights.map(({ shard, weight }) => [shard, weight]));
      queue.shards = queue.shards.map((one) =>
        weights.has(one.id) ? weighing(one, weights.get(one.id) ?? 1, this.#nowMs) : one,
      );
      return;
    }
    const added =
      action.kind === 'split' ? action.cells : action.kind === 'merge' ? [] : action.moves.map(({ to }) => to);
    const drained = new Set(
      action.kind === 'merge' ? action.shards : action.kind === 'split' ? [] : action.moves.map(({ shard }) => shard),
    );
    const sinceMs = this.#nowMs;
    queue.shards = [
      ...queue.shards.map(
        (shard): RouteShard => (drained.has(shard.id) ? { id: shard.id, state: 'draining', sinceMs } : shard),
      ),
      ...added.map((cell): RouteShard => {
        const shard: RouteShard = { id: shardId(cell, queue.nextNumber++), state: 'open', sinceMs };
        return weighing(shard, action.kind === 'merge' ? 1 : (action.weight ?? 1), sinceMs);
      }),
    ];
  }
}
