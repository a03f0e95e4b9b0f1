import type { EpochMs } from '../../model/brand.ts';
import { type Breaker, isLooping, planEnd, planFree, planSlot, verdictOn } from '../../model/push/index.ts';
import { matchesFilter } from '../../model/rewind.ts';
import type { PushTarget } from '../../ports/push-target.ts';
import type { Pushing } from '../service.ts';
import type { ClaimedBatch } from './claim-batch.ts';
import type { LeaseHolder } from './lease-record.ts';
import { type Batch, deleteAll, giveBackAll, settleAnswered } from './settle.ts';
import type { Subscribed } from './subscribed.ts';
import { pauseSubscription } from './subscriptions.ts';

/** A dispatcher counts as awake this long after its last write. */
export const AWAKE_MS = 8_000;
/** No call begins, and no message is refused, by a subscription that was read longer ago: it may be paused since. */
const SUBSCRIPTION_MS_MAX = 4_500;
/** With `perSecond` a call begins this soon after its slot was written: its pace is that of that moment. */
const PACED_MS_MAX = 500;

export interface CallsCommand {
  readonly target: PushTarget;
  /** Aborts when nothing new may begin. */
  readonly end: AbortSignal;
  /** The target is at fault, or answers again; must not throw. */
  readonly onBreaker?: (breaker: Breaker | undefined) => void;
  /** A message has come round too often, and the subscription pauses; must not throw. */
  readonly onLoop?: () => void;
}

/** Messages that were received together. */
interface ReceivedBatch extends ClaimedBatch {
  readonly atMs: EpochMs;
}

/** The calls that one dispatcher has begun, from the slot to what becomes of their messages. */
export class Calls {
  readonly #service: Pushing;
  readonly #command: CallsCommand;
  readonly #record: LeaseHolder;
  readonly #running = new Set<Promise<unknown>>();
  #onEnd: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(service: Pushing, command: CallsCommand, record: LeaseHolder) {
    this.#service = service;
    this.#command = command;
    this.#record = record;
  }

  get areRunning(): boolean {
    return this.#running.size > 0;
  }

  /** @throws the error that ended a call: a bug, or a record that could not be written */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when the next call ends. */
  nextEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  /** Resolves when all calls are settled. Never rejects. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /**
   * Begins a call with messages that were received at that moment; deletes those that the filter refuses. Their bytes
   * are taken of the room of the process, and given back at the end.
   */
  begin(held: Subscribed, epoch: number, { messages, bytes, atMs }: ReceivedBatch): void {
    const { filter } = held.subscription;
    const wanted = messages.filter(({ attributes }) => matchesFilter(attributes, filter));
    const leasedUntilMs = (atMs + held.leaseMs) as EpochMs;
    const batch: Batch = { ...held, messages: wanted, receivedAtMs: atMs, leasedUntilMs };
    const refused = messages.filter(({ attributes }) => !matchesFilter(attributes, filter));
    const { pushRoom } = this.#service;
    const isLoop = wanted.some(({ attributes }) => isLooping(attributes, held.subscription));
    const works = [
      ...(wanted.length > 0 ? [isLoop ? this.#endLoop(batch) : this.#call(batch, epoch)] : []),
      ...(refused.length > 0 ? [this.#refuse({ ...batch, messages: refused })] : []),
    ];
    this.#track(Promise.all(works).finally(() => pushRoom.give(bytes)));
  }

  #track(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.#running.delete(tracked);
        this.#onEnd?.();
      });
    this.#running.add(tracked);
  }

  async #refuse(batch: Batch): Promise<void> {
    if (this.#isOutdated(batch)) {
      await giveBackAll(this.#service, batch, this.#nowMs());
      return;
    }
    await deleteAll(this.#service, batch);
    const count = batch.messages.length;
    await this.#record.change((lease) => lease && { ...lease, filtered: (lease.filtered ?? 0) + count });
  }

  /** Pauses the subscription and gives the batch back. No target is called, so the receives do not count. */
  async #endLoop(batch: Batch): Promise<void> {
    const { name } = batch.queue;
    await this.#orGiveBack(batch, () => pauseSubscription(this.#service, name, { pausedBy: 'maxHops' }));
    await giveBackAll(this.#service, batch, this.#nowMs());
    this.#command.onLoop?.();
  }

  async #call(batch: Batch, epoch: number): Promise<void> {
    const { queue, subscription, messages } = batch;
    const { targetMs: timeoutMs, to, format } = subscription;
    const slotId = this.#service.random.text(6);
    if (!(await this.#orGiveBack(batch, () => this.#takeSlot(batch, epoch, slotId)))) {
      await giveBackAll(this.#service, batch, this.#nowMs());
      return;
    }
    const called = { to, queueId: queue.id, queueName: queue.name, format, messages, timeoutMs };
    const answer = await this.#command.target.call(called);
    await settleAnswered(this.#service, batch, answer);
    const wasBroken = this.#record.lease?.breaker !== undefined;
    const { end } = answer;
    const isAtFault = verdictOn(end) === 'target';
    const note = () => this.#record.change((lease) => lease && planEnd(lease, { slotId, end, nowMs: this.#nowMs() }));
    const ended = isAtFault ? await this.#orGiveBack(batch, note) : await note();
    if (isAtFault || wasBroken) this.#command.onBreaker?.(ended?.breaker);
    if (!isAtFault) return;
    await giveBackAll(this.#service, batch, Math.max(this.#nowMs(), ended?.breaker?.retryAtMs ?? 0) as EpochMs);
  }

  /** Takes a step before a target works on the messages. If it fails, their receive does not count. */
  async #orGiveBack<Answer>(batch: Batch, step: () => Promise<Answer>): Promise<Answer> {
    try {
      return await step();
    } catch (error) {
      await giveBackAll(this.#service, batch, this.#nowMs());
      throw error;
    }
  }

  /** Whether the subscription may have been changed or paused since it was read. */
  #isOutdated({ readAtMs }: Batch): boolean {
    return this.#command.end.aborted || this.#nowMs() - readAtMs > SUBSCRIPTION_MS_MAX;
  }

  /** @returns whether the call may begin now */
  async #takeSlot(batch: Batch, epoch: number, id: string): Promise<boolean> {
    const { subscription: limits, messages, leasedUntilMs: untilMs } = batch;
    const taken = await this.#record.change((lease) => {
      const nowMs = this.#nowMs();
      const awakeUntilMs = (nowMs + AWAKE_MS) as EpochMs;
      const call = { epoch, slot: { id, untilMs }, messageCount: messages.length, limits, nowMs, awakeUntilMs };
      return planSlot(lease, call);
    });
    if (taken === undefined) return false;
    const nowMs = this.#nowMs();
    const isLate = limits.perSecond !== undefined && nowMs - taken.budget.atMs > PACED_MS_MAX;
    if (!isLate && nowMs + limits.targetMs < untilMs && !this.#isOutdated(batch)) return true;
    await this.#record.change((lease) => lease && planFree(lease, id, this.#nowMs()));
    return false;
  }

  #nowMs(): EpochMs {
    return this.#service.clock.nowMs();
  }
}
