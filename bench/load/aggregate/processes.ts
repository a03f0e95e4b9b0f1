import type { EpochMs } from '../../../src/model/brand.ts';
import { type CellId, type QueueId, type ShardId, type ShardKey, shardKey } from '../../../src/model/ids.ts';
import {
  type CellLoad,
  type LoadReport,
  LoadTally,
  NO_CELL_LOAD,
  NO_QUEUE_LOAD,
  type QueueLoad,
  REPORT_MS_MAX,
  UNITS_PER_REPORT_UNIT,
  worthOf,
} from '../../../src/model/load.ts';
import type { Random } from '../../../src/ports/random.ts';

/** Reporting processes in the aggregate mode; with more instances, each of them stands for several. */
const PROCESSES_MAX = 200;
/** Processes that share the throttled calls of one shard and step. */
const TOLD_MAX = 4;

type QueueSum = { -readonly [Name in keyof Omit<QueueLoad, 'throttles'>]: number };
type CellSum = { -readonly [Name in keyof CellLoad]: number };

/** Sums by queue and by cell. */
class Seen {
  readonly queues = new Map<QueueId, QueueSum>();
  readonly cells = new Map<CellId, CellSum>();

  queue(id: QueueId): QueueSum {
    const known = this.queues.get(id);
    if (known !== undefined) return known;
    const { throttles: _, ...sum } = { ...NO_QUEUE_LOAD };
    this.queues.set(id, sum);
    return sum;
  }

  cell(id: CellId): CellSum {
    const known = this.cells.get(id);
    if (known !== undefined) return known;
    const sum = { ...NO_CELL_LOAD };
    this.cells.set(id, sum);
    return sum;
  }

  get worth(): number {
    return [...this.cells.values()].reduce((sum, cell) => sum + worthOf(cell), 0);
  }

  copy(): Seen {
    const copy = new Seen();
    copy.add(this, 1);
    return copy;
  }

  add(other: Seen, factor: number): void {
    for (const [id, one] of other.queues) addTo(this.queue(id), one, factor);
    for (const [id, one] of other.cells) addTo(this.cell(id), one, factor);
  }

  clear(): void {
    this.queues.clear();
    this.cells.clear();
  }
}

/** One process that reports, with the sums at its last report. */
interface Process {
  fromMs: EpochMs;
  before: Seen;
  worthBefore: number;
  throttles: Map<ShardKey, { readonly queue: QueueId; readonly shard: ShardId; readonly count: number }>;
  throttleCount: number;
}

/** Receives observations for processes; without reporting processes they are lost. */
export type Witness = Pick<ReportingProcesses, 'addUnits' | 'addClaims' | 'addTrouble' | 'addHotShard' | 'report'>;

/** Under a controller without reports none are written: they would be a third of the cost of a large run. */
export const NO_WITNESS: Witness = {
  addUnits() {},
  addClaims() {},
  addTrouble() {},
  addHotShard() {},
  report: () => [],
};

/**
 * Divides the store's observations among processes, each of which reports by the real rules. All have an equal share,
 * so one sum serves them: each reports its growth since its last report.
 */
export class ReportingProcesses {
  readonly #random: Random;
  readonly #now = new Seen();
  /** Observations of each process since the start. */
  readonly #each = new Seen();
  #worth = 0;
  readonly #processes: Process[] = [];
  /** Sums at the end of this step: processes that report in it restart from there. */
  #seen: Seen | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  addUnits(queue: QueueId, cell: CellId, units: { readonly write: number; readonly read: number }): void {
    const [ofQueue, ofCell] = [this.#now.queue(queue), this.#now.cell(cell)];
    ofQueue.writeUnits += units.write;
    ofQueue.readUnits += units.read;
    ofCell.writeUnits += units.write;
    ofCell.readUnits += units.read;
  }

  addClaims(queue: QueueId, messages: number, lostClaims: number): void {
    const sum = this.#now.queue(queue);
    sum.messages += messages;
    sum.lostClaims += lostClaims;
  }

  addTrouble(cell: CellId, trouble: { readonly throttles: number; readonly failures: number }): void {
    const sum = this.#now.cell(cell);
    sum.throttles += trouble.throttles;
    sum.failures += trouble.failures;
  }

  addHotShard(queue: QueueId, shard: ShardId, count: number): void {
    const told = Math.min(TOLD_MAX, count);
    for (let number = 0; number < told; number++) {
      const process = this.#processes[Math.floor(this.#random.next() * this.#processes.length)];
      if (process === undefined) continue;
      const key = shardKey(queue, shard);
      const before = process.throttles.get(key)?.count ?? 0;
      process.throttles.set(key, { queue, shard, count: before + count / told });
      process.throttleCount += count / told;
    }
  }

  /** Ends a step among that many instances: due processes report. */
  report(instances: number, nowMs: EpochMs): LoadReport[] {
    const count = Math.max(1, Math.min(PROCESSES_MAX, Math.round(instances)));
    this.#each.add(this.#now, 1 / count);
    this.#worth += this.#now.worth / count;
    this.#now.clear();
    this.#seen = undefined;
    // Unreported observations of a removed process are lost.
    this.#processes.length = Math.min(this.#processes.length, count);
    while (this.#processes.length < count) this.#processes.push(this.#started(nowMs));
    return this.#processes.flatMap((process) => this.#reportOf(process, nowMs) ?? []);
  }

  /** Processes start and report at different times. */
  #started(nowMs: EpochMs): Process {
    const fromMs = Math.ceil(nowMs - this.#random.next() * REPORT_MS_MAX) as EpochMs;
    return { fromMs, before: this.#snapshot(), worthBefore: this.#worth, throttles: new Map(), throttleCount: 0 };
  }

  #snapshot(): Seen {
    this.#seen ??= this.#each.copy();
    return this.#seen;
  }

  #reportOf(process: Process, nowMs: EpochMs): LoadReport | undefined {
    const worth = this.#worth - process.worthBefore + worthOf({ throttles: process.throttleCount });
    if (worth < UNITS_PER_REPORT_UNIT && nowMs - process.fromMs < REPORT_MS_MAX) return undefined;
    const tally = new LoadTally(process.fromMs);
    for (const [id, sum] of this.#each.queues) tally.addToQueue(id, grown(sum, process.before.queue(id)));
    for (const [id, sum] of this.#each.cells) tally.addToCell(id, grown(sum, process.before.cell(id)));
    for (const { queue, shard, count } of process.throttles.values()) tally.addThrottles(queue, shard, count);
    if (!tally.isDue(nowMs)) return undefined;
    process.fromMs = nowMs;
    process.before = this.#snapshot();
    process.worthBefore = this.#worth;
    process.throttles = new Map();
    process.throttleCount = 0;
    return tally.take(nowMs, this.#random.next());
  }
}

function addTo<Name extends string>(sum: Record<Name, number>, one: Readonly<Record<Name, number>>, factor: number) {
  for (const name in sum) sum[name] += factor * one[name];
}

/** The growth of a sum since `before`. */
const grown = <Sums extends Record<keyof Sums, number>>(sums: Sums, before: Sums): Sums => {
  const grown = { ...sums };
  for (const name in grown) (grown as Record<string, number>)[name] = sums[name] - before[name];
  return grown;
};
