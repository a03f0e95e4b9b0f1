import { retryPauseMsMax, SEND_PAUSE_MS_MAX, SEND_TRYING_MS_MAX } from '../../../src/engine/send.ts';
import { ROUTE_HARD_LIMIT_MS } from '../../../src/model/limits.ts';
import {
  binomial,
  CONSUMER_WORK_MS,
  FAILED_CALL_MS,
  GATEWAY_MS_MAX,
  type Grant,
  LEASE_MS,
  MESSAGES_PER_REQUEST,
  type RequestKind,
  STORE_CALL_MEAN_MS,
} from '../world/index.ts';
import { ATTEMPTS_MAX, begun, type Cohort, CohortCalendar, divided, isWaiting, partOf } from './cohorts.ts';
import type { FlowWorld } from './flow-world.ts';
import type { LoadedShard, LoadedShards } from './loaded-shards.ts';
import { Returning } from './returning.ts';
import { Searching, searchAmong } from './search.ts';
import type { Spread } from './spread.ts';
import { kindOf, LOST_CALLS_MS, nextTry } from './steps.ts';

/** Takes counted requests through the calls of send, receive and delete, by the engine's rules. */
export class RequestFlow {
  readonly #world: FlowWorld;
  readonly #calendar: CohortCalendar;
  readonly #returning = new Returning();
  readonly #waiting: Record<RequestKind, number> = { send: 0, receive: 0, delete: 0 };
  /** Receives that found nothing at their first look. */
  readonly #searching = new Searching();
  #tick = 0;
  #nowMs = 0;

  constructor(world: FlowWorld) {
    this.#world = world;
    this.#calendar = new CohortCalendar(world.random.fork());
  }

  begin(tick: number, nowMs: number): void {
    this.#tick = tick;
    this.#nowMs = nowMs;
    this.#returning.come(tick);
  }

  /** Requests of a kind that wait inside their instances for another try. */
  waiting(kind: RequestKind): number {
    return this.#waiting[kind];
  }

  /** Continues requests from earlier steps and this one: a pause may end within its own step. */
  settle(): void {
    this.#retry();
    this.#search();
    this.#retry();
  }

  #retry(): void {
    for (let due = this.#calendar.take(this.#tick); due !== undefined; due = this.#calendar.take(this.#tick)) {
      for (const cohort of due) {
        if (isWaiting(cohort)) this.#wait(cohort, -cohort.count);
        if (cohort.step === 'query' && cohort.tries === 0) this.#look(cohort);
        else this.#call(cohort);
      }
    }
  }

  send(sends: readonly Spread<LoadedShard>[]): void {
    for (const { shard, count } of sends) {
      if (count > 0) this.#call(begun('send', shard, count));
    }
  }

  receive(claims: readonly Spread<LoadedShard>[]): void {
    for (const { shard, count } of claims) if (count > 0) this.#look(begun('query', shard, count));
  }

  /** Some find unclaimed deliveries; others find deliveries about to be taken, or none, and go on to other shards. */
  #look(cohort: Cohort): void {
    const { shard, count } = cohort;
    const found = Math.min(count, shard.ready);
    const [finding, others] = divided(cohort, found);
    if (found > 0) this.#call(finding);
    if (found === count) return;
    const { random, tickMs } = this.#world;
    const late = binomial(random, others.count, 1 - Math.exp(-shard.takenSoon(this.#nowMs, tickMs)));
    const [chasing, searching] = divided(others, late);
    this.#hint(shard, false, searching.count);
    if (late > 0) this.#call({ ...chasing, isLate: true });
    if (late < others.count) this.#searching.add(searching);
  }

  /** Receives that found nothing look at the other shards; some find nothing anywhere. */
  #search(): void {
    const searching = this.#searching.take();
    const { random, avoided } = this.#world;
    const world = { random, avoided: avoided.receive, nowMs: this.#nowMs };
    const occupied = new Map<LoadedShards, readonly LoadedShard[]>();
    for (const cohort of searching) {
      const { shards } = this.#queueOf(cohort.shard);
      const places = occupied.get(shards) ?? shards.occupied;
      occupied.set(shards, places);
      const left = searchAmong(places, cohort, world, (found) => this.#call(found));
      // "Nothing" is no valid answer if a shard could not be looked at.
      if (left > 0) this.#end(partOf(cohort, left), cohort.attempt > 0);
    }
  }

  /** Notes that this many receives saw a due delivery in a shard, or none they could have. */
  #hint(shard: LoadedShard, isOccupied: boolean, count: number): void {
    if (count <= 0) return;
    shard.hints.note(isOccupied, count / Math.max(1, this.#world.instances.receive.used), this.#nowMs);
  }

  #call(cohort: Cohort): void {
    const { step, shard, isLate, count, tries } = cohort;
    const isRead = step === 'query';
    if (isRead && tries === 0 && !isLate) shard.addReady(-count);
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
    else if (step === 'disown') this.#call({ ...cohort, step: 'discard', tries: 0 });
    else if (step === 'clear') this.#lookAgain(cohort);
    else if (step === 'discard') this.#miss(cohort, false);
    else {
      shard.held -= count;
      this.#end(cohort, false);
    }
  }

  /** Some lose the race for their deliveries to claims that looked a moment before. */
  #claim(cohort: Cohort): void {
    const { shard, isLate, count } = cohort;
    const { random, processes, recorder, tickMs } = this.#world;
    if (isLate) {
      processes.addClaims(shard.queueId, 0, count);
      this.#hint(shard, false, count);
      this.#call({ ...cohort, step: 'mark', tries: 0 });
      return;
    }
    const { claimRaces } = this.#queueOf(shard).shards;
    shard.noteClaims({ passed: count, givenUp: 0 }, this.#nowMs, tickMs);
    const claims = shard.claimsOf(count);
    const losing = binomial(random, count, claimRaces.lossOf(claims));
    const { used, started } = this.#world.instances.receive;
    claimRaces.note(claims, { count, used, started });
    processes.addClaims(shard.queueId, (count - losing) * MESSAGES_PER_REQUEST, losing);
    const [lost, won] = divided(cohort, losing);
    this.#hint(shard, false, losing);
    if (losing > 0) {
      shard.addReady(losing);
      this.#call({ ...lost, step: 'mark', tries: 0 });
    }
    if (losing === count) return;
    this.#hint(shard, true, won.count);
    shard.held += won.count;
    this.#end(won, false);
    const delay = Math.max(1, Math.round((CONSUMER_WORK_MS + STORE_CALL_MEAN_MS) / tickMs));
    recorder.offer(won.count);
    this.#calendar.add(this.#tick + delay, begun('ack', shard, won.count));
  }

  /** Other claims took the deliveries: more may follow there, and the engine looks there again. */
  #lookAgain(cohort: Cohort): void {
    const { count, addedMs } = cohort;
    if (addedMs / count > ROUTE_HARD_LIMIT_MS) this.#miss(cohort, false);
    else {
      const { random, tickMs } = this.#world;
      const again: Cohort = { ...cohort, step: 'query', isLate: false, tries: 0 };
      if (isWaiting(again)) this.#wait(again, count);
      this.#calendar.add(this.#tick + Math.floor(LOST_CALLS_MS / tickMs + random.next()), again);
    }
  }

  /** Misses the deliveries, and goes on to other shards unless the caller would not wait any longer. */
  #miss(cohort: Cohort, isSilent: boolean): void {
    const { shard, count, addedMs } = cohort;
    const { receive } = this.#world.avoided;
    this.#hint(shard, false, count);
    if (isSilent) receive.noteSilent(shard.cell, count, this.#nowMs);
    else receive.noteThrottled(shard, count, this.#nowMs);
    const attempt = Math.min(ATTEMPTS_MAX - 1, cohort.attempt + 1);
    if (addedMs / count > GATEWAY_MS_MAX) this.#end(cohort, true);
    else this.#searching.add({ ...cohort, step: 'query', isLate: false, tries: 0, attempt });
  }

  #turnAway(cohort: Cohort, { refusedBy }: Grant): void {
    const { step, shard, count, tries } = cohort;
    const { processes } = this.#world;
    const isFailure = refusedBy === 'failure';
    const trouble = { throttles: isFailure ? 0 : count, failures: isFailure ? count : 0 };
    if (refusedBy === 'partition') processes.addHotShard(shard.queueId, shard.id, count);
    else processes.addTrouble(shard.cell, trouble);
    const again = nextTry(step, tries, isFailure);
    if (again === undefined) this.#giveUp(cohort, isFailure);
    else {
      const callMs = isFailure ? FAILED_CALL_MS : STORE_CALL_MEAN_MS;
      this.#later({ ...cohort, tries: again.tries }, { callMs, pauseMsMax: again.pauseMsMax });
    }
  }

  /** Tries again after the call and a pause up to that long, in some groups, each with its own pause. */
  #later(cohort: Cohort, { callMs, pauseMsMax }: { readonly callMs: number; readonly pauseMsMax: number }): void {
    const { random, tickMs } = this.#world;
    const groups = Math.min(this.#calendar.groupsAt(this.#tick), cohort.count);
    for (let number = 0; number < groups; number++) {
      const count = Math.floor((cohort.count + number) / groups);
      const waitMs = callMs + random.next() * pauseMsMax;
      // They began anywhere within the step.
      const ticks = Math.floor(waitMs / tickMs + random.next());
      const group = partOf(cohort, count);
      group.addedMs += waitMs * count;
      this.#wait(group, count);
      this.#calendar.add(this.#tick + ticks, group);
    }
  }

  #wait({ step, shard, isLate }: Cohort, count: number): void {
    this.#waiting[kindOf(step)] += count;
    if ((step === 'lease' || step === 'remove') && !isLate) shard.claiming += count;
  }

  #giveUp(cohort: Cohort, isFailing: boolean): void {
    const { step, shard, isLate, count } = cohort;
    if (step === 'send') this.#sendElsewhere(cohort, isFailing);
    else if (step === 'clear') this.#lookAgain(cohort);
    else if (step === 'discard') this.#miss(cohort, false);
    else if (step === 'ack') {
      shard.held -= count;
      this.#return(shard, count);
      this.#end(cohort, true);
    } else if (step === 'mark' || step === 'disown') {
      // A lease on deliveries that others hold returns them once more.
      this.#return(shard, count);
      if (step === 'mark') this.#lookAgain(cohort);
      else this.#miss(cohort, false);
    } else {
      if (!isLate) {
        shard.addReady(count);
        shard.noteClaims({ passed: 0, givenUp: count }, this.#nowMs, this.#world.tickMs);
      }
      if (step !== 'remove') this.#miss(cohort, isFailing);
      else if (!isFailing) this.#call({ ...cohort, step: 'disown', tries: 0 });
      else {
        this.#return(shard, count);
        this.#miss(cohort, true);
      }
    }
  }

  #sendElsewhere(cohort: Cohort, isFailing: boolean): void {
    const { shard, count, attempt } = cohort;
    const { avoided, random } = this.#world;
    if (isFailing) avoided.send.noteSilent(shard.cell, count, this.#nowMs);
    else avoided.send.noteThrottled(shard, count, this.#nowMs);
    if (isFailing || cohort.addedMs / count > SEND_TRYING_MS_MAX - SEND_PAUSE_MS_MAX) this.#end(cohort, true);
    else {
      const next = { tries: 0, attempt: Math.min(ATTEMPTS_MAX - 1, attempt + 1) };
      const pause = { callMs: STORE_CALL_MEAN_MS, pauseMsMax: retryPauseMsMax(attempt) };
      this.#later({ ...cohort, shard: this.#queueOf(shard).shards.another(shard, random), ...next }, pause);
    }
  }

  #return(shard: LoadedShard, count: number): void {
    this.#returning.add(this.#tick + Math.ceil(LEASE_MS / this.#world.tickMs), shard, count);
  }

  #end({ shard, count, addedMs }: Cohort, isFailed: boolean): void {
    this.#world.endings.end(this.#queueOf(shard).group, { count, addedMs, isFailed, nowMs: this.#nowMs });
  }

  #queueOf({ queueId }: LoadedShard) {
    const queue = this.#world.queues.get(queueId);
    if (queue === undefined) throw new RangeError(`there is no queue ${queueId}`);
    return queue;
  }
}
