import { type RouteAction, withAction } from '../../src/engine/control/change-route.ts';
import { control, type QueueService } from '../../src/engine/index.ts';
import { type CellId, cellId } from '../../src/model/ids.ts';
import type { Queue } from '../../src/model/queue.ts';
import { openShards } from '../../src/model/route.ts';
import type { CellTables } from '../../src/ports/cell-tables.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { DEAD_LETTERS, QUEUE, type Workload } from './workload.ts';
import type { Deployment } from './world.ts';

const CELLS = [cellId(0), cellId(1)];
const TABLES: CellTables = { writeUnitsMax: async () => 4_000, warm: async () => {}, isEmpty: async () => false };

/** Share of the changes that are a purge. */
const PURGES = 0.03;

export interface Pace {
  /** Longest pause between two changes of routes, in milliseconds. */
  readonly pauseMs: number;
  /** Changes before it is over. */
  readonly changes: number;
  /** Share of the changes that make a cell silent for a while. */
  readonly failures: number;
}

/** An operator who splits, merges and relocates at random, and controllers that repair it, two of them at once. */
export class RouteChanges {
  readonly #deployment: Deployment;
  readonly #workload: Workload;
  readonly #random: SeededRandom;
  readonly #pace: Pace;
  #isOver = false;

  constructor(deployment: Deployment, workload: Workload, { random, pace }: { random: SeededRandom; pace: Pace }) {
    this.#deployment = deployment;
    this.#workload = workload;
    this.#random = random;
    this.#pace = pace;
  }

  /** Changes routes until told to stop. */
  async run(): Promise<void> {
    await Promise.all([this.#change(), this.#control(), this.#control()]);
  }

  stop(): void {
    this.#isOver = true;
  }

  async #change(): Promise<void> {
    for (let left = this.#pace.changes; left > 0 && !this.#isOver; left--) {
      await this.#deployment.sleep(this.#random.below(this.#pace.pauseMs));
      if (this.#random.chance(this.#pace.failures)) await this.#failCell();
      else if (this.#random.chance(PURGES)) await this.#purge();
      else await this.#changeRoute(this.#random.chance(0.8) ? QUEUE : DEAD_LETTERS);
    }
  }

  /** Not in a world with a purge of its own, which it may undo. */
  async #purge(): Promise<void> {
    if (this.#workload.plan.ending === 'none') await this.#workload.orders.purge();
  }

  async #failCell(): Promise<void> {
    this.#deployment.failCell(this.#random.pick(CELLS));
    await this.#deployment.sleep(this.#random.between(500, 20_000));
    this.#deployment.failCell(undefined);
  }

  async #changeRoute(name: string): Promise<void> {
    const random = this.#random.fork();
    await this.#deployment.call('change route', async (service) => {
      const stored = await service.catalog.get('queue', name);
      if (stored === undefined || stored.value.deletedAtMs !== undefined) return;
      const action = drawAction(stored.value, random);
      const changed = action && withAction(stored.value, action, service.clock.nowMs());
      if (changed === undefined) return;
      if ((await service.catalog.tryPut('queue', name, changed, stored.version)) === 'done')
        this.#deployment.count(`route ${action?.kind}`);
    });
  }

  /** Like the minute, and a function whose calls are throttled: some runs do not see the lease of others. */
  async #control(): Promise<void> {
    // The discarder may take an hour for a purge; a run in ten minutes is enough then.
    for (let run = 0; !this.#isOver; run++) {
      const pauseMs = run < this.#pace.changes ? this.#pace.pauseMs : 60 * this.#pace.pauseMs;
      await this.#deployment.sleep(this.#random.between(1_000, 2 * pauseMs + 20_000));
      const isBlind = this.#random.chance(0.3);
      const leaving = this.#random.chance(0.1) ? this.#random.pick(CELLS) : undefined;
      await this.#deployment.call('control', (service) => controlOnce(service, { isBlind, leaving }));
    }
  }
}

/** One round of the controller, over all queues. */
export async function controlOnce(
  service: QueueService,
  { isBlind = false, leaving }: { readonly isBlind?: boolean; readonly leaving?: CellId | undefined } = {},
): Promise<void> {
  const cells = CELLS.filter((cell) => cell !== leaving);
  const leavingCells = leaving === undefined ? [] : [leaving];
  const settings = { ...service.settings, cells, leavingCells };
  const catalog = isBlind ? blindToLease(service.catalog) : service.catalog;
  await control({ ...service, settings, catalog }, { tables: TABLES, untilMs: service.clock.nowMs() });
}

/** Hides the lease of another running controller. */
function blindToLease(catalog: QueueService['catalog']): QueueService['catalog'] {
  return {
    get: async (kind, ...record) => (kind === 'controlLease' ? undefined : await catalog.get(kind, ...record)),
    queueVersion: (name) => catalog.queueVersion(name),
    tryPut: async (kind, name, value, version) =>
      kind === 'controlLease' ? 'done' : await catalog.tryPut(kind, name, value, version),
    tryRemove: (kind, name, version) => catalog.tryRemove(kind, name, version),
    list: (kind, range) => catalog.list(kind, range),
  };
}

function drawAction(queue: Queue, random: SeededRandom): RouteAction | undefined {
  const open = openShards(queue.route).map(({ id }) => id);
  const some = open.filter(() => random.chance(0.5));
  const shared = { queueId: queue.id, cause: 'chance' };
  const kind = open.length > 6 ? 'merge' : random.pick(['split', 'merge', 'relocate', 'weigh'] as const);
  if (kind === 'split') return { ...shared, kind, cells: [random.pick(CELLS), ...(random.chance(0.5) ? CELLS : [])] };
  if (some.length === 0) return undefined;
  if (kind === 'merge') return some.length < open.length ? { ...shared, kind, shards: some } : undefined;
  if (kind === 'weigh') {
    return { ...shared, kind, weights: some.map((shard) => ({ shard, weight: random.pick([0.05, 0.5, 1]) })) };
  }
  return { ...shared, kind, moves: some.map((shard) => ({ shard, to: random.pick(CELLS) })) };
}
