import { RETRY_PAUSE_MS_MAX, retryPauseMsMax, TRYING_MS_MAX } from '../../src/engine/send.ts';
import type { QueueId } from '../../src/model/ids.ts';
import { UNCLEAR_TRIES_MAX } from '../../src/model/limits.ts';
import { pauseMsMax, TRIES_MAX } from '../../src/stores/dynamodb/tries.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { Avoided } from './avoided.ts';
import { binomial, STORE_CALL_MEAN_MS } from './chance.ts';
import { ATTEMPTS_MAX, begun, type Cohort, CohortCalendar, divided, isWaiting, partOf, type Step } from './cohorts.ts';
import { CLAIM_OVERLAP_MS, CONSUMER_WORK_MS, GATEWAY_MS_MAX, LEASE_MS, MESSAGES_PER_REQUEST } from './constants.ts';
import type { Endings } from './endings.ts';
import type { RequestKind } from './instances.ts';
import type { LoadedShard, LoadedShards } from './loaded-shards.ts';
import type { Witness } from './processes.ts';
import type { Recorder } from './recorder.ts';
import type { SplitWatch } from './split-watch.ts';
import type { Spread } from './spread.ts';
import type { Grant } from './table.ts';

export interface FlowWorld {
  readonly random: SeededRandom;
  readonly tickMs: number;
  readonly recorder: Recorder;
  readonly processes: Witness;
  readonly splits: SplitWatch;
  readonly avoided: { readonly send: Avoided; readonly receive: Avoided };
  readonly endings: Endings;
  readonly queues: ReadonlyMap<QueueId, { readonly shards: LoadedShards; readonly group: string | undefined }>;
}

const KINDS: Readonly<Record<Step, RequestKind>> = {
  send: 'send',
  query: 'receive',
  lease: 'receive',
  remove: 'receive',
  mark: 'receive',
  clear: 'receive',
  ack: 'delete',
};
/** Pauses of requests that are turned away together are drawn for so many groups of them. */
const GROUPS = 4;
/** Where there are thousands of cohorts, they are varied enough. */
const GROUPS_IN_CROWD = 2;

interface Returning {
  readonly shard: LoadedShard;
  readonly count: number;
}

/** Takes counted requests through the calls of send, receive and delete, by the engine's rules. */
export class RequestFlow {
  readonly #world: FlowWorld;
  readonly #calendar: CohortCalendar;
  /** What consumers hold without knowing it, by the step in which it is due again. */
  readonly #returning = new Map<number, Returning[]>();
  readonly #waiting: Record<RequestKind, number> = { send: 0, receive: 0, delete: 0 };
  /** Receives that found nothing where they looked first. */
  #searching: Cohort[] = [];
  #tick = 0;
  #nowMs = 0;

  constructor(world: FlowWorld) {
    this.#world = world;
    this.#calendar = new CohortCalendar(world.random.fork());
  }

  begin(tick: number, nowMs: number): void {
    this.#tick = tick;
    this.#nowMs = nowMs;
    for (const { shard, count } of this.#returning.get(tick) ?? []) {
      shard.returning -= count;
      shard.addReady(count);
    }
    this.#returning.delete(tick);
  }

  /** Requests of a kind that wait inside their instances for another try. */
  waiting(kind: RequestKind): number {
    return this.#waiting[kind];
  }

  /** Goes on with what began before this step, or in it: a pause may end within the step in which it began. */
  settle(): void {
    this.#retry();
    this.#search();
    this.#retry();
  }

  #retry(): void {
    for (let due = this.#calendar.take(this.#tick); due !== undefined; due = this.#calendar.take(this.#tick)) {
      for (const cohort of due) {
        if (isWaiting(cohort)) this.#wait(cohort, -cohort.count);
        this.#call(cohort);
      }
    }
  }

  send(sends: readonly Spread[]): void {
    for (const { shard, count } of sends) {
      if (count > 0) this.#call(begun('send', shard, count));
    }
  }

  receive(claims: readonly Spread[]): void {
    for (const { shard, count: asked } of claims) {
      shard.noteClaims(asked, this.#nowMs, this.#world.tickMs);
      const count = Math.min(asked, shard.ready);
      if (count > 0) this.#call(begun('query', shard, count));
      if (asked > count) this.#searching.push(begun('query', shard, asked - count));
    }
  }

  /** Receives that found nothing look at the other shards; what is nowhere, they do not find. */
  #search(): void {
    const searching = this.#searching;
    this.#searching = [];
    const occupied = new Map<LoadedShards, readonly LoadedShard[]>();
    for (const cohort of searching) {
      const { shards } = this.#queueOf(cohort.shard);
      const places = occupied.get(shards) ?? shards.occupied;
      occupied.set(shards, places);
      this.#searchIn(places, cohort);
    }
  }

  /** Each is looked at once; those that their process avoids for the moment only if there is nothing elsewhere. */
  #searchIn(places: readonly LoadedShard[], cohort: Cohort): void {
    const { random, avoided } = this.#world;
    let { count } = cohort;
    const start = random.below(Math.max(1, places.length));
    const end = cohort.attempt < places.length ? 2 * places.length : 0;
    for (let offset = 0; offset < end && count > 0; offset++) {
      const shard = places[(start + offset) % places.length] as LoadedShard;
      if (shard.ready <= 0) continue;
      const avoiding = offset < places.length ? avoided.receive.partAvoiding(shard, this.#nowMs) : 0;
      const taken = Math.min(Math.floor(count * (1 - avoiding) + (avoiding > 0 ? random.next() : 0)), shard.ready);
      if (taken <= 0) continue;
      this.#call({ ...partOf(cohort, taken), shard });
      count -= taken;
    }
    // "Nothing" cannot be said where a shard could not be looked at.
    if (count > 0) this.#end(partOf(cohort, count), cohort.attempt > 0);
  }

  #call(cohort: Cohort): void {
    const { step, shard, count, tries } = cohort;
    const isRead = step === 'query';
    if (isRead && tries === 0) shard.addReady(-count);
    const grant = isRead
      ? shard.table.read(shard.place, count, this.#nowMs)
      : shard.table.writeTogether(shard.place, count, this.#nowMs, this.#world.random.next());
    const { granted } = grant;
    if (granted > 0) this.#use(shard, isRead ? { write: 0, read: granted } : { write: granted, read: 0 });
    if (granted === count) this.#pass(cohort);
    else {
      const [passed, refused] = divided(cohort, granted);
      if (granted > 0) this.#pass(passed);
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
      shard.addReady(count);
      this.#end(cohort, false);
    } else if (step === 'query') this.#call({ ...cohort, step: 'lease', tries: 0 });
    else if (step === 'lease') this.#call({ ...cohort, step: 'remove', tries: 0 });
    else if (step === 'remove') this.#claim(cohort);
    else if (step === 'mark') this.#call({ ...cohort, step: 'clear', tries: 0 });
    else if (step === 'clear') this.#goOn(cohort);
    else {
      shard.held -= count;
      this.#end(cohort, false);
    }
  }

  /** Some lose the race for what they found: to others that have looked a moment before. */
  #claim(cohort: Cohort): void {
    const { shard, count } = cohort;
    const { random, processes, recorder, tickMs } = this.#world;
    const overlap = (shard.claimRate * CLAIM_OVERLAP_MS) / 1_000 + shard.claiming;
    const losing = binomial(random, count, overlap / (overlap + shard.ready + count));
    processes.addClaims(shard.queueId, (count - losing) * MESSAGES_PER_REQUEST, losing);
    const [lost, won] = divided(cohort, losing);
    if (losing > 0) {
      shard.addReady(losing);
      this.#call({ ...lost, step: 'mark', tries: 0 });
    }
    if (losing === count) return;
    shard.held += won.count;
    this.#end(won, false);
    const delay = Math.max(1, Math.round((CONSUMER_WORK_MS + STORE_CALL_MEAN_MS) / tickMs));
    recorder.offer(won.count);
    this.#calendar.add(this.#tick + delay, begun('ack', shard, won.count));
  }

  /** Goes on to other shards, unless the caller would not wait for it any more; some have missed what is there. */
  #goOn(cohort: Cohort, missed = 0): void {
    const attempt = Math.min(ATTEMPTS_MAX - 1, cohort.attempt + missed);
    if (cohort.addedMs / cohort.count > GATEWAY_MS_MAX) this.#end(cohort, true);
    else this.#searching.push({ ...cohort, step: 'query', tries: 0, attempt });
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
    const { random, tickMs } = this.#world;
    const groups = Math.min(this.#calendar.isCrowded(this.#tick) ? GROUPS_IN_CROWD : GROUPS, cohort.count);
    for (let number = 0; number < groups; number++) {
      const count = Math.floor((cohort.count + number) / groups);
      const waitMs = STORE_CALL_MEAN_MS + random.next() * pauseMs;
      // They began anywhere within the step.
      const ticks = Math.floor(waitMs / tickMs + random.next());
      const group = partOf(cohort, count);
      group.addedMs += waitMs * count;
      this.#wait(group, count);
      this.#calendar.add(this.#tick + ticks, group);
    }
  }

  #wait({ step, shard }: Cohort, count: number): void {
    this.#waiting[KINDS[step]] += count;
    if (step === 'lease' || step === 'remove') shard.claiming += count;
  }

  #giveUp(cohort: Cohort, isFailing: boolean): void {
    const { step, shard, count, attempt } = cohort;
    const { avoided } = this.#world;
    if (step === 'send') this.#sendElsewhere(cohort, isFailing);
    else if (step === 'clear') this.#goOn(cohort);
    else if (step === 'lease' || step === 'remove' || step === 'query') {
      shard.addReady(count);
      // A lease whose original was not removed brings its messages once more.
      if (step === 'remove') this.#return(shard, count);
      if (isFailing || step === 'remove') avoided.receive.noteSilent(shard.cell, count, this.#nowMs);
      else avoided.receive.noteThrottled(shard, count, this.#nowMs);
      this.#goOn(cohort, 1);
    } else if (step === 'mark') this.#later({ ...cohort, tries: 1 }, 0);
    else if (attempt + 1 < UNCLEAR_TRIES_MAX) this.#later({ ...cohort, tries: 0, attempt: attempt + 1 }, 0);
    else {
      shard.held -= count;
      this.#return(shard, count);
      this.#end(cohort, true);
    }
  }

  #sendElsewhere(cohort: Cohort, isFailing: boolean): void {
    const { shard, count, attempt } = cohort;
    const { avoided } = this.#world;
    if (isFailing) avoided.send.noteSilent(shard.cell, count, this.#nowMs);
    else avoided.send.noteThrottled(shard, count, this.#nowMs);
    if (isFailing || cohort.addedMs / count > TRYING_MS_MAX - RETRY_PAUSE_MS_MAX) this.#end(cohort, true);
    else {
      const next = { tries: 0, attempt: Math.min(ATTEMPTS_MAX - 1, attempt + 1) };
      this.#later({ ...cohort, shard: this.#otherShard(shard), ...next }, retryPauseMsMax(attempt));
    }
  }

  #return(shard: LoadedShard, count: number): void {
    shard.returning += count;
    const tick = this.#tick + Math.ceil(LEASE_MS / this.#world.tickMs);
    const due = this.#returning.get(tick) ?? [];
    this.#returning.set(tick, due);
    due.push({ shard, count });
  }

  #end({ shard, count, addedMs }: Cohort, isFailed: boolean): void {
    this.#world.endings.end(this.#queueOf(shard).group, { count, addedMs, isFailed, nowMs: this.#nowMs });
  }

  /** Any shard that takes sends, preferably another one. */
  #otherShard(shard: LoadedShard): LoadedShard {
    const { sendable } = this.#queueOf(shard).shards;
    const others = sendable.shards.filter((one) => one !== shard);
    return this.#world.random.pick(others.length > 0 ? others : sendable.shards);
  }

  #queueOf({ queueId }: LoadedShard) {
    const queue = this.#world.queues.get(queueId);
    if (queue === undefined) throw new RangeError(`there is no queue ${queueId}`);
    return queue;
  }
}
