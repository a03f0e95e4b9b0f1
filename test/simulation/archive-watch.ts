import { OpenSlice } from '../../src/engine/memory/slice-reader.ts';
import { decodeArchiveIndex } from '../../src/model/archive-object.ts';
import { messageId } from '../../src/model/message-id.ts';
import type { StoredObjects } from '../../src/stores/simulated/simulated-object-store.ts';
import type { MessageRecord, Messages } from './messages.ts';
import type { Violate } from './store-watch.ts';

/** Reads the archive as it grows: checks which messages it contains, and their content. */
export class ArchiveWatch {
  readonly #messages: Messages;
  readonly #objects: () => StoredObjects;
  readonly #violate: Violate;
  readonly #read = new Set<string>();
  /** Feed positions under which each message was archived; the same one twice is a repeated batch. */
  readonly #archived = new Map<MessageRecord, Set<string>>();

  constructor(messages: Messages, objects: () => StoredObjects, violate: Violate) {
    this.#messages = messages;
    this.#objects = objects;
    this.#violate = violate;
  }

  /** How often a message was archived. */
  countOf(message: MessageRecord): number {
    for (const [name, bytes] of this.#objects()) {
      if (this.#read.has(name) || !name.startsWith('archive/')) continue;
      this.#read.add(name);
      this.#readObject(bytes);
    }
    return this.#archived.get(message)?.size ?? 0;
  }

  #readObject(bytes: Uint8Array): void {
    for (const { offset, length, messageCount } of decodeArchiveIndex(bytes).slices) {
      const slice = new OpenSlice(bytes.subarray(offset, offset + length));
      const contents = slice.contents(0, messageCount - 1);
      for (const [position, { origin, index, sequence }] of slice.messages.entries()) {
        const id = messageId(origin, index);
        const message = this.#messages.get(id);
        const sequences = this.#archived.get(message) ?? new Set();
        this.#archived.set(message, sequences.add(sequence));
        const body = contents.get(position)?.body;
        // Damaged before it was archived: the slice tells of it, without a body.
        if (body === undefined && message.isDamaged) continue;
        if (message.body !== undefined && body !== message.body)
          this.#violate('archive', `${id} is archived with another body`);
      }
    }
  }
}
