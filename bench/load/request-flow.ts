import { RETRY_PAUSE_MS_MAX, retryPauseMsMax, TRYING_MS_MAX } from '../../src/engine/send.ts';
import type { QueueId } from '../../src/model/ids.ts';
import { UNCLEAR_TRIES_MAX } from '../../src/model/limits.ts';
import { pauseMsMax, TRIES_MAX } from '../../src/stores/dynamodb/tries.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { binomial, STORE_CALL_MEAN_MS } from './chance.ts';
import { type Cohort, CohortCalendar, type Step } from './cohorts.ts';
import {
  CLAIM_OVERLAP_MS,
  CONSUMER_WORK_MS,
  GATEWAY_MS_MAX,
  LEASE_MS,
  MESSAGES_PER_REQUEST,
  UNITS_PER_LOST_CLAIM,
} from './constants.ts';
import type { RequestKind } from './instances.ts';
import type { LoadedShard, LoadedShards } from './loaded-shards.ts';
import type { ReportingProcesses } from './processes.ts';
import type { Recorder } from './recorder.ts';
import { START_MS } from './run.ts';
import type { SplitWatch } from './split-watch.ts';
import type { Grant } from './table.ts';

export interface FlowWorld {
  readonly random: SeededRandom;
  readonly tickMs: number;
  readonly recorder: Recorder;
  readonly processes: ReportingProcesses;
  readonly splits: SplitWatch;
  readonly queues: ReadonlyMap<QueueId, { readonly shards: LoadedShards; readonly group: string | undefined }>;
}

const KINDS: Readonly<Record<Step, RequestKind>> = {
  send: 'send',
  query: 'receive',
  lease: 'receive',
  remove: 'receive',
  ack: 'delete',
};
/** Pauses of requests that are turned away together are drawn for so many groups of them. */
const GROUPS = 4;

type Passing = Omit<Cohort, 'tries'> & { readonly tries?: number };

/** Takes counted requests through the calls of send, receive and delete, by the engine's rules. */
export class RequestFlow {
  readonly #world: FlowWorld;
  readonly #calendar = new CohortCalendar();
  readonly #waiting: Record<RequestKind, number> = { send: 0, receive: 0, delete: 0 };
  /** Receives that found nothing where they looked first. */
  #searching: Passing[] = [];
  #tick = 0;
  #nowMs = 0;

  constructor(world: FlowWorld) {
    this.#world = world;
  }

  begin(tick: number, nowMs: number): void {
    this.#tick = tick;
    this.#nowMs = nowMs;
    for (const { shards } of this.#world.queues.values()) {
      for (const shard of shards.all.values()) {
        while (shard.returning[0] !== undefined && shard.returning[0].atMs <= nowMs) {
          shard.ready += shard.returning.shift()?.count ?? 0;
        }
      }
    }
  }

  /** Requests of a kind that wait inside their instances for another try. */
  waiting(kind: RequestKind): number {
    return this.#waiting[kind];
  }

  retry(): void {
    for (const cohort of this.#calendar.take(this.#tick)) {
      if (cohort.tries + cohort.attempt > 0) this.#waiting[KINDS[cohort.step]] -= cohort.count;
      this.#call(cohort);
    }
  }

  send(shards: readonly LoadedShard[], counts: readonly number[]): void {
    for (const [index, shard] of shards.entries()) {
      const count = counts[index] ?? 0;
      if (count > 0) this.#call({ step: 'send', shard, attempt: 0, count, addedMs: 0 });
    }
  }

  receive(shards: readonly LoadedShard[], counts: readonly number[]): void {
    const smoothing = this.#world.tickMs / 1_000;
    for (const [index, shard] of shards.entries()) {
      const asked = counts[index] ?? 0;
      shard.claimRate += smoothing * ((1_000 / this.#world.tickMs) * asked - shard.claimRate);
      const count = Math.min(asked, shard.ready);
      if (count > 0) this.#call({ step: 'query', shard, attempt: 0, count, addedMs: 0 });
      if (asked > count) this.#searching.push({ step: 'query', shard, attempt: 0, count: asked - count, addedMs: 0 });
    }
  }

  /** Receives that found nothing look at the other shards; what is nowhere, they do not find. */
  search(): void {
    const searching = this.#searching;
    this.#searching = [];
    const occupied = new Map<LoadedShards, LoadedShard[]>();
    for (const cohort of searching) {
      const { shards } = this.#queueOf(cohort.shard);
      const places = occupied.get(shards) ?? shards.receivable.filter(({ ready }) => ready > 0);
      occupied.set(shards, places);
      this.#searchIn(places, cohort);
    }
  }

  #searchIn(places: readonly LoadedShard[], cohort: Passing): void {
    let { count } = cohort;
    const start = this.#world.random.below(Math.max(1, places.length));
    for (let offset = 0; offset < places.length && count > 0; offset++) {
      const shard = places[(start + offset) % places.length] as LoadedShard;
      const taken = Math.min(count, shard.ready);
      if (taken === 0) continue;
      this.#call({ ...cohort, shard, count: taken, addedMs: (cohort.addedMs * taken) / cohort.count });
      count -= taken;
    }
    this.#end({ ...cohort, count, addedMs: (cohort.addedMs * count) / cohort.count }, false);
  }

  refuse(queue: QueueId, count: number): void {
    if (count <= 0) return;
    const ending = { count, isFailed: true, isThrottled: true, addedMs: 0 };
    this.#world.recorder.end(this.#nowMs - START_MS, ending, this.#world.queues.get(queue)?.group);
  }

  /** Counted as waits on top of requests that end otherwise: their number stays right. */
  delay(queue: QueueId, count: number, addedMs: number): void {
    if (count <= 0) return;
    const group = this.#world.queues.get(queue)?.group;
    this.#world.recorder.end(this.#nowMs - START_MS, { count, isFailed: false, isThrottled: false, addedMs }, group);
    this.#world.recorder.end(
      this.#nowMs - START_MS,
      { count: -count, isFailed: false, isThrottled: false, addedMs: 0 },
      group,
    );
  }

  #call(cohort: Passing): void {
    const { step, shard, count, tries = 0 } = cohort;
    if (step === 'query') shard.ready -= tries === 0 ? count : 0;
    const isRead = step === 'query';
    const grant = isRead
      ? shard.table.read(shard.place, count, this.#nowMs)
      : shard.table.write(shard.place, count, this.#nowMs);
    const { granted } = grant;
    if (granted > 0) {
      this.#use(shard, isRead ? { write: 0, read: granted } : { write: granted, read: 0 });
      this.#pass({ ...cohort, count: granted, addedMs: (cohort.addedMs * granted) / count, tries });
    }
    if (granted < count) {
      const refused = {
        ...cohort,
        count: count - granted,
        addedMs: (cohort.addedMs * (count - granted)) / count,
        tries,
      };
      this.#turnAway(refused, grant);
    }
  }

  #use(shard: LoadedShard, units: { readonly write: number; readonly read: number }): void {
    this.#world.recorder.use(units.write);
    this.#world.splits.use(shard.queueId, units.write);
    this.#world.processes.addUnits(shard.queueId, shard.cell, units);
  }

  #pass(cohort: Cohort): void {
    const { step, shard, count } = cohort;
    if (step === 'send') {
      shard.ready += count;
      this.#end(cohort, false);
    } else if (step === 'query') this.#claim(cohort);
    else if (step === 'lease') this.#call({ ...cohort, step: 'remove', tries: 0 });
    else if (step === 'remove') {
      shard.held += count;
      this.#end(cohort, false);
      const delay = Math.max(1, Math.round((CONSUMER_WORK_MS + STORE_CALL_MEAN_MS) / this.#world.tickMs));
      this.#world.recorder.offer(count);
      this.#calendar.add(this.#tick + delay, { step: 'ack', shard, tries: 0, attempt: 0, count, addedMs: 0 });
    } else {
      shard.held -= count;
      this.#end(cohort, false);
    }
  }

  /** Some lose the race for what they found: to others that have looked a moment before. */
  #claim(cohort: Cohort): void {
    const { shard, count } = cohort;
    const { random, processes } = this.#world;
    const overlap = (shard.claimRate * CLAIM_OVERLAP_MS) / 1_000;
    const lost = binomial(random, count, overlap / (overlap + shard.ready + count));
    processes.addClaims(shard.queueId, (count - lost) * MESSAGES_PER_REQUEST, lost);
    if (lost > 0) {
      shard.ready += lost;
      const { granted } = shard.table.write(shard.place, lost * UNITS_PER_LOST_CLAIM, this.#nowMs);
      this.#use(shard, { write: granted, read: 0 });
      this.#goOn({ ...cohort, count: lost, addedMs: (cohort.addedMs * lost) / count });
    }
    if (lost < count) {
      const won = { ...cohort, step: 'lease' as const, count: count - lost, tries: 0 };
      this.#call({ ...won, addedMs: (cohort.addedMs * (count - lost)) / count });
    }
  }

  /** Looks at another shard, unless the caller would not wait for it any more. */
  #goOn(cohort: Cohort): void {
    if (cohort.addedMs / cohort.count > GATEWAY_MS_MAX) this.#end(cohort, true);
    else this.#searching.push({ ...cohort, step: 'query', tries: 0 });
  }

  #turnAway(cohort: Cohort, { refusedBy }: Grant): void {
    const { shard, count, tries } = cohort;
    const { processes } = this.#world;
    if (refusedBy === 'partition') processes.addHotShard(shard.queueId, shard.id, count);
    else {
      const isFailure = refusedBy === 'failure';
      processes.addTrouble(shard.cell, { throttles: isFailure ? 0 : count, failures: isFailure ? count : 0 });
    }
    if (tries + 1 === TRIES_MAX) this.#giveUp(cohort, refusedBy === 'failure');
    else this.#later({ ...cohort, tries: tries + 1 }, pauseMsMax(tries + 1));
  }

  /** Tries again after a pause up to so long; some groups, each with a pause of its own. */
  #later(cohort: Cohort, pauseMs: number): void {
    const groups = Math.min(GROUPS, cohort.count);
    for (let number = 0; number < groups; number++) {
      const count = Math.floor((cohort.count + number) / groups);
      const waitMs = STORE_CALL_MEAN_MS + this.#world.random.next() * pauseMs;
      const ticks = Math.max(1, Math.round(waitMs / this.#world.tickMs));
      const addedMs = (cohort.addedMs * count) / cohort.count + waitMs * count;
      this.#waiting[KINDS[cohort.step]] += count;
      this.#calendar.add(this.#tick + ticks, { ...cohort, count, addedMs });
    }
  }

  #giveUp(cohort: Cohort, isFailing: boolean): void {
    const { step, shard, count, attempt } = cohort;
    const waitedMs = cohort.addedMs / count;
    if (step === 'send') {
      if (isFailing || waitedMs > TRYING_MS_MAX - RETRY_PAUSE_MS_MAX) this.#end(cohort, true);
      else
        this.#later(
          { ...cohort, shard: this.#otherShard(shard), tries: 0, attempt: Math.min(63, attempt + 1) },
          retryPauseMsMax(attempt),
        );
    } else if (step === 'query') {
      shard.ready += count;
      this.#end(cohort, true);
    } else if (step === 'lease' || step === 'remove') {
      shard.ready += count;
      // A lease whose original was not removed brings its messages once more.
      if (step === 'remove') shard.returning.push({ atMs: this.#nowMs + LEASE_MS, count });
      this.#goOn(cohort);
    } else if (attempt + 1 < UNCLEAR_TRIES_MAX) this.#later({ ...cohort, tries: 0, attempt: attempt + 1 }, 0);
    else {
      shard.held -= count;
      shard.returning.push({ atMs: this.#nowMs + LEASE_MS, count });
      this.#end(cohort, true);
    }
  }

  #end({ shard, count, addedMs }: Passing, isFailed: boolean): void {
    if (count <= 0) return;
    const each = addedMs / count;
    const ending = { count, isFailed, isThrottled: each > 0, addedMs: each };
    this.#world.recorder.end(this.#nowMs - START_MS, ending, this.#queueOf(shard).group);
  }

  /** Any shard that takes sends, preferably another one. */
  #otherShard(shard: LoadedShard): LoadedShard {
    const open = [...this.#queueOf(shard).shards.all.values()].filter((one) => one.share > 0);
    const others = open.filter((one) => one !== shard);
    return this.#world.random.pick(others.length > 0 ? others : open);
  }

  #queueOf({ queueId }: LoadedShard) {
    const queue = this.#world.queues.get(queueId);
    if (queue === undefined) throw new RangeError(`there is no queue ${queueId}`);
    return queue;
  }
}
