import { type DeletedAgain, decodeArchiveIndex } from '../../model/archive-object.ts';
import { messageKey } from '../../model/archive-slice.ts';
import { DecodeError } from '../../model/bytes.ts';
import type { Sequence } from '../../model/change.ts';
import type { StoredPart } from '../../model/delivery.ts';
import { blockId, type QueueId } from '../../model/ids.ts';
import type { Message } from '../../model/message.ts';
import type { Compress } from '../../model/packing.ts';
import { againKey } from '../../model/rewind.ts';
import { type ArchiveUnit, type Consumed, ObjectBuilder } from '../archive/index.ts';
import { OpenSlice } from '../memory/index.ts';

/** What several objects hold of one queue, on its way into one object. */
export class Merging {
  readonly names: string[] = [];
  readonly #queueId: QueueId;
  readonly #builder = new ObjectBuilder();
  readonly #seen = new Set<string>();
  #first: Sequence | undefined;
  #last: Sequence | undefined;

  constructor(queueId: QueueId) {
    this.#queueId = queueId;
  }

  /**
   * Adds what an object holds of the queue, but for messages of a change that another one has added: its batch was
   * written twice, in other pieces. An object that is missing or damaged is left for a rewind to name.
   */
  tryAdd(name: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    try {
      // All of it is read before anything is added.
      const { first, last, slices, deletedAgain } = decodeArchiveIndex(bytes);
      const own = slices.filter(({ queueId }) => queueId === this.#queueId);
      const payloads = own.flatMap(({ offset, length }) => this.#framesOf(bytes.subarray(offset, offset + length)));
      for (const { change, unit } of payloads) this.#add(change, { units: [unit] });
      for (const entry of deletedAgain) this.#addAgain(entry);
      this.#first = this.#first === undefined || first < this.#first ? first : this.#first;
      this.#last = this.#last === undefined || last > this.#last ? last : this.#last;
      this.names.push(name);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  finish(compress: Compress | undefined): ReturnType<ObjectBuilder['finish']> {
    return this.#builder.finish(this.#first ?? ('' as Sequence), this.#last ?? ('' as Sequence), compress);
  }

  /** The messages of a slice that are not there yet, change by change. */
  #framesOf(bytes: Uint8Array): { change: Consumed['change']; unit: ArchiveUnit }[] {
    const slice = new OpenSlice(bytes);
    const contents = slice.contents(0, slice.messages.length - 1);
    let index = 0;
    return slice.head.frames.flatMap(({ sequence, deletedAtMs, parts }) => {
      const kept: { part: StoredPart; message: Message }[] = [];
      for (const part of parts) {
        for (let first = part.first; first < part.first + part.count; first++) {
          const message = contents.get(index++);
          if (message === undefined) throw new DecodeError('a slice holds fewer messages than its head says');
          const key = messageKey({ sequence, origin: part.origin, index: first });
          if (!this.#seen.has(key)) kept.push({ part: { ...part, first, count: 1 }, message });
        }
      }
      if (kept.length === 0) return [];
      const content = { kind: 'messages', messages: kept.map(({ message }) => message) } as const;
      const unit = { parts: joined(kept.map(({ part }) => part)), content };
      return [{ change: { sequence, atMs: deletedAtMs }, unit }];
    });
  }

  #add(change: Consumed['change'], { units = [], deletedAgain = [] }: Partial<Consumed>): void {
    this.#builder.add({ change, queueId: this.#queueId, units, deletedAgain });
    for (const { parts } of units) {
      for (const { origin, first, count } of parts) {
        for (let index = first; index < first + count; index++) {
          this.#seen.add(messageKey({ sequence: change.sequence, origin, index }));
        }
      }
    }
  }

  #addAgain(entry: DeletedAgain): void {
    const key = againKey(entry);
    const isOwn = entry.slice.queueId === this.#queueId || entry.queueId === this.#queueId;
    if (!isOwn || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#add({ sequence: entry.sequence, atMs: entry.deletedAtMs }, { deletedAgain: [entry] });
  }
}

/** Neighbours of one block or request as one part again. */
function joined(parts: readonly StoredPart[]): StoredPart[] {
  const found: StoredPart[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    const isNext =
      last !== undefined &&
      last.kind === part.kind &&
      blockId(last.origin) === blockId(part.origin) &&
      last.first + last.count === part.first;
    if (isNext) found[found.length - 1] = { ...last, count: last.count + 1 };
    else found.push(part);
  }
  return found;
}
