import type { EpochMs } from '../../src/model/brand.ts';
import { type Change, consumedBy } from '../../src/model/change.ts';
import { type BlockPart, type Delivery, enteredAtMs, isOutstanding, locate } from '../../src/model/delivery.ts';
import {
  type BlockId,
  blockId,
  isSetAside,
  type MessageId,
  type QueueId,
  queueOfShard,
  shardOfKey,
} from '../../src/model/ids.ts';
import { messageId } from '../../src/model/message-id.ts';
import type { ArchiveWatch } from './archive-watch.ts';
import { isConsumed, type MessageRecord, type Messages, type Place } from './messages.ts';
import type { RouteWatch } from './route-watch.ts';

export type Violate = (invariant: string, what: string) => void;

/** Watches every change of the stores from inside: invariants 1, 4 and 6. */
export class StoreWatch {
  readonly #messages: Messages;
  readonly #routes: RouteWatch;
  readonly #archive: ArchiveWatch;
  readonly #counts: { setAside: number };
  readonly #violate: Violate;
  readonly #ofBlock = new Map<BlockId, readonly MessageId[]>();

  constructor(
    world: {
      messages: Messages;
      routes: RouteWatch;
      archive: ArchiveWatch;
      counts: { setAside: number };
    },
    violate: Violate,
  ) {
    this.#messages = world.messages;
    this.#routes = world.routes;
    this.#archive = world.archive;
    this.#counts = world.counts;
    this.#violate = violate;
  }

  onChange(change: Change): void {
    const { before, after } = change;
    const delivery = after ?? before;
    if (delivery === undefined) return;
    const messages = this.#messages.of(delivery);
    if (before === undefined) this.#notePut(change, delivery);
    for (const index of consumedBy(change)) this.#consume(messages[index], change);
    for (const index of after?.deadLettered ?? [])
      if (before?.deadLettered.has(index) !== true) this.#checkMove(messages[index]);
    for (const index of after?.purged ?? [])
      if (before?.purged.has(index) !== true) this.#purge(change, delivery, index);
    for (const [index, message] of messages.entries()) {
      const was = before !== undefined && isOutstanding(before, index);
      const is = after !== undefined && isOutstanding(after, index);
      // A lease may hold a doubled message twice.
      const holder = `${delivery.key}/${index}`;
      if (is && !was) message.holders.set(holder, placeOf(change, delivery, index));
      if (was && !is) message.holders.delete(holder);
      const place = [...message.holders.values()].at(-1);
      if (place !== undefined) message.now = place;
      const isGone = was && !is && place === undefined;
      if (isGone && !isConsumed(message) && !message.isPurged) this.#noteGone(message);
    }
  }

  onRemoveBlock(block: BlockId): void {
    const ids = this.#ofBlock.get(block);
    if (ids === undefined) {
      this.#violate('4', `block ${block} is removed though no delivery ever named it`);
      return;
    }
    for (const id of ids) {
      const message = this.#messages.get(id);
      if (!this.#isFinished(message)) this.#violate('4', `block ${block} is removed before message ${id}`);
      if (this.isToBeArchived(message) && this.#archive.countOf(message) === 0)
        this.#violate('4', `block ${block} is removed before message ${id} is archived`);
    }
  }

  /** A queue is deleted: of a message that is just moving into it, a consumer there may have the copy. */
  onDelete(queue: QueueId): void {
    for (const message of this.#messages.all)
      if (message.holders.size > 1 && message.now !== undefined && queueOfShard(message.now.shard) === queue)
        message.isExcused = true;
  }

  /** Consumed only in queues that archive, and covered by no purge: then it may leave as a deleted message. */
  isToBeArchived(message: MessageRecord): boolean {
    const places = [...message.consumedIn];
    if (!isConsumed(message) || message.isPurged || this.#mayBeDiscarded(message)) return false;
    return places.every((shard) => this.#routes.isArchived(shard));
  }

  /** Of a block, in order; none when no delivery ever named it. */
  messagesOf(block: BlockId): readonly MessageRecord[] {
    return (this.#ofBlock.get(block) ?? []).map((id) => this.#messages.get(id));
  }

  /** Consumed or discarded. The discarder removes blocks before it marks, because no consumer can get the messages. */
  #isFinished(message: MessageRecord): boolean {
    return isConsumed(message) || message.isPurged || this.#mayBeDiscarded(message);
  }

  #mayBeDiscarded(message: MessageRecord): boolean {
    // One copy of a double may be discarded with its queue while the other went to the dead letters.
    const places = message.isExcused ? [message.first, message.now] : [message.now];
    return places.some((place) => place !== undefined && this.#routes.mayBeDiscarded(place));
  }

  #notePut(change: Change, delivery: Delivery): void {
    const { shard, atMs } = change;
    const queue = queueOfShard(shard);
    if (isSetAside(delivery.key)) this.#checkSetAside(delivery);
    for (const [index, message] of this.#messages.of(delivery).entries()) {
      message.now = placeOf(change, delivery, index);
      message.first ??= message.now;
      const { part } = locate(delivery, index);
      if (part.kind !== 'archive') message.visibleAtMs ??= part.origin.visibleAtMs;
      if (part.kind === 'block') message.block ??= blockId(part.origin);
      // A copy that entered a deleted queue leaves again, unless one of its consumers was faster.
      if (this.#routes.isDeleted(queue)) message.isExcused = true;
    }
    for (const part of delivery.parts) if (part.kind === 'block') this.#noteBlock(part);
    const isEntering = delivery.receiveCount === 0 && delivery.parts.length > 0;
    if (isEntering && !this.#routes.mayTakeSends(queue, shardOfKey(shard), atMs))
      this.#violate('6', `${delivery.key} was put into ${shard} by a route that was too old`);
  }

  #checkSetAside(delivery: Delivery): void {
    this.#counts.setAside++;
    for (const message of this.#messages.of(delivery))
      if (!message.isDamaged) this.#violate('damage', `${message.id} is set aside, and nothing of it is damaged`);
  }

  #noteBlock({ origin, blockCount }: BlockPart): void {
    const block = blockId(origin);
    if (this.#ofBlock.has(block)) return;
    this.#ofBlock.set(
      block,
      Array.from({ length: blockCount }, (_, index) => messageId(origin, index)),
    );
  }

  /** An unacknowledged send may end like this: its block never came. */
  #noteGone(message: MessageRecord): void {
    message.isGone = true;
    if (message.acknowledgedAtMs !== undefined)
      this.#violate(
        message.isDamaged ? 'damage' : '1',
        `${message.id} is in no delivery any more, and nobody consumed it`,
      );
  }

  /** The message left its source, so it must have entered a queue that existed then. */
  #checkMove(message: MessageRecord | undefined): void {
    if (message?.now === undefined) return;
    const { shard, enteredAtMs: atMs } = message.now;
    if (this.#routes.wasDeletedBy(queueOfShard(shard), atMs))
      this.#violate('dead letter', `${message.id} was moved into ${shard}, whose queue had been deleted`);
  }

  #consume(message: MessageRecord | undefined, { shard, atMs }: Change): void {
    if (message === undefined) return;
    const isExpired = this.#routes.mayHaveExpired(shard, message.visibleAtMs ?? (0 as EpochMs), atMs);
    if (!message.isDeleteCalled && !isExpired)
      this.#violate('1', `${message.id} was consumed in ${shard}, but nobody deleted it`);
    message.consumedIn.add(shard);
  }

  #purge({ shard }: Change, delivery: Delivery, index: number): void {
    const message = this.#messages.of(delivery)[index];
    const entered = enteredAtMs(locate(delivery, index).part);
    if (!this.#routes.mayBeDiscarded({ shard, enteredAtMs: entered }))
      this.#violate('1', `${message?.id} was discarded in ${shard}, but no purge covers it`);
    if (message !== undefined) message.isPurged = true;
  }
}

const placeOf = ({ shard }: Change, delivery: Delivery, index: number): Place => ({
  shard,
  enteredAtMs: enteredAtMs(locate(delivery, index).part),
});
