import type { DeletedAgain } from '../../model/archive-object.ts';
import {
  chunksHolding,
  decodeSliceHead,
  type SliceHead,
  type SliceMessage,
  sliceMessages,
} from '../../model/archive-slice.ts';
import { DecodeError } from '../../model/bytes.ts';
import type { SliceName } from '../../model/delivery.ts';
import type { Message } from '../../model/message.ts';
import { unpack } from '../../model/packing.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { readArchiveIndex } from './archive-index.ts';

/** Memory for slices kept for the next claims: several claims take a slice, one soon after the other. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024;
/** Memory of a message's id and times once decoded: for small messages, far more than their packed bytes. */
const DECODED_MESSAGE_BYTES = 256;
/** Objects whose "deleted again" entries are kept: a rewind asks for them once a slice. */
const KEPT_OBJECTS_MAX = 1_000;

/** A slice of an archive object as read; its messages are unpacked when asked for. */
export class OpenSlice {
  readonly bytes: Uint8Array;
  readonly head: SliceHead;
  /** The identities of the messages, in order. */
  readonly messages: readonly SliceMessage[];

  /** @throws DecodeError when the bytes are damaged */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.head = decodeSliceHead(bytes);
    this.messages = sliceMessages(this.head);
  }

  /** Approximate memory use. */
  get memoryBytes(): number {
    return this.bytes.length + this.messages.length * DECODED_MESSAGE_BYTES;
  }

  /** Bodies and attributes by index, at least from `first` to `last`, without those of a damaged chunk. */
  contents(first: number, last: number): Map<number, Message> {
    const range = chunksHolding(this.head, first, last);
    const messages = new Map<number, Message>();
    let index = range.first;
    let offset = range.offset;
    for (const chunk of range.chunks) {
      const found = tryUnpack(this.bytes.subarray(offset, offset + chunk.bytes), chunk.messageCount);
      for (const [position, message] of found.entries()) messages.set(index + position, message);
      index += chunk.messageCount;
      offset += chunk.bytes;
    }
    return messages;
  }
}

/** Returns no messages when the chunk is damaged or holds another number of them. */
function tryUnpack(packed: Uint8Array, messageCount: number): readonly Message[] {
  try {
    const messages = unpack(packed);
    return messages.length === messageCount ? messages : [];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

/** Reads slices and "deleted again" entries of archive objects. They never change, so the last ones stay in memory. */
export class SliceReader {
  readonly #objects: ObjectStore;
  readonly #kept = new Map<string, OpenSlice>();
  #keptBytes = 0;
  readonly #deletedAgain = new Map<string, readonly DeletedAgain[]>();

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /**
   * @throws DecodeError when the object is missing, cut or damaged
   * @throws QueueError `Throttled`, `Unavailable`
   * @remarks Cost: one object read unless it is in memory.
   */
  async read(slice: SliceName): Promise<OpenSlice> {
    const name = `${slice.object}#${slice.number}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return kept;
    }
    const bytes = await this.#objects.get(slice.object, { offset: slice.offset, length: slice.length });
    if (bytes === undefined) throw new DecodeError(`archive object ${slice.object} is missing`);
    if (bytes.length < slice.length) throw new DecodeError(`archive object ${slice.object} is cut short`);
    const open = new OpenSlice(bytes);
    this.#keep(name, open);
    return open;
  }

  /**
   * Reads which rewound messages an object lists as deleted again.
   * @throws DecodeError when the object is missing or damaged
   * @throws QueueError `Throttled`, `Unavailable`
   * @remarks Cost: one or two object reads unless it is in memory.
   */
  async deletedAgain(object: string): Promise<readonly DeletedAgain[]> {
    const kept = this.#deletedAgain.get(object);
    if (kept !== undefined) return kept;
    const { deletedAgain } = await readArchiveIndex({ objects: this.#objects }, object);
    if (this.#deletedAgain.size >= KEPT_OBJECTS_MAX) this.#deletedAgain.clear();
    this.#deletedAgain.set(object, deletedAgain);
    return deletedAgain;
  }

  #keep(name: string, slice: OpenSlice): void {
    if (this.#kept.has(name)) return;
    this.#kept.set(name, slice);
    this.#keptBytes += slice.memoryBytes;
    for (const [oldest, { memoryBytes }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES_MAX) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= memoryBytes;
    }
  }
}
