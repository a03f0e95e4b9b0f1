/** The outcome of some equal requests. */
export interface Ending {
  readonly count: number;
  /** Ended in 429 or 503 after the engine's own retries, or without an answer. */
  readonly isFailed: boolean;
  /** The store throttled it at least once, or no instance was free for it. */
  readonly isThrottled: boolean;
  /** Wait because of limits: throttled tries, pauses before the next one, the start of an instance. */
  readonly addedMs: number;
}

/** One row of a chart: rates a second over {@link ROW_MS}. */
export interface Row {
  readonly seconds: number;
  readonly offered: number;
  readonly served: number;
  readonly failed: number;
  readonly throttledShare: number;
  readonly writeUnits: number;
  /** Planned write units of the open shards. */
  readonly planned: number;
  readonly shards: number;
  readonly p99AddedMs: number;
  /** Requests whose messages wait to be received. */
  readonly waiting: number;
}

export const ROW_MS = 10_000;

/** Waits by length, each bucket 5 % longer than the previous. */
export class Waits {
  readonly #counts: number[] = [];
  #total = 0;

  add(ms: number, count: number): void {
    const bucket = ms < 1 ? 0 : 1 + Math.floor(Math.log(ms) / Math.log(1.05));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#total += count;
  }

  /** The wait that this share of requests does not exceed, in milliseconds; 0 without requests. */
  quantile(share: number): number {
    let left = this.#total * share;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      left -= this.#counts[bucket] ?? 0;
      if (left <= 0) return bucket === 0 ? 0 : 1.05 ** (bucket - 0.5);
    }
    return 0;
  }
}

/** Sums of requests, since the end of the warm-up or of one row. */
class Sums {
  requests = 0;
  failed = 0;
  throttled = 0;
  addedMs = 0;
  readonly waits = new Waits();

  add({ count, isFailed, isThrottled, addedMs }: Ending): void {
    this.requests += count;
    if (isFailed) this.failed += count;
    if (isThrottled) this.throttled += count;
    this.addedMs += addedMs * count;
    this.waits.add(addedMs, count);
  }
}

/** The shards and the store at one moment. */
export interface Standing {
  readonly shards: number;
  readonly planned: number;
  readonly waiting: number;
}

/** Adds up a run. Time is milliseconds from its start. */
export class Recorder {
  readonly rows: Row[] = [];
  readonly #warmUpMs: number;
  readonly #all = new Sums();
  readonly #groups = new Map<string, Sums>();
  #row = new Sums();
  #rowUnits = 0;
  #rowOffered = 0;
  #rowFromMs = 0;
  #writeUnits = 0;
  #shardMs = 0;
  #peakShards = 0;
  #peakProcesses = 0;
  #standing: Standing = { shards: 0, planned: 0, waiting: 0 };
  #standsSinceMs = 0;

  constructor(warmUpMs: number) {
    this.#warmUpMs = warmUpMs;
  }

  /** @param group - requests that are also counted separately */
  end(atMs: number, ending: Ending, group?: string): void {
    this.#row.add(ending);
    if (atMs < this.#warmUpMs) return;
    this.#all.add(ending);
    if (group === undefined) return;
    const sums = this.#groups.get(group) ?? new Sums();
    this.#groups.set(group, sums);
    sums.add(ending);
  }

  offer(count: number): void {
    this.#rowOffered += count;
  }

  use(writeUnits: number): void {
    this.#rowUnits += writeUnits;
    this.#writeUnits += writeUnits;
  }

  /** Notes how many processes there are; each renews the queues that it serves. */
  serve(processes: number): void {
    this.#peakProcesses = Math.max(this.#peakProcesses, processes);
  }

  /** Sets the state of the shards from now on, and closes rows; call it at least once a second. */
  stand(atMs: number, standing: Standing): void {
    this.#shardMs += this.#standing.shards * (atMs - this.#standsSinceMs);
    this.#standsSinceMs = atMs;
    this.#standing = standing;
    this.#peakShards = Math.max(this.#peakShards, standing.shards);
    if (atMs - this.#rowFromMs >= ROW_MS) this.#closeRow(atMs);
  }

  #closeRow(atMs: number): void {
    const seconds = (atMs - this.#rowFromMs) / 1_000;
    const { requests, failed, throttled, waits } = this.#row;
    this.rows.push({
      seconds: Math.round(atMs / 1_000),
      offered: this.#rowOffered / seconds,
      served: (requests - failed) / seconds,
      failed: failed / seconds,
      throttledShare: requests === 0 ? 0 : throttled / requests,
      writeUnits: this.#rowUnits / seconds,
      p99AddedMs: waits.quantile(0.99),
      ...this.#standing,
    });
    this.#row = new Sums();
    this.#rowUnits = 0;
    this.#rowOffered = 0;
    this.#rowFromMs = atMs;
  }

  /** Figures since the end of the warm-up; `shardHours` and `writeUnits` of the whole run. */
  get figures() {
    return {
      ...figuresOf(this.#all),
      writeUnits: this.#writeUnits,
      shardHours: this.#shardMs / 3_600_000,
      peakShards: this.#peakShards,
      peakProcesses: this.#peakProcesses,
    };
  }

  get groups(): Map<string, ReturnType<typeof figuresOf>> {
    return new Map([...this.#groups].map(([name, sums]) => [name, figuresOf(sums)]));
  }
}

const figuresOf = ({ requests, failed, throttled, addedMs, waits }: Sums) => ({
  requests,
  failed,
  throttled,
  meanAddedMs: requests === 0 ? 0 : addedMs / requests,
  p99AddedMs: waits.quantile(0.99),
});
