import type { ReceivedMessage, SendOutcome } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { Change } from '../../src/model/change.ts';
import { dueAtMs } from '../../src/model/delivery.ts';
import { type MessageId, QUEUE_ID_LENGTH, type QueueId, queueOfShard } from '../../src/model/ids.ts';
import type { NewMessage } from '../../src/model/message.ts';
import { traceOf } from '../../src/model/message-id.ts';
import { decodeReceipt, type ReceiptText } from '../../src/model/receipt.ts';
import type { StoredObjects } from '../../src/stores/simulated/simulated-object-store.ts';
import type { WorldObserver } from '../../src/stores/simulated/simulated-world.ts';
import { ArchiveWatch } from './archive-watch.ts';
import { Excuses } from './excuses.ts';
import { type Hold, type MessageRecord, Messages } from './messages.ts';
import { ReadWatch } from './read-watch.ts';
import { RouteWatch } from './route-watch.ts';
import { StoreWatch } from './store-watch.ts';

export interface Violation {
  /** Number in the design's list of invariants, or a word for another promise. */
  readonly invariant: string;
  readonly what: string;
  readonly atMs: number;
}

/** One answered call. */
export interface Period {
  readonly startedAtMs: EpochMs;
  readonly endedAtMs: EpochMs;
}

/** A queue from its user's view. */
export interface QueueView {
  readonly name: string;
  /** Infinite without a dead-letter queue. */
  readonly maxReceives: number;
  /** The name of its dead-letter queue: while that is missing, consumers continue to receive. */
  readonly deadLetters?: string;
}

interface SentBody {
  readonly queue: string;
  /** Of that queue. */
  readonly maxReceives: number;
  readonly attributes: NewMessage['attributes'];
  id?: MessageId;
}

/**
 * Judges a world by the design's invariants: compares the promises to callers with their answers and the stores'
 * content. It knows only what a delivery is, and nothing else of the engine.
 */
export class Auditor {
  readonly violations: Violation[] = [];
  readonly messages = new Messages();
  readonly excuses: Excuses;
  readonly routes: RouteWatch;
  readonly archive: ArchiveWatch;
  readonly watch: StoreWatch;
  readonly reads: ReadWatch;
  readonly counts = { doubles: 0, deadLettered: 0, staleReceipts: 0, refusals: 0, setAside: 0 };
  readonly #bodies = new Map<string, SentBody>();
  readonly #nowMs: () => EpochMs;
  readonly #apartMs: number;

  /** @param apartMs - how far the clocks of two processes differ at most: a lease may end that much earlier for one */
  constructor(nowMs: () => EpochMs, objects: () => StoredObjects, apartMs = 0) {
    this.#nowMs = nowMs;
    this.#apartMs = apartMs;
    this.excuses = new Excuses(this.messages, nowMs, apartMs);
    this.routes = new RouteWatch(apartMs);
    this.archive = new ArchiveWatch(this.messages, objects, this.violate);
    this.watch = new StoreWatch(this, this.violate);
    this.reads = new ReadWatch(nowMs, this.routes, this.violate);
  }

  readonly violate = (invariant: string, what: string): void => {
    this.violations.push({ invariant, what, atMs: this.#nowMs() });
  };

  /** The auditor's view of the world from inside. */
  get observer(): WorldObserver {
    return {
      onStep: (process, step, fate) => this.excuses.onStep(process, step, fate),
      onChange: (change: Change) => this.watch.onChange(change),
      onRecord: (change) => {
        this.routes.onRecord(change, this.#nowMs());
        if (change.kind === 'queue' && change.value?.deletedAtMs !== undefined) this.watch.onDelete(change.value.id);
      },
      onRemoveBlock: (block) => this.watch.onRemoveBlock(block),
    };
  }

  sending({ name: queue, maxReceives }: QueueView, messages: readonly NewMessage[]): void {
    for (const { body, attributes } of messages) this.#bodies.set(body, { queue, maxReceives, attributes });
  }

  sent(messages: readonly NewMessage[], outcomes: readonly SendOutcome[], { endedAtMs }: Period): void {
    for (const [index, { body }] of messages.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) this.violate('answer', `entry ${index} of a send has no answer`);
      else if ('id' in outcome) this.#acknowledge(this.#identify(outcome.id, body), endedAtMs);
    }
  }

  received(queue: QueueView, all: readonly ReceivedMessage[], call: Period & { readonly visibilityMs: number }): void {
    for (const one of all) {
      const message = this.#identify(one.id, one.body);
      this.#checkContent(queue, one, call);
      this.#checkQueue(queue, message, one.receipt, call);
      // The answer may come after the receive's visibility has ended and a quicker consumer has the message.
      const isOver = call.startedAtMs + call.visibilityMs <= call.endedAtMs;
      const isDeletedSince = isOver && (message.deletedAtMs ?? 0) >= call.startedAtMs;
      if (message.deletedAtMs !== undefined && !isDeletedSince)
        this.#double('2', message, `${one.id} was deleted and is delivered again`);
      const other = message.holds.find(({ untilMs }) => untilMs - this.#apartMs > call.endedAtMs);
      if (other !== undefined && !isOver)
        this.#double('3', message, `${one.id} is held until ${other.untilMs} and delivered to another consumer`);
      this.#checkDeadLetter(queue, message);
      this.#noteHold(message, one.receipt, call);
    }
  }

  /** From now on the consumer holds the message at most that long: its call may take effect at any time. */
  givingBack(id: MessageId, receipt: ReceiptText, untilMs: number): void {
    const hold = this.#hold(id, receipt);
    if (hold === undefined) return;
    hold.untilMs = Math.min(hold.untilMs, untilMs);
  }

  extended(id: MessageId, receipt: ReceiptText, untilMs: number): void {
    const hold = this.#hold(id, receipt);
    if (hold !== undefined) hold.untilMs = Math.max(hold.untilMs, untilMs);
  }

  deleting(id: MessageId): void {
    this.messages.get(id).isDeleteCalled = true;
  }

  deleted(id: MessageId, { endedAtMs }: Period): void {
    this.messages.get(id).deletedAtMs ??= endedAtMs;
  }

  /** A receipt was refused as stale; that is wrong while its message was held. */
  refusedReceipt(id: MessageId, { heldUntilMs, endedAtMs }: Period & { heldUntilMs: number }): void {
    this.counts.staleReceipts++;
    if (heldUntilMs - this.#apartMs > endedAtMs && !this.messages.get(id).isPurged)
      this.#double('receipt', this.messages.get(id), `the receipt of ${id} is stale within its lease`);
  }

  heldUntilMs(id: MessageId, receipt: ReceiptText): number {
    return this.#hold(id, receipt)?.untilMs ?? 0;
  }

  #acknowledge(message: MessageRecord, atMs: EpochMs): void {
    message.acknowledgedAtMs = atMs;
    if (message.isGone) this.violate('1', `${message.id} is acknowledged, and in no delivery any more`);
  }

  #checkQueue(queue: QueueView, message: MessageRecord, receipt: ReceiptText, call: Period): void {
    const shard = decodeReceipt(receipt, queueOfReceipt(receipt))?.shard;
    if (shard === undefined) return;
    const isSentHere = this.#bodies.get(message.body ?? '')?.queue === queue.name;
    if (isSentHere && message.first !== undefined && queueOfShard(shard) !== queueOfShard(message.first.shard))
      this.violate('name', `${message.id} was sent to an older queue of the name ${queue.name}`);
    const enteredAtMs = message.now?.enteredAtMs ?? (0 as EpochMs);
    if (this.routes.isHidden({ shard, enteredAtMs }, call.endedAtMs))
      this.#double('purge', message, `${message.id} was purged, and is delivered`);
  }

  #checkContent(queue: QueueView, one: ReceivedMessage, call: Period): void {
    const sent = this.#bodies.get(one.body);
    if (JSON.stringify(one.attributes) !== JSON.stringify(sent?.attributes ?? {}))
      this.violate('content', `${one.id} came with other attributes`);
    const trace = traceOf(one.id);
    if (trace === undefined || (trace.sentAtMs ?? one.sentAtMs) !== one.sentAtMs)
      this.violate('content', `${one.id} was sent then?`);
    if ((trace?.firstVisibleAtMs ?? 0) - this.#apartMs > call.endedAtMs)
      this.violate('delay', `${one.id} is delivered before its time`);
    const hadDeadLetters = queue.deadLetters === undefined || !this.routes.wasMissing(queue.deadLetters, call);
    if (one.receiveCount > queue.maxReceives && hadDeadLetters)
      this.violate('dead letter', `${one.id} is delivered for the ${one.receiveCount}th time`);
    if (sent !== undefined && sent.queue !== queue.name) this.counts.deadLettered++;
  }

  /** A dead letter was answered as often as its queue allows; then it cannot count as never seen. */
  #checkDeadLetter(queue: QueueView, message: MessageRecord): void {
    const sent = this.#bodies.get(message.body ?? '');
    if (sent === undefined || sent.queue === queue.name || message.holds.length >= sent.maxReceives) return;
    // A receive of a moment may answer it later than the next one moves it.
    if (this.excuses.isBeingReceived(message)) return;
    this.#double('dead letter', message, `${message.id} is a dead letter after ${message.holds.length} receives`);
  }

  /** A message is identified by its id and by its body; both must match. */
  #identify(id: MessageId, body: string): MessageRecord {
    const message = this.messages.get(id);
    const sent = this.#bodies.get(body);
    if (sent === undefined) this.violate('content', `${id} has a body nobody sent`);
    else if ((sent.id ?? id) !== id) this.violate('content', `${id} has the body of ${sent.id}`);
    else sent.id = id;
    if ((message.body ?? body) !== body) this.violate('content', `${id} has changed its body`);
    message.body = body;
    return message;
  }

  #double(invariant: string, message: MessageRecord, what: string): void {
    if (this.excuses.has(message)) this.counts.doubles++;
    else this.violate(invariant, what);
  }

  #noteHold(message: MessageRecord, receipt: ReceiptText, call: Period & { readonly visibilityMs: number }): void {
    const lease = decodeReceipt(receipt, queueOfReceipt(receipt));
    if (lease === undefined) {
      this.violate('answer', `the receipt of ${message.id} is none`);
      return;
    }
    // A wish below the store's lease floor is met by a change of visibility, now or a little later.
    // The clock that gave the lease its end may be behind.
    const leaseEndMs = dueAtMs(lease) + this.#apartMs / 2;
    const untilMs = Math.min(leaseEndMs, call.startedAtMs + call.visibilityMs);
    message.holds.push({ receipt, untilMs });
  }

  #hold(id: MessageId, receipt: ReceiptText): Hold | undefined {
    return this.messages.get(id).holds.find((hold) => hold.receipt === receipt);
  }
}

/** Receipts begin with the id of their queue. */
const queueOfReceipt = (receipt: ReceiptText): QueueId => receipt.slice(1, 1 + QUEUE_ID_LENGTH) as QueueId;
