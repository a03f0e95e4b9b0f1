import type { EpochMs } from './brand.ts';
import type { CellId, QueueId, ShardId } from './ids.ts';
import { WRITE_UNIT_BYTES } from './limits.ts';

/**
 * What a queue took. Sends choose among its open shards at random, so the queue's sum says what each of them takes;
 * only throttles are kept by shard.
 */
export interface QueueLoad {
  /** Of its shards' key values; blocks lie elsewhere and count for the cell alone. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Sent or received. */
  readonly messages: number;
  /** Deliveries that another process took over first. */
  readonly lostClaims: number;
  /** Calls turned away because this shard is at its limit. */
  readonly throttles: ReadonlyMap<ShardId, number>;
}

/** What the table of a cell took, blocks included. */
export interface CellLoad {
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Calls turned away for the table, the account, or a ceiling that was set. */
  readonly throttles: number;
  /** Calls that got no answer. */
  readonly failures: number;
}

/** Sums of an interval, or rates a second. */
export interface Load {
  readonly queues: ReadonlyMap<QueueId, QueueLoad>;
  readonly cells: ReadonlyMap<CellId, CellLoad>;
  /** Milliseconds that processes spent on receives, waiting included: a thousand a second is one process. */
  readonly receivingMs: number;
}

/** What one process saw in an interval, mostly of at most {@link REPORT_MS_MAX}. */
export interface LoadReport extends Load {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

export const NO_QUEUE_LOAD: QueueLoad = {
  writeUnits: 0,
  readUnits: 0,
  messages: 0,
  lostClaims: 0,
  throttles: new Map(),
};
export const NO_CELL_LOAD: CellLoad = { writeUnits: 0, readUnits: 0, throttles: 0, failures: 0 };

/** A report covers at most this much time. What is older is known in full. */
export const REPORT_MS_MAX = 10_000;
/** Units that pay for a write unit of a report: reports cost at most a thousandth of what they tell of. */
export const UNITS_PER_REPORT_UNIT = 1_000;
/** A read unit has a fifth of a write unit's price. */
const READS_PER_WRITE = 5;
/** Throttled calls use no units and must be known soon. Twenty of them are worth a report. */
const WORTH_OF_THROTTLE = 50;
/** A process that waits costs more than a write unit each second: a report each 50 s is 0.4 % of it. */
const WORTH_OF_RECEIVING_MS = 20 / 1_000;
/** Bytes of a report's item without entries, and of an entry, as {@link encodeReport} writes them; rounded up. */
const REPORT_BYTES = 100;
/** Bytes of one entry, likewise. */
const ENTRY_BYTES = 40;

/** Write units that pay for telling of it. */
export const worthOf = ({ writeUnits = 0, readUnits = 0, throttles = 0, failures = 0 }: Partial<CellLoad>): number =>
  writeUnits + readUnits / READS_PER_WRITE + WORTH_OF_THROTTLE * (throttles + failures);

/**
 * Adds up what a process sees. A report is due when the load that it describes is a thousand times its price. A
 * process with less load reports every ten seconds with a probability: the share of the price that it has. Its numbers
 * are then divided by that share. So the sum of all reports is right on average, and reports never cost more than a
 * thousandth, however many processes there are.
 */
export class LoadTally {
  #fromMs: EpochMs;
  #worth = 0;
  #receivingMs = 0;
  readonly #queues = new Map<QueueId, Mutable<QueueLoad>>();
  readonly #cells = new Map<CellId, Mutable<CellLoad>>();
  #hotShards = 0;

  constructor(nowMs: EpochMs) {
    this.#fromMs = nowMs;
  }

  addToQueue(queue: QueueId, load: Partial<Omit<QueueLoad, 'throttles'>>): void {
    const sum = this.#queue(queue);
    sum.writeUnits += load.writeUnits ?? 0;
    sum.readUnits += load.readUnits ?? 0;
    sum.messages += load.messages ?? 0;
    sum.lostClaims += load.lostClaims ?? 0;
  }

  /** Calls turned away because the shard is hot. */
  addThrottles(queue: QueueId, shard: ShardId, count: number): void {
    const throttles = this.#queue(queue).throttles as Map<ShardId, number>;
    if (!throttles.has(shard)) this.#hotShards++;
    throttles.set(shard, (throttles.get(shard) ?? 0) + count);
    this.#worth += worthOf({ throttles: count });
  }

  /** What the cell's table used; the units of its queues are part of it. */
  addToCell(cell: CellId, load: Partial<CellLoad>): void {
    const sum = this.#cells.get(cell) ?? { ...NO_CELL_LOAD };
    this.#cells.set(cell, sum);
    sum.writeUnits += load.writeUnits ?? 0;
    sum.readUnits += load.readUnits ?? 0;
    sum.throttles += load.throttles ?? 0;
    sum.failures += load.failures ?? 0;
    this.#worth += worthOf(load);
  }

  /** Time of this process that a receive took, in milliseconds. */
  addReceiving(ms: number): void {
    this.#receivingMs += ms;
    this.#worth += WORTH_OF_RECEIVING_MS * ms;
  }

  /** Whether {@link take} has something to decide. It is called often, so it costs next to nothing. */
  isDue(nowMs: EpochMs): boolean {
    return nowMs - this.#fromMs >= REPORT_MS_MAX || this.#share() >= 1;
  }

  /**
   * The report that is due, if chance does not leave it to others; starts over either way.
   * @param luck - from 0 up to, not including, 1
   */
  take(nowMs: EpochMs, luck: number): LoadReport | undefined {
    const share = Math.min(1, this.#share());
    // The process was frozen: its load is too old to matter.
    const isOld = nowMs - this.#fromMs > 2 * REPORT_MS_MAX;
    const fromMs = Math.min(this.#fromMs, nowMs - 1) as EpochMs;
    const load = { queues: new Map(this.#queues), cells: new Map(this.#cells), receivingMs: this.#receivingMs };
    this.#startOver(nowMs);
    return isOld || luck >= share ? undefined : { fromMs, toMs: nowMs, ...scaled(load, 1 / share) };
  }

  /** Which part of its report's price it has to tell. */
  #share(): number {
    const bytes = REPORT_BYTES + ENTRY_BYTES * (this.#queues.size + this.#cells.size + this.#hotShards);
    return this.#worth / (UNITS_PER_REPORT_UNIT * Math.ceil(bytes / WRITE_UNIT_BYTES));
  }

  #queue(id: QueueId): Mutable<QueueLoad> {
    const known = this.#queues.get(id);
    if (known !== undefined) return known;
    const sum = { ...NO_QUEUE_LOAD, throttles: new Map() };
    this.#queues.set(id, sum);
    return sum;
  }

  #startOver(nowMs: EpochMs): void {
    this.#fromMs = nowMs;
    this.#worth = 0;
    this.#receivingMs = 0;
    this.#hotShards = 0;
    this.#queues.clear();
    this.#cells.clear();
  }
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** What the controller knows of the load at a moment, as rates a second. */
export interface ObservedLoad {
  /** The last ten seconds, of which not everything is told yet: at least so much. */
  readonly latest: Load;
  /** The ten seconds before, known in full. */
  readonly recent: Load;
  /** The twenty seconds before those. */
  readonly earlier: Load;
}

/** How far back reports matter. */
export const OBSERVED_MS = 4 * REPORT_MS_MAX;
/** From the middle of {@link ObservedLoad.earlier} to that of `recent`. */
export const GROWTH_MS = 1.5 * REPORT_MS_MAX;

export function observeLoad(reports: readonly LoadReport[], nowMs: EpochMs): ObservedLoad {
  const over = (from: number, to: number) =>
    ratesOver(reports, { fromMs: nowMs - from * REPORT_MS_MAX, toMs: nowMs - to * REPORT_MS_MAX });
  return { latest: over(1, 0), recent: over(2, 1), earlier: over(4, 2) };
}

/** Rates a second in a window, each report's sums spread evenly over its interval. */
function ratesOver(reports: readonly LoadReport[], window: { readonly fromMs: number; readonly toMs: number }): Load {
  const seconds = (window.toMs - window.fromMs) / 1_000;
  const queues = new Map<QueueId, Mutable<QueueLoad>>();
  const cells = new Map<CellId, Mutable<CellLoad>>();
  let receivingMs = 0;
  for (const report of reports) {
    const overlapMs = Math.min(report.toMs, window.toMs) - Math.max(report.fromMs, window.fromMs);
    if (overlapMs <= 0) continue;
    const factor = overlapMs / (report.toMs - report.fromMs) / seconds;
    for (const [id, load] of report.queues) addToQueue(entryOf(queues, id, emptyQueueLoad), load, factor);
    for (const [id, load] of report.cells) addToCell(entryOf(cells, id, emptyCellLoad), load, factor);
    receivingMs += report.receivingMs * factor;
  }
  return { queues, cells, receivingMs };
}

const emptyQueueLoad = (): Mutable<QueueLoad> => ({ ...NO_QUEUE_LOAD, throttles: new Map() });
const emptyCellLoad = (): Mutable<CellLoad> => ({ ...NO_CELL_LOAD });

function entryOf<Id, Entry>(entries: Map<Id, Entry>, id: Id, empty: () => Entry): Entry {
  const known = entries.get(id);
  if (known !== undefined) return known;
  const entry = empty();
  entries.set(id, entry);
  return entry;
}

function addToQueue(sum: Mutable<QueueLoad>, load: QueueLoad, factor: number): void {
  sum.writeUnits += load.writeUnits * factor;
  sum.readUnits += load.readUnits * factor;
  sum.messages += load.messages * factor;
  sum.lostClaims += load.lostClaims * factor;
  const throttles = sum.throttles as Map<ShardId, number>;
  for (const [shard, count] of load.throttles) throttles.set(shard, (throttles.get(shard) ?? 0) + count * factor);
}

function addToCell(sum: Mutable<CellLoad>, load: CellLoad, factor: number): void {
  sum.writeUnits += load.writeUnits * factor;
  sum.readUnits += load.readUnits * factor;
  sum.throttles += load.throttles * factor;
  sum.failures += load.failures * factor;
}

function scaled({ queues, cells, receivingMs }: Load, factor: number): Load {
  const scaledQueue = (load: QueueLoad): QueueLoad => {
    const sum = emptyQueueLoad();
    addToQueue(sum, load, factor);
    return sum;
  };
  const scaledCell = (load: CellLoad): CellLoad => {
    const sum = emptyCellLoad();
    addToCell(sum, load, factor);
    return sum;
  };
  return {
    queues: new Map([...queues].map(([id, load]) => [id, scaledQueue(load)])),
    cells: new Map([...cells].map(([id, load]) => [id, scaledCell(load)])),
    receivingMs: receivingMs * factor,
  };
}

/** A report as text: numbers in a fixed order, whole ones. */
export function encodeReport({ fromMs, toMs, queues, cells, receivingMs }: LoadReport): string {
  const whole = (...numbers: number[]) => numbers.map(Math.round);
  return JSON.stringify([
    fromMs,
    toMs - fromMs,
    [...queues].map(([id, load]) => [
      id,
      ...whole(load.writeUnits, load.readUnits, load.messages, load.lostClaims),
      ...[...load.throttles].flatMap(([shard, count]) => [shard, ...whole(count)]),
    ]),
    [...cells].map(([id, load]) => [id, ...whole(load.writeUnits, load.readUnits, load.throttles, load.failures)]),
    Math.round(receivingMs),
  ]);
}

type QueueEntry = [QueueId, number, number, number, number, ...(ShardId | number)[]];
type Report = [fromMs: EpochMs, durationMs: number, QueueEntry[], CellEntry[], receivingMs: number];
type CellEntry = [CellId, number, number, number, number];

/** Reads what {@link encodeReport} wrote. */
export function decodeReport(text: string): LoadReport {
  const [fromMs, durationMs, queues, cells, receivingMs] = JSON.parse(text) as Report;
  return {
    fromMs,
    toMs: (fromMs + durationMs) as EpochMs,
    receivingMs,
    queues: new Map(
      queues.map(([id, writeUnits, readUnits, messages, lostClaims, ...hot]) => [
        id,
        { writeUnits, readUnits, messages, lostClaims, throttles: pairsOf(hot) },
      ]),
    ),
    cells: new Map(
      cells.map(([id, writeUnits, readUnits, throttles, failures]) => [
        id,
        { writeUnits, readUnits, throttles, failures },
      ]),
    ),
  };
}

function pairsOf(flat: readonly (ShardId | number)[]): Map<ShardId, number> {
  const pairs = new Map<ShardId, number>();
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.set(flat[at] as ShardId, flat[at + 1] as number);
  return pairs;
}
