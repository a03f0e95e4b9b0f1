import { archive, control, type QueueService, reportLoad, runUpkeep } from '../engine/index.ts';
import type { Change } from '../model/change.ts';
import { isBarrier } from '../model/totals.ts';
import type { CellTables } from '../ports/cell-tables.ts';
import type { Log, LogFields } from './log.ts';

export interface ChangeBatch {
  readonly changes: readonly Change[];
  /** The position after the last change. */
  readonly upTo: number;
}

/** The changes of the store, batch by batch. */
export interface Feed {
  /** Waits for changes that were not acknowledged; `undefined` once the feed is closed. */
  read(): Promise<ChangeBatch | undefined>;
  acknowledge(upTo: number): void;
  close(): void;
}

/** How often the controller and the upkeep jobs run. */
const UPKEEP_EVERY_MS = 60_000;
/** A process reports its load at most every ten seconds. */
const REPORT_EVERY_MS = 5_000;
/** On one machine only the machine limits a cell. */
const BOUNDLESS_TABLES: CellTables = {
  writeUnitsMax: async () => Number.POSITIVE_INFINITY,
  warm: async () => {},
  // Cells never leave one machine.
  isEmpty: async () => false,
};
/** A batch waits this long for more changes, unless it is full or a caller waits for it behind a barrier. */
const GATHER_MS_MAX = 240;
/** Between two looks for more changes, in milliseconds. */
const GATHER_PAUSE_MS = 20;
/** A batch of this many changes is full and waits for no more. */
const GATHERED_CHANGES = 2_000;
/** A failed batch is retried after this. */
const RETRY_MS = 1_000;
/** Running upkeep gets this long when the server ends. It may die between any two steps; the next run continues. */
const CLOSE_MS_MAX = 800;

/** A deployment's background work on one machine: follows the change feed, fits routes, and runs the upkeep jobs. */
export class Background {
  readonly #service: QueueService;
  readonly #feed: Feed;
  readonly #log: Log;
  readonly #following: Promise<void>;
  readonly #timers: readonly NodeJS.Timeout[];
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(service: QueueService, feed: Feed, log: Log) {
    this.#service = service;
    this.#feed = feed;
    this.#log = log;
    this.#following = this.#follow();
    this.#timers = [
      setInterval(() => this.#tick(), UPKEEP_EVERY_MS),
      setInterval(() => this.#reportLoad(), REPORT_EVERY_MS),
    ];
    this.#tick();
  }

  /** Stops; running work may finish within `CLOSE_MS_MAX`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#feed.close();
    await Promise.race([Promise.all([this.#following, this.#working]), this.#service.clock.sleep(CLOSE_MS_MAX)]);
  }

  async #follow(): Promise<void> {
    while (!this.#isClosed) {
      let batch: ChangeBatch | undefined;
      try {
        batch = await this.#gather();
        if (batch === undefined) return;
        await archive(this.#service, batch.changes);
        this.#feed.acknowledge(batch.upTo);
      } catch (error) {
        this.#report('archiveFailed', error, { changes: batch?.changes.length ?? 0 });
        if (!this.#isClosed) await this.#service.clock.sleep(RETRY_MS);
      }
    }
  }

  /** One run at a time: a run that exceeds its minute may finish. */
  #tick(): void {
    this.#working ??= this.#keepUp().finally(() => {
      this.#working = undefined;
    });
  }

  #reportLoad(): void {
    reportLoad(this.#service).catch((error: unknown) => this.#report('loadNotReported', error));
  }

  /** Waits a moment for more changes, so that a quiet queue does not become an archive object for each message. */
  async #gather(): Promise<ChangeBatch | undefined> {
    let batch = await this.#feed.read();
    let looked = 0;
    for (let waitedMs = 0; waitedMs < GATHER_MS_MAX && !this.#isClosed; waitedMs += GATHER_PAUSE_MS) {
      if (batch === undefined || batch.changes.length >= GATHERED_CHANGES) break;
      if (batch.changes.slice(looked).some(isBarrier)) break;
      looked = batch.changes.length;
      await this.#service.clock.sleep(GATHER_PAUSE_MS);
      // Unacknowledged changes come again, together with newer ones.
      batch = await this.#feed.read();
    }
    return batch;
  }

  async #keepUp(): Promise<void> {
    await control(this.#service, { tables: BOUNDLESS_TABLES, untilMs: this.#service.clock.nowMs() }).catch(
      (error: unknown) => this.#report('controlFailed', error),
    );
    for (const { job, error } of await runUpkeep(this.#service)) this.#report('upkeepFailed', error, { job });
  }

  /** A failure because the store was closed meanwhile is no problem. */
  #report(event: string, error: unknown, fields?: LogFields): void {
    if (!this.#isClosed) this.#log.error(event, error, fields);
  }
}
