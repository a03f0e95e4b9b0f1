import type { EpochMs } from '../../../src/model/brand.ts';
import type { QueueId } from '../../../src/model/ids.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import {
  CATCH_UP_SECONDS,
  type Decision,
  Deployment,
  InstanceCount,
  LAG_SECONDS,
  type QueueLoadCurve,
  Recorder,
  type RequestKind,
  type RunOptions,
  type Scenario,
  SplitWatch,
  START_MS,
  Surroundings,
  startedBy,
} from '../world/index.ts';
import { Avoided } from './avoided.ts';
import { Endings } from './endings.ts';
import { type LoadedShard, LoadedShards } from './loaded-shards.ts';
import { firstLooks } from './looks.ts';
import { NO_WITNESS, ReportingProcesses, type Witness } from './processes.ts';
import { RequestFlow } from './request-flow.ts';
import { type Spread, spread, thinned, total } from './spread.ts';

/**
 * Runs a scenario in steps. Requests that share a step, a shard, a storage call and a number of tries are counted
 * together. The table's own buckets decide how many of them it admits. The pauses of rejected requests are drawn for a
 * few groups, by the real rule.
 */
export function runAggregate(scenario: Scenario, options: RunOptions): Outcome {
  return new AggregateRun(startedBy(scenario, options.controller), options).run();
}

export interface Outcome {
  readonly recorder: Recorder;
  readonly decisions: readonly Decision[];
  readonly splits: SplitWatch;
}

interface LoadedQueue {
  readonly id: QueueId;
  readonly curve: QueueLoadCurve;
  readonly shards: LoadedShards;
}

/** Requests of one kind that arrive at a queue. */
interface Arriving {
  readonly group: string | undefined;
  readonly spreads: readonly Spread<LoadedShard>[];
}

class AggregateRun {
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #deployment: Deployment;
  readonly #surroundings: Surroundings;
  readonly #recorder: Recorder;
  readonly #flow: RequestFlow;
  readonly #processes: Witness;
  readonly #queues: LoadedQueue[];
  readonly #splits = new SplitWatch();
  readonly #avoided = { send: new Avoided(), receive: new Avoided() };
  readonly #endings: Endings;
  readonly #instances: Readonly<Record<RequestKind, InstanceCount>> = {
    send: new InstanceCount('send'),
    receive: new InstanceCount('receive'),
    delete: new InstanceCount('delete'),
  };

  constructor(scenario: Scenario, { controller, seed }: RunOptions) {
    this.#scenario = scenario;
    this.#random = new SeededRandom(seed);
    this.#recorder = new Recorder(scenario.warmUpMs);
    this.#endings = new Endings(this.#recorder);
    this.#deployment = new Deployment(scenario, { nowMs: START_MS, random: this.#random });
    const curves = new Map(scenario.queues.map((curve) => [curve.name, curve]));
    this.#queues = this.#deployment.queues.map(({ id, name }) => {
      return { id, curve: curves.get(name) as QueueLoadCurve, shards: this.#openShards(id, controller === 'oracle') };
    });
    this.#processes = controller === 'plan' ? new ReportingProcesses(this.#random.fork()) : NO_WITNESS;
    this.#flow = new RequestFlow({
      random: this.#random.fork(),
      tickMs: scenario.tickMs,
      recorder: this.#recorder,
      processes: this.#processes,
      splits: this.#splits,
      avoided: this.#avoided,
      endings: this.#endings,
      instances: this.#instances,
      queues: new Map(this.#queues.map(({ id, curve, shards }) => [id, { shards, group: curve.group }])),
    });
    const byId = new Map(this.#queues.map((queue) => [queue.id, queue]));
    this.#surroundings = new Surroundings(scenario, this.#deployment, {
      name: controller,
      isEmpty: (queue, shard) => {
        const known = byId.get(queue)?.shards.all.get(shard);
        return known === undefined || known.isEmpty;
      },
    });
  }

  #openShards(id: QueueId, isKnownAtOnce: boolean): LoadedShards {
    return new LoadedShards(this.#deployment, id, isKnownAtOnce);
  }

  run(): Outcome {
    const { durationMs, tickMs } = this.#scenario;
    const ticksPerSecond = Math.round(1_000 / tickMs);
    for (let tick = 0; tick * tickMs < durationMs; tick++) {
      const nowMs = (START_MS + tick * tickMs) as EpochMs;
      if (tick % ticksPerSecond === 0) {
        this.#surroundings.step(nowMs);
        this.#splits.step(this.#deployment, this.#surroundings.decisions, nowMs);
        this.#stand(nowMs);
      }
      this.#tick(tick, nowMs);
    }
    this.#stand((START_MS + durationMs) as EpochMs);
    return { recorder: this.#recorder, decisions: this.#surroundings.decisions, splits: this.#splits };
  }

  #tick(tick: number, nowMs: EpochMs): void {
    this.#flow.begin(tick, nowMs);
    for (const { shards } of this.#queues) shards.refresh(nowMs);
    this.#arrive(nowMs);
    this.#flow.settle();
    const { send, receive, delete: remove } = this.#instances;
    this.#avoided.send.processes = send.used;
    this.#avoided.receive.processes = receive.used;
    const instances = send.started + receive.started + remove.started;
    this.#recorder.serve(instances);
    this.#deployment.reports.push(...this.#processes.report(instances, nowMs));
  }

  /** Arrivals of a step at all queues: their requests share the instances of a function. */
  #arrive(nowMs: EpochMs): void {
    const arrivals = this.#queues.map((queue) => this.#arrivalsOf(queue, nowMs));
    for (const { sends, claims } of arrivals) this.#recorder.offer(total(sends) + total(claims));
    const sends = arrivals.map((one) => ({ ...one, spreads: one.sends }));
    for (const spreads of this.#admit('send', sends, nowMs)) this.#flow.send(spreads);
    const claims = arrivals.map((one) => ({ ...one, spreads: one.claims }));
    for (const spreads of this.#admit('receive', claims, nowMs)) this.#flow.receive(spreads);
  }

  #arrivalsOf({ curve, shards }: LoadedQueue, nowMs: EpochMs) {
    const seconds = this.#scenario.tickMs / 1_000;
    const third = curve.requests(nowMs - START_MS) / 3;
    const behind = (shards.waiting - LAG_SECONDS * third) / CATCH_UP_SECONDS;
    const receives = third + Math.min(third, Math.max(-third, behind));
    const { send, receive } = this.#avoided;
    return {
      group: curve.group,
      sends: spread(this.#random, third * seconds, send.choice(shards.sendable, nowMs)),
      claims: spread(this.#random, receives * seconds, receive.choice(firstLooks(shards.receivable, nowMs), nowMs)),
    };
  }

  /** The arriving requests that find an instance; the others end. */
  #admit(kind: RequestKind, all: readonly Arriving[], nowMs: EpochMs): readonly (readonly Spread<LoadedShard>[])[] {
    const { tickMs } = this.#scenario;
    const waiting = this.#flow.waiting(kind);
    const arriving = all.reduce((sum, { spreads }) => sum + total(spreads), 0);
    const { admitted, delayed, delayMs } = this.#instances[kind].admit(arriving, { waiting, tickMs, nowMs });
    if (arriving === 0) return [];
    return all.map(({ group, spreads }) => {
      const found = thinned(spreads, admitted / arriving);
      const count = total(spreads);
      this.#endings.refuse(group, count - total(found), nowMs);
      this.#endings.delay(group, { count: (delayed * count) / arriving, addedMs: delayMs, nowMs });
      return found;
    });
  }

  #stand(nowMs: EpochMs): void {
    this.#recorder.stand(nowMs - START_MS, {
      ...this.#deployment.standing,
      waiting: this.#queues.reduce((sum, queue) => sum + queue.shards.waiting, 0),
    });
    this.#deployment.forget(nowMs - 60_000);
  }
}
