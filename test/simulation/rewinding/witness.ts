import { OpenSlice } from '../../../src/engine/memory/slice-reader.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { type Change, consumedBy } from '../../../src/model/change.ts';
import { type ArchivePart, type Delivery, isOutstanding, locate, messageCount } from '../../../src/model/delivery.ts';
import {
  type DeliveryKey,
  isSetAside,
  type MessageId,
  type QueueId,
  queueOfShard,
  type RewindId,
  rewindStart,
} from '../../../src/model/ids.ts';
import { messageId, traceOf } from '../../../src/model/message-id.ts';
import { holdName, type RewindJob } from '../../../src/model/rewind.ts';
import { instantText } from '../../../src/model/sortable-text.ts';

/** The archive as it was written. */
export interface ArchiveView {
  objectOf(name: string): Uint8Array | undefined;
  mayExpire(name: string): boolean;
}

type Holders = { readonly atMs: EpochMs; count: number }[];

/** The life of a message, as the stores saw it. */
interface Life {
  /** Deleted from a queue of this id. */
  readonly deletions: { readonly queueId: QueueId; readonly atMs: EpochMs }[];
  /** The number of deliveries that held it, with the start of each period. */
  readonly holders: Holders;
  /** The same for its copies, which rewinds bring into another queue. */
  readonly copies: Holders;
  /** When it was discarded after a purge: later rewinds do not bring it back. */
  purgedAtMs?: EpochMs;
  /** When a cancelled rewind took it back before anybody received it, and whether as a copy. */
  readonly takenBack: { readonly atMs: EpochMs; readonly isCopy: boolean }[];
  /** A put without an answer was repeated: one of the two copies may be deleted while the other waits. */
  isDouble?: true;
  /** A copy of it cannot be read. A rewind may find one that can, in another object. */
  isAside?: true;
  /** It waited when its queue was purged: whether a consumer or the discarder was first to take it is open. */
  isCovered?: true;
  /** When rewinds brought it, and whether as a copy. */
  readonly comings: { readonly atMs: EpochMs; readonly isCopy: boolean }[];
}

/**
 * Sees each change of a delivery, and derives from that alone which messages a rewind has to bring back. It knows
 * deliveries and archived slices, but no holds, plans or lists of objects.
 */
export class RewindWitness {
  readonly violations: string[] = [];
  /** Deliveries put by a call without an answer or of a dead caller: they may come late, and twice. */
  readonly struck = new Set<DeliveryKey>();
  readonly #lives = new Map<MessageId, Life>();
  readonly #aside = new Map<RewindId, Set<MessageId>>();
  readonly #brought = new Map<RewindId, MessageId[]>();
  readonly #ids = new Map<DeliveryKey, readonly MessageId[]>();
  readonly #slices = new Map<string, OpenSlice>();
  readonly #archive: ArchiveView;
  /** Archived messages that nobody can read any more, and those of them that no rewind can know of. */
  readonly unreadable = new Set<MessageId>();
  readonly unknown = new Set<MessageId>();
  /** Holds that wait for messages that are set aside, because they cannot be read. */
  readonly heldAside = new Set<string>();
  /** All that were sent. */
  readonly bodies = new Set<string>();
  /** The attribute `kind` of each message, and the one that a redrive asks for. */
  readonly kinds = new Map<MessageId, string>();
  readonly redrivenKinds = new Map<RewindId, string>();
  /** The queue into which copies are brought. */
  copiesId: QueueId | undefined;
  #purgedAtMs: number = Number.NEGATIVE_INFINITY;

  constructor(archive: ArchiveView) {
    this.#archive = archive;
  }

  onChange(change: Change): void {
    const { before, after, atMs } = change;
    const delivery = after ?? before;
    if (delivery === undefined) return;
    const ids = this.#idsOf(delivery);
    if (isSetAside(delivery.key)) return this.#noteAside(delivery);
    const isCopy = queueOfShard(change.shard) === this.copiesId;
    if (before === undefined && delivery.receiveCount === 0) {
      this.#noteBrought(delivery, isCopy, atMs);
      this.#judgeRedriven(delivery);
    }
    for (const index of consumedBy(change)) {
      this.#life(ids[index]).deletions.push({ queueId: queueOfShard(change.shard), atMs });
    }
    for (const index of after?.purged ?? [])
      if (before?.purged.has(index) !== true) this.#life(ids[index]).purgedAtMs ??= atMs;
    for (const index of after?.withdrawn ?? [])
      if (before?.withdrawn.has(index) !== true) this.#life(ids[index]).takenBack.push({ atMs, isCopy });
    for (const [index, id] of ids.entries()) {
      const was = before !== undefined && isOutstanding(before, index);
      const is = after !== undefined && isOutstanding(after, index);
      if (was !== is) hold(this.#holders(id, isCopy), atMs, is ? 1 : -1);
    }
  }

  /** Only what cannot be read may be set aside. */
  #noteAside(delivery: Delivery): void {
    for (const [index, id] of this.#idsOf(delivery).entries()) {
      this.#life(id).isAside = true;
      if (!this.unreadable.has(id)) this.violations.push(`${id} is set aside, and nothing of it is damaged`);
      const { part } = locate(delivery, index);
      if (part.kind !== 'archive') continue;
      this.heldAside.add(holdName(part.slice, part.rewoundBy));
      this.#aside.set(part.rewoundBy, this.asideOf(part.rewoundBy).add(id));
    }
  }

  /** What a redrive with a filter moves has to pass it. Archived messages keep the id of their rewind: not judged. */
  #judgeRedriven(delivery: Delivery): void {
    for (const [index, id] of this.#idsOf(delivery).entries()) {
      const { part } = locate(delivery, index);
      const kind = part.kind === 'archive' ? undefined : this.redrivenKinds.get(part.rewoundBy as RewindId);
      if (kind !== undefined && this.kinds.get(id) !== kind)
        this.violations.push(`${id} is not of kind ${kind}, and redrive ${part.rewoundBy} moved it`);
    }
  }

  /** The queue is about to be purged, or just was. */
  onPurge(atMs: EpochMs): void {
    this.#purgedAtMs = atMs;
    for (const life of this.#lives.values()) if (isHeld(life.holders)) life.isCovered = true;
  }

  /** What the job must bring back, and what it may: messages deleted exactly at its cut can go either way. */
  expected(job: RewindJob): { must: MessageId[]; may: Set<MessageId> } {
    const must: MessageId[] = [];
    const may = new Set<MessageId>();
    for (const [id, life] of this.#lives) {
      const deletions = life.deletions.filter(({ queueId, atMs }) => queueId === job.queueId && atMs < job.startedAtMs);
      const sentAtMs = traceOf(id)?.sentAtMs ?? 0;
      const isIn = (at: number) => at >= job.fromMs && at < job.toMs;
      const isWanted =
        job.by === 'sentAt' ? deletions.length > 0 && isIn(sentAtMs) : deletions.some(({ atMs }) => isIn(atMs));
      if (!isWanted) continue;
      const isAsCopy = job.targetId === this.copiesId;
      const holders = isAsCopy ? life.copies : life.holders;
      // What another rewind had brought by the cut, and took back later, was not received: this one may bring it.
      const isFreed = life.takenBack.some(({ atMs, isCopy }) => isCopy === isAsCopy && atMs >= job.startedAtMs);
      const [least, most] = holdersAt(holders, job.startedAtMs);
      // A purge of the queue says nothing about its copies elsewhere.
      const isAmongCopies = job.queueId === this.copiesId && job.targetId === this.copiesId;
      const purgedAtMs = (isAmongCopies ? undefined : life.purgedAtMs) ?? Number.POSITIVE_INFINITY;
      if ((least === 0 || isFreed || life.isDouble === true) && purgedAtMs >= job.startedAtMs) may.add(id);
      // Of two rewinds at work on one message the first to hold it brings it, and the other leaves it.
      const isOthers = life.comings.some(({ atMs, isCopy }) => isCopy === isAsCopy && atMs >= job.startedAtMs);
      const isOpen = life.isCovered === true || life.isDouble === true || life.isAside === true || isOthers;
      if (most === 0 && purgedAtMs > job.startedAtMs && !isOpen) must.push(id);
    }
    // A purge ends the part of a rewind into the queue that is not placed yet.
    const isCutShort = job.targetId !== this.copiesId && this.#purgedAtMs > job.startedAtMs;
    return { must: isCutShort ? [] : must, may };
  }

  /** Compares what a rewind says with what it brought; returns how many messages it could not know of. */
  judgeOutcome(
    { id, state, error, damaged = 0, messagesRewound }: RewindJob,
    { must, brought }: { readonly must: readonly MessageId[]; readonly brought: ReadonlySet<MessageId> },
  ): number {
    const missed = must.filter((one) => !brought.has(one));
    for (const one of missed) if (!this.unknown.has(one)) this.violations.push(`rewind ${id} misses ${one}`);
    if (damaged < missed.length)
      this.violations.push(`rewind ${id} says ${damaged} damaged, and ${missed.length} are not brought`);
    const isDamaged = damaged > 0 && this.unknown.size > 0 && error?.includes('archive/') === true;
    if (state !== (isDamaged ? 'failed' : 'done')) this.violations.push(`rewind ${id} is ${state}: ${error}`);
    // One of whose slice the head is damaged may be archived again, and is told and brought twice.
    const mostTold = brought.size + [...brought].filter((one) => this.unknown.has(one)).length;
    if (messagesRewound < brought.size || messagesRewound > mostTold)
      this.violations.push(`rewind ${id} says ${messagesRewound}, and brought ${brought.size}`);
    return missed.length;
  }

  /** Messages that deliveries of a rewind have brought. */
  broughtBy(id: RewindId): readonly MessageId[] {
    return this.#brought.get(id) ?? [];
  }

  /** Messages that a rewind had brought and that were set aside when somebody received them. */
  asideOf(id: RewindId): Set<MessageId> {
    return this.#aside.get(id) ?? new Set();
  }

  /** Messages that are in some delivery now, but for those that are set aside. */
  outstanding(): MessageId[] {
    return [...this.#lives].flatMap(([id, { holders, copies }]) => (isHeld(holders) || isHeld(copies) ? [id] : []));
  }

  #noteBrought(delivery: Delivery, isCopy: boolean, atMs: EpochMs): void {
    const ids = this.#idsOf(delivery);
    const start = this.#startOf(delivery);
    if (start === undefined) return;
    const brought = this.#brought.get(start.rewoundBy) ?? [];
    this.#brought.set(start.rewoundBy, brought);
    if (this.#archive.mayExpire(start.slice.object)) {
      this.violations.push(`${start.slice.object} may expire, and rewind ${start.rewoundBy} refers to it`);
    }
    const known = new Set(brought);
    for (const id of ids) {
      const isKnown = known.has(id);
      const life = this.#life(id);
      if (isKnown && (this.struck.has(delivery.key) || this.unknown.has(id))) life.isDouble = true;
      else if (isKnown) this.violations.push(`${id} is brought twice by rewind ${start.rewoundBy}`);
      else if (isHeld(this.#holders(id, isCopy)) && life.isDouble !== true) {
        this.violations.push(`${id} is brought by rewind ${start.rewoundBy}, and waits already`);
      }
      if (!isCopy && start.enteredAtMs < this.#purgedAtMs) life.isCovered = true;
      if (!isKnown) brought.push(id);
      this.#life(id).comings.push({ atMs, isCopy });
    }
  }

  /** A part by which a rewind brings messages in; one that moved to a dead-letter queue or back entered later. */
  #startOf(delivery: Delivery): ArchivePart | undefined {
    const [part] = delivery.parts;
    if (part?.kind !== 'archive') return undefined;
    return part.deadLetteredFrom === undefined && delivery.key.startsWith(instantText(rewindStart(part.rewoundBy)))
      ? part
      : undefined;
  }

  #holders(id: MessageId, isCopy: boolean): Holders {
    const { holders, copies } = this.#life(id);
    return isCopy ? copies : holders;
  }

  #life(id: MessageId | undefined): Life {
    if (id === undefined) throw new Error('a delivery names a message that it does not have');
    const known = this.#lives.get(id);
    if (known !== undefined) return known;
    const life: Life = { deletions: [], holders: [], copies: [], comings: [], takenBack: [] };
    this.#lives.set(id, life);
    return life;
  }

  #idsOf(delivery: Delivery): readonly MessageId[] {
    const known = this.#ids.get(delivery.key);
    if (known !== undefined) return known;
    const ids = Array.from({ length: messageCount(delivery) }, (_, index) => {
      const { part, offset } = locate(delivery, index);
      if (part.kind !== 'archive') return messageId(part.origin, part.first + offset);
      const message = this.#sliceOf(part).messages[part.first + offset];
      if (message === undefined) throw new Error(`${delivery.key} refers to a message that its slice does not have`);
      return messageId(message.origin, message.index);
    });
    this.#ids.set(delivery.key, ids);
    return ids;
  }

  #sliceOf({ slice }: ArchivePart): OpenSlice {
    const name = `${slice.object}#${slice.number}`;
    const known = this.#slices.get(name);
    if (known !== undefined) return known;
    const bytes = this.#archive.objectOf(slice.object);
    if (bytes === undefined) throw new Error(`a delivery refers to ${slice.object}, which is not there`);
    const open = new OpenSlice(bytes.subarray(slice.offset, slice.offset + slice.length));
    this.#slices.set(name, open);
    return open;
  }
}

const isHeld = (holders: Holders): boolean => (holders.at(-1)?.count ?? 0) > 0;

function hold(holders: Holders, atMs: EpochMs, change: number): void {
  holders.push({ atMs, count: (holders.at(-1)?.count ?? 0) + change });
}

/** Least and most deliveries that held a message at a moment: a change in that millisecond may count or not. */
function holdersAt(holders: Holders, atMs: EpochMs): readonly [number, number] {
  const before = holders.filter((one) => one.atMs < atMs).at(-1)?.count ?? 0;
  const counts = [before, ...holders.filter((one) => one.atMs === atMs).map(({ count }) => count)];
  return [Math.min(...counts), Math.max(...counts)];
}
