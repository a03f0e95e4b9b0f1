import type { EpochMs } from '../../model/brand.ts';
import { ANSWER_BYTES_MAX } from '../../model/limits.ts';
import {
  isOwn,
  messagesForNextCall,
  type PushLease,
  planPart,
  planSleep,
  planStay,
  planTakeOver,
  roomAtMs,
  SOON_MS,
  shareOf,
  WAKE_AGAIN_MS,
} from '../../model/push/index.ts';
import type { Pushing } from '../service.ts';
import { AWAKE_MS, Calls } from './calls.ts';
import { claimBatch } from './claim-batch.ts';
import type { DispatchCommand, Dispatched } from './dispatch-command.ts';
import { HeldNotes } from './due-notes.ts';
import { type LeaseHolder, PushLeaseRecord } from './lease-record.ts';
import type { PartRecord } from './part-record.ts';
import { earliestDueMs, lookAtReady } from './ready.ts';
import { type Subscribed, subscribedQueue } from './subscribed.ts';
import { arrivalsIn } from './wait-for-work.ts';

/** It waits this long for more before it goes to sleep: two writes and the next wake-up cost more. */
const LINGER_MS = 2_000;
/** A longer time in which nothing can begin is slept through. */
const REST_MS_MIN = 10_000;
/** Between two looks whether other calls of the process have left room in its memory. */
const ROOM_LOOK_MS = 100;
/** From the latest end of a call to the end of the process: time to delete its messages. */
const SETTLE_MS = 20_000;
/** Between two looks at what it waits for. */
const PAUSE_MS_MAX = 1_000;
/** After so long in which each look filled a call, and none had to wait, another dispatcher takes a part. */
const BUSY_MS = 2_000;
/** A part that no dispatcher takes ends after this. */
const PART_START_MS = 15_000;

/** One dispatcher, from its start to its end: see `dispatch`. */
export class Dispatcher {
  readonly #service: Pushing;
  readonly #command: DispatchCommand;
  readonly #record: LeaseHolder;
  readonly #part: PartRecord | undefined;
  readonly #calls: Calls;
  #held: Subscribed;
  #epoch = 0;
  /** Since when it has found nothing, and how often since. */
  #idle: { readonly sinceMs: EpochMs; readonly looks: number } | undefined;
  #lookedAtMs: EpochMs;
  #notes: HeldNotes | undefined;
  /** It does not sleep before then. */
  #awakeUntilMs: number;
  /** Since when each look has filled a call. */
  #busySinceMs: EpochMs | undefined;

  /** @param part - what it has of a queue that another dispatcher divides */
  constructor(service: Pushing, command: DispatchCommand, held: Subscribed, part?: PartRecord) {
    this.#service = service;
    this.#command = command;
    this.#held = held;
    this.#part = part;
    this.#record = part ?? new PushLeaseRecord(service, held.queue.id);
    this.#calls = new Calls(service, command, this.#record);
    this.#lookedAtMs = this.#nowMs();
    this.#awakeUntilMs = this.#lookedAtMs + (command.wakeUp?.lingerMs ?? 0);
  }

  async run(): Promise<Dispatched> {
    try {
      this.#notes = await this.#findNotes();
      if (!(await this.#takeOver())) return this.#busy();
      for (;;) {
        const end = await this.#step();
        if (end !== undefined) return end;
      }
    } catch (error) {
      return { ...this.#ended('failed'), error };
    }
  }

  async #step(): Promise<Dispatched | undefined> {
    this.#calls.throwFailure();
    const { queue, end } = this.#command;
    const read = end.aborted ? undefined : await subscribedQueue(this.#service, queue);
    const held = read && this.#part !== undefined ? this.#part.narrow(read) : read;
    const { lease } = this.#record;
    if (!isOwn(lease, this.#epoch)) return this.#busy();
    if (held === undefined || held.queue.id !== this.#held.queue.id) return await this.#stop('over');
    this.#held = held;
    if (this.#isSpent(held)) return await this.#stop('spent');
    const restMs = await this.#beginOrWait(lease);
    if (restMs === undefined) return undefined;
    return this.#part === undefined ? await this.#sleep(restMs) : await this.#stop('over');
  }

  /** The notes outlive a dispatcher that dies. */
  async #findNotes(): Promise<HeldNotes | undefined> {
    const { wakeUp } = this.#command;
    if (wakeUp === undefined || this.#part !== undefined) return undefined;
    const otherwiseMs = this.#nowMs() + WAKE_AGAIN_MS;
    return await HeldNotes.find(this.#service, this.#held.queue.id, { names: wakeUp.due, otherwiseMs });
  }

  #isSpent({ subscription }: Subscribed): boolean {
    const { processEndsMs = Number.POSITIVE_INFINITY, turnEndsMs = processEndsMs } = this.#command;
    const nowMs = this.#nowMs();
    return nowMs > turnEndsMs || nowMs + subscription.targetMs + SETTLE_MS > processEndsMs;
  }

  #nowMs(): EpochMs {
    return this.#service.clock.nowMs();
  }

  #ended(outcome: Dispatched['outcome']): Dispatched {
    return { outcome, lookedAtMs: this.#lookedAtMs, settled: this.#calls.settled() };
  }

  #busy(): Dispatched {
    return { ...this.#ended('busy'), restUntilMs: this.#record.lease?.untilMs ?? this.#nowMs() };
  }

  /** @returns false while another dispatcher is awake */
  async #takeOver(): Promise<boolean> {
    const { subscription: limits } = this.#held;
    const taken = await this.#record.change((lease) => {
      const nowMs = this.#nowMs();
      return planTakeOver(lease, { nowMs, untilMs: (nowMs + AWAKE_MS) as EpochMs, limits });
    });
    this.#epoch = taken?.epoch ?? 0;
    return taken !== undefined;
  }

  /** Begins a call, or waits. @returns for how long nothing can begin, where that is worth a sleep: 0 and up */
  async #beginOrWait(lease: PushLease): Promise<number | undefined> {
    const { subscription } = this.#held;
    const nowMs = this.#nowMs();
    const max = messagesForNextCall(lease, subscription, nowMs);
    if (max === 0) return await this.#waitForRoom(roomAtMs(lease, subscription, nowMs) - nowMs);
    const waitMs = subscription.batchWindowMs === 0 ? 0 : await this.#leftOfWindow(max);
    if (waitMs > 0) return await this.#pause(waitMs);
    const { pushRoom } = this.#service;
    if (!pushRoom.tryTake(ANSWER_BYTES_MAX)) return await this.#pause(ROOM_LOOK_MS);
    let bytes = 0;
    try {
      bytes = await this.#claim(max);
    } finally {
      pushRoom.give(ANSWER_BYTES_MAX - bytes);
    }
    return bytes > 0 ? undefined : await this.#waitForMore();
  }

  /** Begins a call with what is ready. @returns its bytes; 0: nothing is ready */
  async #claim(max: number): Promise<number> {
    const { subscription, leaseMs } = this.#held;
    const { queue, bytesOf } = this.#command;
    const atMs = this.#nowMs();
    this.#lookedAtMs = atMs;
    const isGathered = subscription.batchWindowMs > 0;
    const among = await this.#ownShards(atMs);
    const command = { queue, max, leaseMs, among, isGathered, bytesOf: bytesOf?.(subscription) };
    const { messages, bytes } = await claimBatch(this.#service, command);
    if (messages.length === 0) return 0;
    this.#idle = undefined;
    this.#calls.begin(this.#held, this.#epoch, { messages, bytes, atMs });
    this.#busySinceMs = messages.length < max ? undefined : (this.#busySinceMs ?? atMs);
    await this.#split();
    return bytes;
  }

  /** Shards that no part has, until they have nothing: a part may have died. `undefined`: all */
  async #ownShards(nowMs: EpochMs): Promise<((shardIndex: number) => boolean) | undefined> {
    const { lease } = this.#record;
    if (lease === undefined || (this.#part === undefined && this.#idle !== undefined)) return undefined;
    const { count, rest } = this.#part === undefined ? shareOf(lease, undefined, nowMs) : await this.#part.share();
    return count === 1 ? undefined : (index) => index % count === rest;
  }

  /** Lets another dispatcher take a part of the queue, when looks are what keeps this one from more calls. */
  async #split(): Promise<void> {
    const { startPart } = this.#command;
    const nowMs = this.#nowMs();
    if (this.#part !== undefined || startPart === undefined) return;
    if (nowMs - (this.#busySinceMs ?? nowMs) < BUSY_MS) return;
    this.#busySinceMs = nowMs;
    const id = this.#service.random.text(6);
    const { subscription: limits, queue } = this.#held;
    const untilMs = (nowMs + PART_START_MS) as EpochMs;
    const part = { epoch: this.#epoch, id, limits, shardCount: queue.route.shards.length, untilMs };
    const planned = await this.#record.change((lease) => planPart(lease, { ...part, nowMs: this.#nowMs() }));
    if (planned !== undefined) await startPart(id);
  }

  /** How long the messages that are ready wait for others of their batch. Nothing is leased meanwhile. */
  async #leftOfWindow(room: number): Promise<number> {
    const { queue, subscription } = this.#held;
    const { count, sinceMs } = await lookAtReady(this.#service, queue, room);
    if (count === 0 || count >= room) return 0;
    return sinceMs + subscription.batchWindowMs - this.#nowMs();
  }

  async #waitForRoom(waitMs: number): Promise<number | undefined> {
    if (!this.#calls.areRunning && waitMs >= REST_MS_MIN) return waitMs;
    return await this.#pause(waitMs);
  }

  /** Waits, at most until a call ends. */
  async #pause(waitMs: number): Promise<undefined> {
    this.#busySinceMs = undefined;
    await this.#stay();
    const pause = this.#service.clock.sleep(Math.min(Math.max(1, waitMs), PAUSE_MS_MAX));
    await Promise.race([pause, this.#calls.nextEnd()]);
  }

  /** Waits for messages. @returns 0 when it has waited long enough to sleep */
  async #waitForMore(): Promise<number | undefined> {
    const nowMs = this.#nowMs();
    const { sinceMs, looks } = this.#idle ?? { sinceMs: nowMs, looks: 0 };
    if (!this.#calls.areRunning && nowMs - sinceMs >= LINGER_MS && nowMs >= this.#awakeUntilMs) return 0;
    this.#idle = { sinceMs, looks: looks + 1 };
    await this.#stay();
    const untilMs = (nowMs + PAUSE_MS_MAX) as EpochMs;
    const wait = { sinceMs: this.#lookedAtMs, untilMs, attempt: looks, signal: this.#command.end };
    await arrivalsIn(this.#service, this.#held.queue, wait);
    return undefined;
  }

  /** Prolongs its lease before that has run out by half. */
  async #stay(): Promise<void> {
    if ((this.#record.lease?.untilMs ?? 0) - this.#nowMs() > AWAKE_MS / 2) return;
    await this.#record.change((lease) => planStay(lease, this.#epoch, (this.#nowMs() + AWAKE_MS) as EpochMs));
  }

  async #stop(outcome: 'over' | 'spent'): Promise<Dispatched> {
    await this.#record.change((lease) => planSleep(lease, this.#epoch));
    return this.#ended(outcome);
  }

  /** Goes to sleep, and then looks once more: what came meanwhile woke no dispatcher. @returns `undefined`: go on */
  async #sleep(restMs: number): Promise<Dispatched | undefined> {
    const restUntilMs = (this.#nowMs() + restMs) as EpochMs;
    if ((await this.#record.change((lease) => planSleep(lease, this.#epoch))) === undefined) return this.#busy();
    this.#lookedAtMs = this.#nowMs();
    if (restMs > 0) {
      await this.#notes?.replace(restUntilMs);
      return { ...this.#ended('asleep'), restUntilMs };
    }
    // A shard may be new: what arrived there has woken no other dispatcher, because this one was awake.
    const held = await subscribedQueue(this.#service, this.#command.queue, 0);
    if (held === undefined) return this.#ended('over');
    const dueMs = await earliestDueMs(this.#service, held.queue);
    if (dueMs > this.#nowMs() + (this.#notes === undefined ? 0 : SOON_MS)) {
      await this.#notes?.replace(dueMs);
      return this.#ended('asleep');
    }
    this.#awakeUntilMs = Math.max(this.#awakeUntilMs, dueMs);
    return (await this.#takeOver()) ? undefined : this.#busy();
  }
}
