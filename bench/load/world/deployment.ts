import type { EpochMs } from '../../../src/model/brand.ts';
import {
  type CellId,
  cellId,
  cellOfShard,
  QUEUE_ID_LENGTH,
  type QueueId,
  type ShardId,
  shardId,
} from '../../../src/model/ids.ts';
import type { LoadReport } from '../../../src/model/load.ts';
import { type PlanCell, SHARD_WRITE_UNITS } from '../../../src/model/plan/index.ts';
import { DEFAULT_SETTINGS, type Queue } from '../../../src/model/queue.ts';
import { openShards, type RouteShard, weighing } from '../../../src/model/route.ts';
import type { Random } from '../../../src/ports/random.ts';
import type { Scenario } from './scenarios.ts';
import { Table } from './table.ts';

/** A change of a route and its time: processes learn of it over the following seconds. */
export interface RouteVersion {
  readonly fromMs: number;
  readonly queue: Queue;
  readonly openCount: number;
}

/** What a controller sees and changes: routes, tables, and reports of processes. */
export class Deployment {
  readonly tables: ReadonlyMap<CellId, Table>;
  readonly leaving = new Set<CellId>();
  /** Newest last. */
  readonly reports: LoadReport[] = [];
  readonly #versions = new Map<QueueId, RouteVersion[]>();
  readonly #onRoute: (queue: Queue) => void;

  constructor(scenario: Scenario, options: { nowMs: EpochMs; random: Random; onRoute?: (queue: Queue) => void }) {
    const { nowMs, random } = options;
    this.#onRoute = options.onRoute ?? (() => {});
    this.tables = new Map(scenario.cells.map((units, number) => [cellId(number), new Table(nowMs, units)]));
    for (const { name, shards, secondWeight = 1, announced } of scenario.queues) {
      const id = random.text(QUEUE_ID_LENGTH) as QueueId;
      const settings = announced === undefined ? DEFAULT_SETTINGS : { ...DEFAULT_SETTINGS, shards: announced };
      const head = { name, id, createdAtMs: nowMs, settings, purges: [] };
      const queue = { ...head, route: { version: 1, shards: [] }, nextShardNumber: 0 };
      const opened = this.withShards(queue, shards, nowMs);
      const weighed = opened.route.shards.map((shard, index) => weighing(shard, index % 2 ? secondWeight : 1, nowMs));
      const started = { ...opened, route: { ...opened.route, shards: weighed } };
      this.#versions.set(id, [versionOf(started, Number.NEGATIVE_INFINITY)]);
    }
  }

  get cells(): PlanCell[] {
    return [...this.tables].map(([id, table]) => {
      return { id, state: this.leaving.has(id) ? 'leaving' : 'open', writeUnitsMax: table.writeUnitsMax };
    });
  }

  get queues(): Queue[] {
    return [...this.#versions.values()].map((versions) => (versions.at(-1) as RouteVersion).queue);
  }

  queue(id: QueueId): Queue {
    return (this.versionsOf(id).at(-1) as RouteVersion).queue;
  }

  /** Open shards of a queue. */
  openCount(id: QueueId): number {
    return this.versionsOf(id).at(-1)?.openCount ?? 0;
  }

  /** All shards, and the planned write units a second of the open ones; called every second. */
  get standing(): { readonly shards: number; readonly planned: number } {
    let [shards, open] = [0, 0];
    for (const versions of this.#versions.values()) {
      const { queue, openCount } = versions.at(-1) as RouteVersion;
      shards += queue.route.shards.length;
      open += openCount;
    }
    return { shards, planned: open * SHARD_WRITE_UNITS };
  }

  /** Routes of a queue that a process may still use, oldest first. */
  versionsOf(id: QueueId): readonly RouteVersion[] {
    return this.#versions.get(id) ?? [];
  }

  change(queue: Queue, nowMs: number): void {
    const before = this.versionsOf(queue.id);
    this.#versions.set(queue.id, [...before, versionOf(queue, nowMs)]);
    this.#onRoute(queue);
  }

  /** Forgets routes that every process has replaced. */
  forget(olderMs: number): void {
    for (const [id, versions] of this.#versions) {
      const first = versions.findLastIndex(({ fromMs }) => fromMs <= olderMs);
      if (first > 0) this.#versions.set(id, versions.slice(first));
    }
  }

  /**
   * The queue with that many more open shards, in the cells with the fewest.
   * @param isFit - numbers it rejects are skipped, at most {@link PASSED_OVER_MAX} for each shard
   */
  withShards(
    queue: Queue,
    count: number,
    nowMs: EpochMs,
    isFit: (id: ShardId, others: readonly RouteShard[]) => boolean = () => true,
  ): Queue {
    const shards: RouteShard[] = [...queue.route.shards];
    const open = [...this.tables].flatMap(([cell, table]) => (this.leaving.has(cell) || table.isFailing ? [] : [cell]));
    let number = queue.nextShardNumber;
    for (let added = 0; added < count; added++) {
      const held = (cell: CellId) => openShards({ shards }).filter(({ id }) => cellOfShard(id) === cell).length;
      const cell = open.toSorted((one, other) => held(one) - held(other))[0] as CellId;
      for (let passed = 0; passed < PASSED_OVER_MAX && !isFit(shardId(cell, number), shards); passed++) number++;
      shards.push({ id: shardId(cell, number++), state: 'open', sinceMs: nowMs });
    }
    const route = { version: queue.route.version + 1, shards };
    return { ...queue, route, nextShardNumber: number };
  }
}

const PASSED_OVER_MAX = 200;

const versionOf = (queue: Queue, fromMs: number): RouteVersion => {
  return { fromMs, queue, openCount: openShards(queue.route).length };
};
