import { assert } from '../../../src/model/assert.ts';
import {
  BURST_SECONDS,
  FRESH_PARTITIONS,
  HEAT_SPLIT_MS,
  HEAT_SPLIT_SHARE,
  PARTITION_READ_UNITS,
  PARTITION_WRITE_UNITS,
  TABLE_DOUBLING_MS,
  TABLE_WRITE_UNITS_MAX,
  WARM_MS,
} from './constants.ts';

/** A table's answer to a request for units: how many it grants, and why not the others. */
export interface Grant {
  readonly granted: number;
  readonly refusedBy?: 'partition' | 'table' | 'failure';
}

const MINUTE_MS = 60_000;

/** Units that refill evenly; at most {@link BURST_SECONDS} of them are kept. */
class Bucket {
  #tokens: number;
  #atMs: number;

  constructor(unitsPerSecond: number, nowMs: number) {
    this.#tokens = unitsPerSecond * BURST_SECONDS;
    this.#atMs = nowMs;
  }

  available(unitsPerSecond: number, nowMs: number): number {
    const gained = ((nowMs - this.#atMs) / 1_000) * unitsPerSecond;
    this.#tokens = Math.min(unitsPerSecond * BURST_SECONDS, this.#tokens + gained);
    this.#atMs = nowMs;
    return this.#tokens;
  }

  take(units: number): void {
    this.#tokens -= units;
  }
}

/**
 * Gives all units requested in one step the same chance, in any order: estimates the share to grant from the requests
 * of the last step.
 */
class Turnstile {
  #atMs = Number.NaN;
  #before = 0;
  #asked = 0;
  #capacity = 0;

  share(units: number, available: number, nowMs: number): number {
    if (nowMs !== this.#atMs) {
      this.#atMs = nowMs;
      this.#before = this.#asked;
      this.#asked = 0;
      this.#capacity = available;
    }
    this.#asked += units;
    return Math.max(0, Math.min(1, this.#capacity / Math.max(this.#asked, this.#before)));
  }
}

/** Holds all keys whose place lies from `from` up to, not including, `to`. */
class Partition {
  readonly from: number;
  readonly to: number;
  readonly writes: Bucket;
  readonly reads: Bucket;
  readonly turnstile = new Turnstile();
  /** Units written to each place since the last look. */
  readonly written = new Map<number, number>();
  hotSinceMs: number | undefined;

  constructor(from: number, to: number, nowMs: number) {
    this.from = from;
    this.to = to;
    this.writes = new Bucket(PARTITION_WRITE_UNITS, nowMs);
    this.reads = new Bucket(PARTITION_READ_UNITS, nowMs);
  }
}

/**
 * A DynamoDB on-demand table under load. Keys are places from 0 up to, not including, 1; a partition holds a range of
 * them. Time must not go back, and `look` must be called every few seconds.
 */
export class Table {
  /** All its requests fail. */
  isFailing = false;
  #partitions: Partition[] = [];
  readonly #writes: Bucket;
  readonly #turnstile = new Turnstile();
  #servedMax: number;
  /** Highest load of each past minute, in units a second, oldest first. */
  readonly #minutes: { readonly atMs: number; readonly peak: number }[] = [];
  #minute: { atMs: number; written: number };
  #matureMax = 0;
  #warming: { readonly units: number; readonly fromMs: number } | undefined;
  #lookedAtMs: number;

  /** @param warmUnits - write units a second it was warmed to before; at least those of a fresh one */
  constructor(nowMs: number, warmUnits = 0) {
    this.#servedMax = Math.min(TABLE_WRITE_UNITS_MAX, Math.max(FRESH_PARTITIONS * PARTITION_WRITE_UNITS, warmUnits));
    const count = Math.ceil(this.#servedMax / PARTITION_WRITE_UNITS);
    for (let number = 0; number < count; number++) {
      this.#partitions.push(new Partition(number / count, (number + 1) / count, nowMs));
    }
    this.#writes = new Bucket(this.#servedMax, nowMs);
    this.#minute = { atMs: nowMs, written: 0 };
    this.#lookedAtMs = nowMs;
  }

  /** Write units a second that it serves now, if they spread over its partitions. */
  get writeUnitsMax(): number {
    return this.#servedMax;
  }

  get partitionCount(): number {
    return this.#partitions.length;
  }

  /** The start of the partition that holds the place. */
  partitionAt(place: number): number {
    return this.#partitionOf(place).from;
  }

  /** Requests write units of one key, each as its own request. */
  write(place: number, units: number, nowMs: number): Grant {
    if (this.isFailing) return { granted: 0, refusedBy: 'failure' };
    const partition = this.#partitionOf(place);
    const inTable = Math.floor(this.#writes.available(this.#servedMax, nowMs));
    const inPartition = Math.floor(partition.writes.available(PARTITION_WRITE_UNITS, nowMs));
    return this.#use(partition, place, { units, ofTable: inTable, ofPartition: inPartition });
  }

  /**
   * The same for all requests of one step, at the same `nowMs`, in any order: each gets its share. Their sum may exceed
   * the capacity a little; the next step repays it.
   * @param luck - from 0 up to, not including, 1; rounds a fraction of a unit
   */
  writeTogether(place: number, units: number, nowMs: number, luck: number): Grant {
    if (this.isFailing) return { granted: 0, refusedBy: 'failure' };
    const partition = this.#partitionOf(place);
    const inTable = this.#writes.available(this.#servedMax, nowMs);
    const inPartition = partition.writes.available(PARTITION_WRITE_UNITS, nowMs);
    const ofTable = Math.floor(units * this.#turnstile.share(units, inTable, nowMs) + luck);
    const ofPartition = Math.floor(units * partition.turnstile.share(units, inPartition, nowMs) + luck);
    return this.#use(partition, place, { units, ofTable, ofPartition });
  }

  #use(
    partition: Partition,
    place: number,
    { units, ofTable, ofPartition }: { readonly units: number; readonly ofTable: number; readonly ofPartition: number },
  ): Grant {
    const granted = Math.max(0, Math.min(units, ofTable, ofPartition));
    this.#writes.take(granted);
    partition.writes.take(granted);
    this.#minute.written += granted;
    partition.written.set(place, (partition.written.get(place) ?? 0) + granted);
    if (granted === units) return { granted };
    return { granted, refusedBy: ofPartition < ofTable ? 'partition' : 'table' };
  }

  /** Requests read units of one key. */
  read(place: number, units: number, nowMs: number): Grant {
    if (this.isFailing) return { granted: 0, refusedBy: 'failure' };
    const { reads } = this.#partitionOf(place);
    const granted = Math.min(units, Math.floor(reads.available(PARTITION_READ_UNITS, nowMs)));
    reads.take(granted);
    return granted === units ? { granted } : { granted, refusedBy: 'partition' };
  }

  /** Requests capacity ahead of a peak; it is ready after {@link WARM_MS}. Capacity never shrinks. */
  warm(unitsPerSecond: number, nowMs: number): void {
    this.#warming ??= { units: unitsPerSecond, fromMs: nowMs + WARM_MS };
  }

  /** Lets the table adapt to the observed load. */
  look(nowMs: number): void {
    this.#endMinute(nowMs);
    this.#grow(nowMs);
    const seconds = (nowMs - this.#lookedAtMs) / 1_000;
    this.#lookedAtMs = nowMs;
    if (seconds <= 0) return;
    for (const partition of this.#partitions.slice()) this.#splitForHeat(partition, seconds, nowMs);
  }

  #endMinute(nowMs: number): void {
    const lengthMs = nowMs - this.#minute.atMs;
    if (lengthMs < MINUTE_MS) return;
    this.#minutes.push({ atMs: nowMs, peak: (this.#minute.written / lengthMs) * 1_000 });
    this.#minute = { atMs: nowMs, written: 0 };
    while (this.#minutes[0] !== undefined && this.#minutes[0].atMs <= nowMs - TABLE_DOUBLING_MS) {
      this.#matureMax = Math.max(this.#matureMax, this.#minutes[0].peak);
      this.#minutes.shift();
    }
  }

  #grow(nowMs: number): void {
    const warmed = this.#warming !== undefined && this.#warming.fromMs <= nowMs ? this.#warming.units : 0;
    if (warmed > 0) this.#warming = undefined;
    this.#servedMax = Math.min(TABLE_WRITE_UNITS_MAX, Math.max(this.#servedMax, 2 * this.#matureMax, warmed));
    while (this.#partitions.length * PARTITION_WRITE_UNITS < this.#servedMax) {
      this.#partitions = this.#partitions.flatMap((one) => halves(one, (one.from + one.to) / 2, nowMs));
    }
  }

  /** Splits only between two keys: a single hot key stays hot. */
  #splitForHeat(partition: Partition, seconds: number, nowMs: number): void {
    const { written } = partition;
    const total = [...written.values()].reduce((sum, units) => sum + units, 0);
    const isHot = total >= HEAT_SPLIT_SHARE * PARTITION_WRITE_UNITS * seconds;
    partition.hotSinceMs = isHot ? (partition.hotSinceMs ?? nowMs) : undefined;
    const isRipe = partition.hotSinceMs !== undefined && nowMs - partition.hotSinceMs >= HEAT_SPLIT_MS;
    if (isRipe && written.size > 1) {
      const index = this.#partitions.indexOf(partition);
      this.#partitions.splice(index, 1, ...halves(partition, fairestCut(written, total), nowMs));
    }
    written.clear();
  }

  #partitionOf(place: number): Partition {
    let low = 0;
    let high = this.#partitions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#partitions[middle] as Partition).from <= place) low = middle;
      else high = middle - 1;
    }
    return this.#partitions[low] as Partition;
  }
}

const halves = ({ from, to }: Partition, cut: number, nowMs: number): Partition[] => [
  new Partition(from, cut, nowMs),
  new Partition(cut, to, nowMs),
];

/** The cut between two keys that divides the load most evenly. */
function fairestCut(written: ReadonlyMap<number, number>, total: number): number {
  const places = [...written.keys()].sort((one, other) => one - other);
  let best: { cut: number; difference: number } | undefined;
  let before = 0;
  for (const [index, place] of places.slice(0, -1).entries()) {
    before += written.get(place) ?? 0;
    const difference = Math.abs(total - 2 * before);
    if (best === undefined || difference < best.difference) {
      best = { cut: (place + (places[index + 1] as number)) / 2, difference };
    }
  }
  assert(best !== undefined, 'a partition is cut between two keys');
  return best.cut;
}

/** The place of a key: even and unpredictable, like DynamoDB's own hash. */
export function placeOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
