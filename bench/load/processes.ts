import type { EpochMs } from '../../src/model/brand.ts';
import type { CellId, QueueId, ShardId } from '../../src/model/ids.ts';
import {
  type CellLoad,
  type LoadReport,
  LoadTally,
  NO_CELL_LOAD,
  NO_QUEUE_LOAD,
  type QueueLoad,
} from '../../src/model/load.ts';
import type { Random } from '../../src/ports/random.ts';

/** Processes that report in the aggregate mode; where there are more instances, each of these stands for several. */
const PROCESSES_MAX = 200;
/** Processes among which the throttled calls of one shard and tick are shared out. */
const TOLD_MAX = 4;

type Sum = { -readonly [Name in keyof Omit<QueueLoad, 'throttles'>]: number };
type CellSum = { -readonly [Name in keyof CellLoad]: number };

/** What the store saw in some time. */
class Seen {
  readonly queues = new Map<QueueId, Sum>();
  readonly cells = new Map<CellId, CellSum>();

  queue(id: QueueId): Sum {
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

  add(other: Seen): void {
    for (const [id, one] of other.queues) addUp(this.queue(id), one);
    for (const [id, one] of other.cells) addUp(this.cell(id), one);
  }

  clear(): void {
    this.queues.clear();
    this.cells.clear();
  }
}

/** Shares out what the store saw among processes, each of which adds it up and reports by the real rules. */
export class ReportingProcesses {
  readonly #random: Random;
  readonly #now = new Seen();
  /** The last second of those processes that learn of it in the same tick. */
  readonly #phases: readonly Seen[];
  readonly #tallies: LoadTally[] = [];
  #phase = 0;

  constructor(random: Random, ticksPerSecond: number) {
    this.#random = random;
    this.#phases = Array.from({ length: Math.max(1, Math.round(ticksPerSecond)) }, () => new Seen());
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
      const tally = this.#tallies[Math.floor(this.#random.next() * this.#tallies.length)];
      tally?.addThrottles(queue, shard, count / told);
    }
  }

  /** Ends a tick: some of the processes learn what was theirs of the last second, and report if it is time to. */
  report(instances: number, nowMs: EpochMs): LoadReport[] {
    for (const phase of this.#phases) phase.add(this.#now);
    this.#now.clear();
    const count = Math.max(1, Math.min(PROCESSES_MAX, Math.round(instances)));
    // What a process had not told when it was taken away is lost.
    this.#tallies.length = Math.min(this.#tallies.length, count);
    while (this.#tallies.length < count) this.#tallies.push(new LoadTally(nowMs));
    const seen = this.#phases[this.#phase] as Seen;
    const reports: LoadReport[] = [];
    for (let number = this.#phase; number < count; number += this.#phases.length) {
      const tally = this.#tallies[number] as LoadTally;
      for (const [id, sum] of seen.queues) tally.addToQueue(id, partOf(sum, count));
      for (const [id, sum] of seen.cells) tally.addToCell(id, partOf(sum, count));
      if (!tally.isDue(nowMs)) continue;
      const report = tally.take(nowMs, this.#random.next());
      if (report !== undefined) reports.push(report);
    }
    seen.clear();
    this.#phase = (this.#phase + 1) % this.#phases.length;
    return reports;
  }
}

function addUp<Name extends string>(sum: Record<Name, number>, one: Readonly<Record<Name, number>>): void {
  for (const name of Object.keys(sum) as Name[]) sum[name] += one[name];
}

const partOf = <Sums extends object>(sums: Sums, count: number): Sums =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count])) as Sums;
