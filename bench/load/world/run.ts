import type { EpochMs } from '../../../src/model/brand.ts';
import type { QueueId, ShardId } from '../../../src/model/ids.ts';
import type { Queue } from '../../../src/model/queue.ts';
import {
  type Controller,
  type ControllerName,
  type Decision,
  FixedController,
  OracleController,
  PlanController,
} from './controllers.ts';
import type { Deployment } from './deployment.ts';
import { type Incident, idealUnits, type Scenario } from './scenarios.ts';

export interface RunOptions {
  readonly controller: ControllerName;
  readonly seed: number;
}

export const START_MS = 1_800_000_000_000 as EpochMs;
const LOOK_MS = 5_000;

/** The scenario with the initial shards of a controller with a fixed number. */
export function startedBy(scenario: Scenario, controller: ControllerName): Scenario {
  const shards = controller === 'fixed1' ? 1 : controller === 'fixed64' ? 64 : undefined;
  if (shards === undefined) return scenario;
  const queues = scenario.queues.map(({ name, requests, group }) => {
    return { name, requests, shards, ...(group === undefined ? {} : { group }) };
  });
  return { ...scenario, queues };
}

/** Events of each second beside the requests, in both modes. */
export class Surroundings {
  readonly #controller: Controller;
  readonly #deployment: Deployment;
  readonly #incidents: Incident[];
  #lookedAtMs = 0;

  constructor(
    scenario: Scenario,
    deployment: Deployment,
    options: { name: ControllerName; isEmpty: (queue: QueueId, shard: ShardId) => boolean },
  ) {
    this.#deployment = deployment;
    this.#incidents = [...scenario.incidents];
    const requests = new Map(scenario.queues.map((curve) => [curve.name, curve.requests]));
    const unitsOf = ({ name }: Queue, nowMs: number) => idealUnits(requests.get(name)?.(nowMs - START_MS) ?? 0);
    this.#controller = controllerOf(options.name, options.isEmpty, unitsOf);
  }

  /** Decisions of the deployed controller; empty for another one. */
  get decisions(): readonly Decision[] {
    return this.#controller instanceof PlanController ? this.#controller.decisions : [];
  }

  step(nowMs: EpochMs): void {
    const { tables } = this.#deployment;
    while (this.#incidents[0] !== undefined && this.#incidents[0].atMs <= nowMs - START_MS) {
      this.#happen(this.#incidents.shift() as Incident);
    }
    if (nowMs - this.#lookedAtMs >= LOOK_MS) {
      this.#lookedAtMs = nowMs;
      for (const table of tables.values()) table.look(nowMs);
    }
    this.#controller.step(this.#deployment, nowMs);
  }

  #happen({ kind, cell = 0 }: Incident): void {
    const [id, table] = [...this.#deployment.tables][cell] ?? [];
    if (id === undefined || table === undefined) throw new RangeError(`there is no cell ${cell}`);
    if (kind === 'leave') this.#deployment.leaving.add(id);
    if (kind === 'fail') table.isFailing = true;
    if (kind === 'recover') table.isFailing = false;
    if (this.#controller instanceof PlanController) {
      if (kind === 'controller dies') this.#controller.isAlive = false;
      if (kind === 'controller lives') this.#controller.isAlive = true;
    }
  }
}

function controllerOf(
  name: ControllerName,
  isEmpty: (queue: QueueId, shard: ShardId) => boolean,
  unitsOf: (queue: Queue, nowMs: number) => number,
): Controller {
  if (name === 'plan') return new PlanController(isEmpty);
  return name === 'oracle' ? new OracleController(unitsOf) : new FixedController();
}
