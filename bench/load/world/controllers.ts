import { withAction } from '../../../src/engine/control/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { cellOfShard, type QueueId, type ShardId, shardKey } from '../../../src/model/ids.ts';
import { type ObservedLoad, observeLoad, REPORT_MS_MAX } from '../../../src/model/load.ts';
import { type Action, DEFAULT_PLAN_LIMITS, plan, SHARD_WRITE_UNITS } from '../../../src/model/plan/index.ts';
import type { Queue } from '../../../src/model/queue.ts';
import { openShards, type RouteShard } from '../../../src/model/route.ts';
import type { Deployment } from './deployment.ts';
import { placeOf } from './table.ts';

/** Decides over routes. Time is absolute; it is called once a second. */
export interface Controller {
  step(deployment: Deployment, nowMs: EpochMs): void;
}

/** `held` keeps the shards that a scenario starts with. */
export type ControllerName = 'plan' | 'fixed1' | 'fixed64' | 'oracle' | 'held';

/** An empty draining shard leaves after the longest request by the oldest route. */
const DRAINED_AFTER_MS = 40_000;
const MINUTE_MS = 60_000;
const ROUND_MS = 5_000;
/** Least time between two wake-ups by throttled calls. */
const WAKE_MS = 10_000;
/** As in the deployed controller: a queue above this fraction of its planned load is looked at again soon. */
const BUSY = 0.25;
const SHARDS_MAX = 500;
const OBSERVED_MS = 5 * REPORT_MS_MAX;

export interface Decision {
  readonly atMs: number;
  readonly action: Action;
}

/** The deployed decision code, at its real times. */
export class PlanController implements Controller {
  readonly decisions: Decision[] = [];
  isAlive = true;
  readonly #isEmpty: (queue: QueueId, shard: ShardId) => boolean;
  #minuteAtMs = Number.NEGATIVE_INFINITY;
  #roundAtMs = Number.NEGATIVE_INFINITY;
  #isBusy = false;

  constructor(isEmpty: (queue: QueueId, shard: ShardId) => boolean) {
    this.#isEmpty = isEmpty;
  }

  step(deployment: Deployment, nowMs: EpochMs): void {
    forgetReports(deployment, nowMs);
    if (!this.isAlive) return;
    const isMinute = nowMs - this.#minuteAtMs >= MINUTE_MS;
    const isRound = this.#isBusy && nowMs - this.#roundAtMs >= ROUND_MS;
    const isWoken = nowMs - this.#roundAtMs >= WAKE_MS && isThrottled(deployment, nowMs);
    if (!isMinute && !isRound && !isWoken) return;
    this.#roundAtMs = nowMs;
    this.#round(deployment, nowMs);
    if (!isMinute) return;
    this.#minuteAtMs = nowMs;
    for (const queue of deployment.queues) this.#removeDrained(deployment, queue, nowMs);
  }

  #round(deployment: Deployment, nowMs: EpochMs): void {
    const { cells, queues } = deployment;
    const load = observeLoad(deployment.reports, nowMs);
    const actions = plan({ queues: queues.map(planQueueOf), cells, load, limits: DEFAULT_PLAN_LIMITS, nowMs });
    for (const action of actions) {
      this.decisions.push({ atMs: nowMs, action });
      if (action.kind === 'warm') deployment.tables.get(action.cell)?.warm(action.writeUnits, nowMs);
      else {
        const changed = withAction(deployment.queue(action.queueId), action, nowMs);
        if (changed !== undefined) deployment.change(changed, nowMs);
      }
    }
    this.#isBusy = actions.length > 0 || queues.some((queue) => isBusy(queue, load));
  }

  #removeDrained(deployment: Deployment, queue: Queue, nowMs: EpochMs): void {
    const left = queue.route.shards.filter(
      ({ id, state, sinceMs }) =>
        state === 'open' || nowMs - sinceMs <= DRAINED_AFTER_MS || !this.#isEmpty(queue.id, id),
    );
    if (left.length === queue.route.shards.length) return;
    deployment.change({ ...queue, route: { version: queue.route.version + 1, shards: left } }, nowMs);
  }
}

/** Every controller drops reports older than any that are read. */
function forgetReports({ reports }: Deployment, nowMs: number): void {
  const kept = reports.findIndex(({ toMs }) => toMs > nowMs - OBSERVED_MS);
  reports.splice(0, kept === -1 ? reports.length : kept);
}

const isThrottled = ({ reports }: Deployment, nowMs: number): boolean =>
  reports.some(({ toMs, queues }) => {
    return toMs > nowMs - WAKE_MS && [...queues.values()].some(({ throttles }) => throttles.size > 0);
  });

const planQueueOf = ({ id, route, settings }: Queue) => {
  return { id, shards: route.shards, min: settings.shards?.min ?? 1, max: settings.shards?.max ?? SHARDS_MAX };
};

function isBusy(queue: Queue, { latest, recent }: ObservedLoad): boolean {
  const now = latest.queues.get(queue.id);
  const units = Math.max(now?.writeUnits ?? 0, recent.queues.get(queue.id)?.writeUnits ?? 0);
  return units > BUSY * SHARD_WRITE_UNITS * openShards(queue.route).length || (now?.throttles.size ?? 0) > 0;
}

/** Keeps routes unchanged: that many shards for each queue from the start. */
export class FixedController implements Controller {
  step(deployment: Deployment, nowMs: EpochMs): void {
    forgetReports(deployment, nowMs);
  }
}

/**
 * Knows the load and the bounds of partitions. Each second it chooses the fewest shards that serve the load as planned,
 * each in a partition of its own while there are any. Its routes are known everywhere at once, and the deliveries of a
 * removed shard move to another one.
 */
export class OracleController implements Controller {
  readonly #unitsOf: (queue: Queue, nowMs: number) => number;

  constructor(unitsOf: (queue: Queue, nowMs: number) => number) {
    this.#unitsOf = unitsOf;
  }

  step(deployment: Deployment, nowMs: EpochMs): void {
    forgetReports(deployment, nowMs);
    for (const queue of deployment.queues) {
      const needed = Math.max(1, Math.ceil(this.#unitsOf(queue, nowMs) / SHARD_WRITE_UNITS));
      const stays = queue.route.shards.filter(({ id }) => !isBad(deployment, id));
      if (needed === stays.length && stays.length === queue.route.shards.length) continue;
      const kept = { ...queue, route: { ...queue.route, shards: stays.slice(0, needed) } };
      const missing = Math.max(0, needed - stays.length);
      const isAlone = (id: ShardId, others: readonly RouteShard[]) =>
        !others.some((other) => isTogether(deployment, queue.id, [id, other.id]));
      deployment.change(deployment.withShards(kept, missing, nowMs, isAlone), nowMs);
    }
  }
}

function isTogether({ tables }: Deployment, queue: QueueId, [one, other]: readonly [ShardId, ShardId]): boolean {
  const cell = cellOfShard(one);
  if (cellOfShard(other) !== cell) return false;
  const partitionOf = (id: ShardId) => tables.get(cell)?.partitionAt(placeOf(shardKey(queue, id)));
  return partitionOf(one) === partitionOf(other);
}

function isBad({ leaving, tables }: Deployment, shard: ShardId): boolean {
  const cell = cellOfShard(shard);
  return leaving.has(cell) || tables.get(cell)?.isFailing === true;
}
