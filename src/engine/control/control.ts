import { isDeepStrictEqual } from 'node:util';
import type { EpochMs } from '../../model/brand.ts';
import { type Decision, whatOf, withDecisions } from '../../model/control.ts';
import { groupBy } from '../../model/group-by.ts';
import { type CellId, cellOfShard, type QueueId } from '../../model/ids.ts';
import { NO_QUEUE_LOAD, type ObservedLoad } from '../../model/load.ts';
import {
  type Action,
  DEFAULT_PLAN_LIMITS,
  type PlanCell,
  type PlanQueue,
  SHARD_WRITE_UNITS,
} from '../../model/plan/index.ts';
import type { Queue } from '../../model/queue.ts';
import { openShards } from '../../model/route.ts';
import type { Stored } from '../../ports/catalog.ts';
import type { CellTables } from '../../ports/cell-tables.ts';
import type { Clock } from '../../ports/clock.ts';
import { Breather } from '../memory/index.ts';
import { everyQueue, tryChangeRecord, withFreeNumbers } from '../records/index.ts';
import type { Controlling, Queues, Records, Using } from '../service.ts';
import { addedCount, type RouteAction, withAction } from './change-route.ts';
import { ControlLease } from './control-lease.ts';
import { lookAtRemoved, tendDraining } from './drained-shards.ts';
import { lookIfEmpty } from './emptied-cells.ts';
import { LoadReports } from './load-reports.ts';
import { planInTurns } from './plan-in-turns.ts';
import { publishLongestWait } from './publish-wait.ts';

export interface ControlOptions {
  readonly tables: CellTables;
  /** No round begins later than this. */
  readonly untilMs: EpochMs;
  /** Called after each change; must not throw. */
  readonly onDecision?: (of: QueueId | CellId, decision: Decision) => void;
}

/** Pause between two rounds of a run. */
const ROUND_MS = 5_000;
/** A queue above this fraction of its shards' planned load may need more of them before the next minute. */
const BUSY = 0.25;
/** Shards of a queue that sets no maximum: its route still takes few units to read. */
const SHARDS_MAX = 500;
/** Queues worked on at once: it hides round trips. */
const AT_ONCE = 16;

/**
 * Fits the routes of all queues to the load, in short rounds while a queue is busy. Runs do not overlap. A run may die
 * between any two steps: each change is one conditional update of one route, planned from the stored state.
 *
 * @returns whether this run held the lease
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: a read and a write for its lease; the queues' records once a run; the reports of load once a round;
 * one read of the table of each leaving cell that has no shards; one of the longest wait a round.
 */
export async function control(service: Controlling, options: ControlOptions): Promise<boolean> {
  const lease = new ControlLease(service);
  if (!(await lease.tryHold())) return false;
  const run = new ControlRun(service, options);
  for (let isBusy = await run.roundOverAll(); isBusy; isBusy = await run.roundOverBusy()) {
    if (service.clock.nowMs() + ROUND_MS > options.untilMs) break;
    await service.clock.sleep(ROUND_MS);
    if (!(await lease.tryHold())) return true;
  }
  await lease.release();
  return true;
}

/** What one run remembers between rounds. */
class ControlRun {
  readonly #service: Controlling;
  readonly #options: ControlOptions;
  readonly #reports = new LoadReports();
  readonly #names = new Map<QueueId, string>();
  #cells: readonly PlanCell[] = [];

  constructor(service: Controlling, options: ControlOptions) {
    this.#service = service;
    this.#options = options;
  }

  /** Plans for every queue. Returns whether another round is worthwhile soon. */
  async roundOverAll(): Promise<boolean> {
    this.#cells = await readCells(this.#service, this.#options.tables);
    const queues = await allQueues(this.#service);
    for (const { value } of queues) this.#names.set(value.id, value.name);
    const load = await this.#reports.observe(this.#service);
    const isShortened = await publishLongestWait(this.#service, load);
    const isBusy = (await this.#round(queues, load)) || isShortened;
    await noteCells(this.#service, this.#options.tables, { cells: this.#cells, queues });
    const draining = queues.filter(({ value }) => value.route.shards.some(({ state }) => state === 'draining'));
    await inGroups(this.#service.clock, draining, ({ name }) => tendDraining(this.#service, name));
    await lookAtRemoved(this.#service);
    return isBusy;
  }

  /** Plans for the busy queues. */
  async roundOverBusy(): Promise<boolean> {
    const load = await this.#reports.observe(this.#service);
    const stored = await Promise.all([...load.latest.queues.keys()].map((id) => this.#read(id)));
    const isShortened = await publishLongestWait(this.#service, load);
    const queues = stored.filter((one) => one !== undefined);
    return (await this.#round(queues, load)) || isShortened;
  }

  async #round(queues: readonly Stored<Queue>[], load: ObservedLoad): Promise<boolean> {
    const actions = await planInTurns(this.#service.clock, {
      queues: queues.map(({ value }) => planQueueOf(this.#service, value)),
      cells: this.#cells,
      load,
      limits: DEFAULT_PLAN_LIMITS,
      nowMs: this.#service.clock.nowMs(),
    });
    const ofQueues = groupBy(actions.filter(isOfQueue), ({ queueId }) => queueId);
    const byId = new Map(queues.map((stored) => [stored.value.id, stored]));
    await inGroups(this.#service.clock, [...ofQueues], ([id, some]) => this.#change(id, some, byId.get(id)));
    await inGroups(
      this.#service.clock,
      actions.filter((action) => action.kind === 'warm'),
      (action) => this.#warm(action),
    );
    return actions.length > 0 || queues.some(({ value }) => isBusy(value, load));
  }

  async #warm(action: Extract<Action, { kind: 'warm' }>): Promise<void> {
    await this.#options.tables.warm(action.cell, action.writeUnits);
    await this.#note(action.cell, [action]);
  }

  async #change(id: QueueId, actions: readonly RouteAction[], stored: Stored<Queue> | undefined): Promise<void> {
    if (stored !== undefined && (await this.#tryChange(stored, actions))) await this.#note(id, actions);
  }

  /** Makes one conditional update. If another change came first, the next round plans again. */
  async #tryChange({ name, value, version }: Stored<Queue>, actions: readonly RouteAction[]): Promise<boolean> {
    const nowMs = this.#service.clock.nowMs();
    let changed: Queue | undefined = value;
    for (const action of actions) {
      changed &&= await withFreeNumbers(this.#service, changed, addedCount(action));
      changed &&= withAction(changed, action, nowMs);
    }
    if (changed === undefined) return false;
    const outcome = await this.#service.catalog.tryPut('queue', name, changed, version);
    this.#service.routes.forget(name);
    if (changed.subscription !== undefined) await this.#service.pushRunner?.start(changed);
    return outcome === 'done';
  }

  /** Stored apart from the change: a run that dies in between leaves a change without its reason. */
  async #note(of: QueueId | CellId, actions: readonly Action[]): Promise<void> {
    const atMs = this.#service.clock.nowMs();
    const decisions = actions.map((action) => {
      return { atMs, kind: action.kind, what: whatOf(action), cause: action.cause };
    });
    for (const decision of decisions) this.#options.onDecision?.(of, decision);
    await tryChangeRecord(this.#service, 'decisions', of, (trail) => withDecisions(trail, decisions));
  }

  /** The queue of that id, unless it is deleted. */
  async #read(id: QueueId): Promise<Stored<Queue> | undefined> {
    const { catalog } = this.#service;
    const name = this.#names.get(id) ?? (await catalog.get('queueName', id))?.value.name;
    if (name === undefined) return undefined;
    this.#names.set(id, name);
    const stored = await catalog.get('queue', name);
    return stored?.value.id === id && stored.value.deletedAtMs === undefined ? stored : undefined;
  }
}

const isOfQueue = (action: Action): action is RouteAction => action.kind !== 'warm';

/** The queue as the plan sees it. The deployment's settings fill what the queue's leave open. */
export function planQueueOf({ settings }: Using<'settings'>, queue: Queue): PlanQueue {
  const min = queue.settings.shards?.min ?? settings.shardsPerQueue;
  return {
    id: queue.id,
    shards: queue.route.shards,
    min,
    max: Math.max(min, queue.settings.shards?.max ?? SHARDS_MAX),
  };
}

/** The cells as the plan sees them. A table that does not state its limit counts as a new one. */
export async function readCells(
  { settings }: Using<'settings'>,
  tables: Pick<CellTables, 'writeUnitsMax'>,
): Promise<PlanCell[]> {
  const read = async (id: CellId, state: PlanCell['state']): Promise<PlanCell> => {
    return { id, state, writeUnitsMax: await tables.writeUnitsMax(id) };
  };
  return await Promise.all([
    ...settings.cells.map((id) => read(id, 'open')),
    ...(settings.leavingCells ?? []).map((id) => read(id, 'leaving')),
  ]);
}

/** Notes what a look at the cells shows, where it has changed. */
async function noteCells(
  service: Queues,
  tables: CellTables,
  { cells, queues }: { readonly cells: readonly PlanCell[]; readonly queues: readonly Stored<Queue>[] },
): Promise<void> {
  const shards = queues.flatMap(({ value }) => value.route.shards);
  await inGroups(service.clock, cells, async ({ id, state, writeUnitsMax }) => {
    const here = shards.filter((shard) => cellOfShard(shard.id) === id);
    const openCount = openShards({ shards: here }).length;
    const limit = Number.isFinite(writeUnitsMax) ? { writeUnitsMax } : {};
    const isIdle = state === 'leaving' && here.length === 0;
    await tryChangeRecord(service, 'cell', id, async (known) => {
      const emptiness = isIdle ? await lookIfEmpty(service, tables, { cell: id, known }) : {};
      const status = { ...limit, openShards: openCount, drainingShards: here.length - openCount, ...emptiness };
      return isDeepStrictEqual(known, status) ? known : status;
    });
  });
}

/** Runs some steps at once. Tries all of them before it throws the first error. */
async function inGroups<One>(clock: Clock, all: readonly One[], step: (one: One) => Promise<void>): Promise<void> {
  const breather = new Breather(clock);
  const failures: unknown[] = [];
  for (let start = 0; start < all.length; start += AT_ONCE) {
    await breather.pause();
    const outcomes = await Promise.allSettled(all.slice(start, start + AT_ONCE).map(step));
    for (const outcome of outcomes) if (outcome.status === 'rejected') failures.push(outcome.reason);
  }
  if (failures.length > 0) throw failures[0];
}

/** Every queue that is not deleted. */
export async function allQueues(service: Records): Promise<Stored<Queue>[]> {
  const all: Stored<Queue>[] = [];
  for await (const stored of everyQueue(service)) all.push(stored);
  return all;
}

function isBusy(queue: Queue, { latest, recent }: ObservedLoad): boolean {
  const [now, before] = [latest, recent].map((load) => load.queues.get(queue.id) ?? NO_QUEUE_LOAD);
  const units = Math.max(now?.writeUnits ?? 0, before?.writeUnits ?? 0);
  const room = SHARD_WRITE_UNITS * openShards(queue.route).length;
  return units > BUSY * room || (now?.throttles.size ?? 0) > 0;
}
