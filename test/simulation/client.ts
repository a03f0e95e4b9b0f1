import {
  changeVisibility,
  createQueue,
  deleteMessages,
  deleteQueue,
  purgeQueue,
  queueCounts,
  type ReceiptOutcome,
  type ReceivedMessage,
  receive,
  restoreQueue,
  send,
  undoPurge,
} from '../../src/engine/index.ts';
import type { MessageId } from '../../src/model/ids.ts';
import { PURGE_UNDO_MS } from '../../src/model/limits.ts';
import type { NewMessage } from '../../src/model/message.ts';
import type { QueueSettings } from '../../src/model/queue.ts';
import type { ReceiptText } from '../../src/model/receipt.ts';
import type { Period } from './auditor.ts';
import { trueCounts, wrongCounts } from './true-counts.ts';
import type { Deployment } from './world.ts';

/** One message in a consumer's hands. */
export interface Held {
  readonly id: MessageId;
  readonly receipt: ReceiptText;
}

/** A user of one queue: calls the engine, and reports requests and answers to the auditor. */
export class Client {
  readonly #deployment: Deployment;
  readonly #queue: string;
  /** Infinite without a dead-letter queue. */
  readonly maxReceives: number;

  #wasDeleted = false;
  #deletions = 0;
  #purgedAtMs: number | undefined;

  readonly #deadLetters: { readonly deadLetters?: string };

  constructor(
    deployment: Deployment,
    queue: string,
    { maxReceives = Number.POSITIVE_INFINITY, deadLetters }: { maxReceives?: number; deadLetters?: string } = {},
  ) {
    this.#deadLetters = deadLetters === undefined ? {} : { deadLetters };
    this.#deployment = deployment;
    this.#queue = queue;
    this.maxReceives = maxReceives;
  }

  async create(settings: Partial<QueueSettings>): Promise<boolean> {
    const name = this.#queue;
    const created = await this.#deployment.call('create', (service) => createQueue(service, { name, settings }));
    return created.kind === 'answered';
  }

  async send(messages: readonly NewMessage[]): Promise<void> {
    const { auditor } = this.#deployment;
    auditor.sending({ name: this.#queue, maxReceives: this.maxReceives }, messages);
    const sent = await this.#deployment.call(`send ${messages.length}`, (service) =>
      send(service, { queue: this.#queue, messages }),
    );
    if (sent.kind === 'answered') auditor.sent(messages, sent.answer, sent);
  }

  /** The received messages; none when the call failed. */
  async receive(options: { max: number; waitMs: number; visibilityMs: number }): Promise<readonly ReceivedMessage[]> {
    const { auditor } = this.#deployment;
    const got = await this.#deployment.call(`receive ${options.max}`, (service) =>
      receive(service, { queue: this.#queue, ...options }),
    );
    if (got.kind !== 'answered') return [];
    auditor.received({ name: this.#queue, maxReceives: this.maxReceives, ...this.#deadLetters }, got.answer, {
      ...got,
      visibilityMs: options.visibilityMs,
    });
    return got.answer;
  }

  async delete(held: readonly Held[]): Promise<void> {
    const { auditor } = this.#deployment;
    const until = this.#giveBack(held, 0);
    for (const { id } of held) auditor.deleting(id);
    const done = await this.#deployment.call(`delete ${held.length}`, (service) =>
      deleteMessages(service, { queue: this.#queue, receipts: held.map(({ receipt }) => receipt) }),
    );
    if (done.kind !== 'answered') return;
    for (const [index, one] of held.entries()) {
      if (done.answer[index] === 'done') auditor.deleted(one.id, done);
      else this.#noteRefusal(done.answer[index], one, until[index] ?? 0, done);
    }
  }

  /** Extends the hold, or releases the messages earlier. */
  async changeVisibility(held: readonly Held[], visibilityMs: number): Promise<void> {
    const { auditor, nowMs } = this.#deployment;
    const until = this.#giveBack(held, nowMs + visibilityMs);
    const entries = held.map(({ receipt }) => ({ receipt, visibilityMs }));
    const changed = await this.#deployment.call(`visibility ${visibilityMs} of ${held.length}`, (service) =>
      changeVisibility(service, { queue: this.#queue, entries }),
    );
    if (changed.kind !== 'answered') return;
    for (const [index, one] of held.entries()) {
      if (changed.answer[index] === 'done') auditor.extended(one.id, one.receipt, nowMs + visibilityMs);
      else this.#noteRefusal(changed.answer[index], one, until[index] ?? 0, changed);
    }
  }

  async purge(): Promise<void> {
    const purged = await this.#deployment.call('purge', (service) => purgeQueue(service, this.#queue));
    this.#purgedAtMs = purged.kind === 'answered' ? purged.answer.undoUntilMs - PURGE_UNDO_MS : undefined;
  }

  /** Undoes the previous purge, if that was answered. */
  async undoPurge(): Promise<void> {
    const { auditor } = this.#deployment;
    const undone = await this.#deployment.call('undo', (service) => undoPurge(service, this.#queue));
    if (undone.kind !== 'answered' || this.#purgedAtMs === undefined) return;
    if (!auditor.routes.isUndone(this.#queue, this.#purgedAtMs))
      auditor.violate('purge', `${this.#queue} is purged still, though the undo was answered`);
  }

  /** Counts the queue; exact counts must be the true numbers of their moment. False when they are not exact. */
  async count(): Promise<boolean> {
    const { auditor, world, mayMissReplays } = this.#deployment;
    // A moment of a clock that is ahead or behind is no moment of the world.
    const isUnknown = this.#deployment.batchesGivenUp > 0 || world.skewMsMax > 0 || mayMissReplays;
    const counted = await this.#deployment.call('counts', (service) => queueCounts(service, this.#queue));
    if (counted.kind !== 'answered' || !counted.answer.isExact) return false;
    // What a feed has given up leaves no trace in the shards: counts do not know of it until it is replayed.
    if (isUnknown) return false;
    const { counts, queue, asOfMs } = counted.answer;
    const truth = trueCounts(queue, asOfMs, { changes: world.deliveries.changes, messages: auditor.messages });
    const wrong = truth.hasDoubles ? [] : wrongCounts(counts, truth);
    if (wrong.length > 0) auditor.violate('8', `the counts of ${this.#queue} say exactly ${wrong.join(', ')}`);
    return true;
  }

  /** @returns whether that was answered */
  async deleteQueue(): Promise<boolean> {
    this.#wasDeleted = true;
    this.#deletions++;
    const deleted = await this.#deployment.call('delete queue', (service) => deleteQueue(service, this.#queue));
    return deleted.kind === 'answered';
  }

  /** Undoes a recent deletion; false when the queue is still missing. */
  async restore(): Promise<boolean> {
    const { auditor, hadFaults } = this.#deployment;
    const name = this.#queue;
    const deletions = this.#deletions;
    const restored = await this.#deployment.call('restore', (service) => restoreQueue(service, { name }));
    if (restored.kind === 'refused' && !hadFaults && deletions === this.#deletions)
      auditor.violate('restore', `${name} is not restored within its hour: ${restored.error.message}`);
    return restored.kind === 'answered';
  }

  /** The call may take effect at any time from now on: the messages are held until then at most. */
  #giveBack(held: readonly Held[], untilMs: number): number[] {
    const { auditor } = this.#deployment;
    return held.map(({ id, receipt }) => {
      const before = auditor.heldUntilMs(id, receipt);
      auditor.givingBack(id, receipt, untilMs);
      return before;
    });
  }

  #noteRefusal(outcome: ReceiptOutcome | undefined, one: Held, heldUntilMs: number, call: Period): void {
    const { auditor, hadFaults } = this.#deployment;
    if (outcome === 'stale') auditor.refusedReceipt(one.id, { ...call, heldUntilMs });
    else if (outcome === 'invalid' && !this.#wasDeleted)
      auditor.violate('receipt', `the receipt of ${one.id} is invalid`);
    else if ((outcome === 'unavailable' || outcome === 'throttled') && !hadFaults)
      auditor.violate('answer', `${one.id} was ${outcome}`);
    else if (outcome === undefined) auditor.violate('answer', `${one.id} has no outcome`);
  }
}
