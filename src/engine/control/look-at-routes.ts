import { type CellStatus, type Decision, type Removal, removalOf } from '../../model/control.ts';
import { type CellId, cellOfShard } from '../../model/ids.ts';
import { type CellLoad, NO_CELL_LOAD, NO_QUEUE_LOAD, type ObservedLoad, type QueueLoad } from '../../model/load.ts';
import { type Action, DEFAULT_PLAN_LIMITS, type PlanCell } from '../../model/plan/index.ts';
import type { Queue } from '../../model/queue.ts';
import { getQueue } from '../records/index.ts';
import type { Queues, Using } from '../service.ts';
import { allQueues, planQueueOf, readCells } from './control.ts';
import { LoadReports } from './load-reports.ts';
import { planInTurns } from './plan-in-turns.ts';

/** A queue's route, its load, and what the controller does about it. */
export interface RouteLook {
  readonly queue: Queue;
  /** Rates a second, as of ten seconds ago. */
  readonly load: QueueLoad;
  /** What would change now if this were the only queue. */
  readonly planned: readonly Action[];
  /** The last changes, newest last. */
  readonly decisions: readonly Decision[];
}

/**
 * Shows how a queue is spread over shards, and why.
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: a few catalog reads, and the reports of load of the last minute.
 */
export async function lookAtRoute(service: Queues & Using<'ledger' | 'settings'>, name: string): Promise<RouteLook> {
  const queue = await getQueue(service, name);
  const [load, cells] = await Promise.all([new LoadReports().observe(service), knownCells(service)]);
  return {
    queue,
    load: load.recent.queues.get(queue.id) ?? NO_QUEUE_LOAD,
    planned: await planFor(service, [queue], { load, cells }),
    decisions: await decisionsOf(service, queue.id),
  };
}

/** A cell, its shards and load, and what the controller does about it. */
export interface CellLook {
  readonly cell: PlanCell;
  readonly status: CellStatus;
  readonly removal: Removal;
  /** Rates a second, as of ten seconds ago. */
  readonly load: CellLoad;
  /** Changes planned now that concern the cell. */
  readonly planned: readonly Action[];
  /** The last changes of the cell itself, newest last. Changes of routes are listed with their queues. */
  readonly decisions: readonly Decision[];
}

/**
 * Shows every cell of the deployment.
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: the records of all queues, two reads for each cell, the reports of load of the last minute.
 */
export async function lookAtCells(service: Using<'catalog' | 'clock' | 'ledger' | 'settings'>): Promise<CellLook[]> {
  const [load, cells, stored] = await Promise.all([
    new LoadReports().observe(service),
    knownCells(service),
    allQueues(service),
  ]);
  const queues = stored.map(({ value }) => value);
  const shards = queues.flatMap(({ route }) => route.shards);
  const planned = await planFor(service, queues, { load, cells });
  return await Promise.all(
    cells.map(async (cell) => {
      const status = (await service.catalog.get('cell', cell.id))?.value ?? NOTHING_NOTED;
      // Counted now: without a running controller, a note may be out of date.
      const shardCount = shards.filter(({ id }) => cellOfShard(id) === cell.id).length;
      return {
        cell,
        status,
        removal: removalOf({ ...status, state: cell.state, shardCount }, service.clock.nowMs()),
        load: load.recent.cells.get(cell.id) ?? NO_CELL_LOAD,
        planned: planned.filter((action) => concerns(action, cell.id)),
        decisions: await decisionsOf(service, cell.id),
      };
    }),
  );
}

/** The status until the controller has looked for the first time. */
const NOTHING_NOTED: CellStatus = { openShards: 0, drainingShards: 0 };

/** The cells, with the limits that the controller noted last: only the controller may ask the tables. */
async function knownCells(service: Using<'catalog' | 'settings'>): Promise<PlanCell[]> {
  return await readCells(service, {
    writeUnitsMax: async (id) =>
      (await service.catalog.get('cell', id))?.value.writeUnitsMax ?? Number.POSITIVE_INFINITY,
  });
}

async function planFor(
  service: Using<'clock' | 'settings'>,
  queues: readonly Queue[],
  { load, cells }: { readonly load: ObservedLoad; readonly cells: readonly PlanCell[] },
): Promise<Action[]> {
  return await planInTurns(service.clock, {
    queues: queues.map((queue) => planQueueOf(service, queue)),
    cells,
    load,
    limits: DEFAULT_PLAN_LIMITS,
    nowMs: service.clock.nowMs(),
  });
}

const decisionsOf = async ({ catalog }: Using<'catalog'>, of: string): Promise<readonly Decision[]> =>
  (await catalog.get('decisions', of))?.value.decisions ?? [];

function concerns(action: Action, cell: CellId): boolean {
  if (action.kind === 'warm') return action.cell === cell;
  if (action.kind === 'split') return action.cells.includes(cell);
  if (action.kind === 'merge') return action.shards.some((shard) => cellOfShard(shard) === cell);
  if (action.kind === 'weigh') return action.weights.some(({ shard }) => cellOfShard(shard) === cell);
  return action.moves.some(({ shard, to }) => to === cell || cellOfShard(shard) === cell);
}
