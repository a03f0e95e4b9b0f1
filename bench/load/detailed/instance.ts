import { openQueueService, type Ports, type QueueService } from '../../../src/engine/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { type CellId, cellOfKey, queueOfShard, shardOfKey } from '../../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS } from '../../../src/model/limits.ts';
import { LoadTally } from '../../../src/model/load.ts';
import type { Table } from '../world/index.ts';
import { LimitedShardStore, type StoreMeter } from './limited-shard-store.ts';

/** The storage waits of one request. */
export interface Toll {
  addedMs: number;
  isThrottled: boolean;
}

/** One function instance: the engine with caches of its own, over stores that limit it. */
export class Instance {
  readonly service: QueueService;
  readonly tally: LoadTally;
  readonly #ports: Ports;
  #toll: Toll = { addedMs: 0, isThrottled: false };
  #waitedUntilMs = 0;

  constructor(ports: Ports, tables: ReadonlyMap<CellId, Table>, onWriteUnits: (units: number) => void) {
    this.#ports = ports;
    const load = new LoadTally(ports.clock.nowMs());
    this.tally = load;
    const { clock, random } = ports;
    const meter = this.#meter(onWriteUnits);
    const shards = new LimitedShardStore({ inner: ports.shards, tables, clock, random, meter });
    // The engine sleeps only after a throttled try; waiting for messages goes through arrivals.
    const pausing = {
      nowMs: () => clock.nowMs(),
      sleep: async (ms: number) => {
        const fromMs = clock.nowMs();
        await clock.sleep(ms);
        this.#wait(fromMs);
      },
    };
    this.service = openQueueService(
      { ...ports, shards, clock: pausing, load },
      { thresholds: DEFAULT_THRESHOLDS, cells: [...tables.keys()], shardsPerQueue: 1, routeFreshMs: ROUTE_FRESH_MS },
    );
  }

  begin(): void {
    this.#toll = { addedMs: 0, isThrottled: false };
    this.#waitedUntilMs = 0;
  }

  get toll(): Toll {
    return this.#toll;
  }

  #meter(onWriteUnits: (units: number) => void): StoreMeter {
    return {
      onUnits: (shard, { write, read }) => {
        const load = { writeUnits: write, readUnits: read };
        this.tally.addToQueue(queueOfShard(shard), load);
        this.tally.addToCell(cellOfKey(shard), load);
        onWriteUnits(write);
      },
      onRefusal: (shard, by) => {
        this.#toll.isThrottled ||= by !== 'failure';
        if (by === 'partition') this.tally.addThrottles(queueOfShard(shard), shardOfKey(shard), 1);
        if (by === 'table') this.tally.addToCell(cellOfKey(shard), { throttles: 1 });
        if (by === 'failure') this.tally.addToCell(cellOfKey(shard), { failures: 1 });
      },
      onWait: (fromMs) => this.#wait(fromMs),
    };
  }

  /** Parallel waits count once. */
  #wait(fromMs: number): void {
    const nowMs: EpochMs = this.#ports.clock.nowMs();
    this.#toll.addedMs += Math.max(0, nowMs - Math.max(fromMs, this.#waitedUntilMs));
    this.#waitedUntilMs = Math.max(this.#waitedUntilMs, nowMs);
  }
}
