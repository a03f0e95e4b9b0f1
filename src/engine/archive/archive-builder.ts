import {
  type ArchiveIndex,
  type DeletedAgain,
  decodeArchiveIndex,
  encodeArchiveObject,
} from '../../model/archive-object.ts';
import { SliceBuilder } from '../../model/archive-slice.ts';
import type { Change, Sequence } from '../../model/change.ts';
import type { StoredPart } from '../../model/delivery.ts';
import type { QueueId } from '../../model/ids.ts';
import { type Message, messageBytes } from '../../model/message.ts';
import type { Compress } from '../../model/packing.ts';

/** Consumed messages of one change, as they are packed when all of a compressed payload is, or one by one. */
export interface ArchiveUnit {
  readonly parts: readonly StoredPart[];
  readonly content:
    | { readonly kind: 'packed'; readonly packed: Uint8Array }
    | { readonly kind: 'messages'; readonly messages: readonly Message[] };
}

/** What one change consumed of one queue. */
export interface Consumed {
  readonly change: Pick<Change, 'sequence' | 'atMs'>;
  readonly queueId: QueueId;
  readonly units: readonly ArchiveUnit[];
  readonly deletedAgain: readonly DeletedAgain[];
}

/** Slices of several queues on their way into one object. */
export class ObjectBuilder {
  readonly #open = new Map<QueueId, SliceBuilder>();
  readonly #slices: { readonly queueId: QueueId; readonly builder: SliceBuilder }[] = [];
  readonly #deletedAgain: DeletedAgain[] = [];
  bytes = 0;

  add({ change, queueId, units, deletedAgain }: Consumed): void {
    this.#deletedAgain.push(...deletedAgain);
    for (const { parts, content } of units) {
      const frame = { sequence: change.sequence, deletedAtMs: change.atMs, parts };
      const builder = this.#builderFor(
        queueId,
        parts.reduce((sum, part) => sum + part.count, 0),
      );
      if (content.kind === 'packed') builder.addPacked(frame, content.packed);
      else builder.addMessages(frame, content.messages);
      this.bytes += contentBytes(content);
    }
  }

  /** The object; `first` and `last` are the changes it covers. */
  async finish(
    first: Sequence,
    last: Sequence,
    compress: Compress | undefined,
  ): Promise<{ bytes: Uint8Array; index: ArchiveIndex }> {
    const finished = await Promise.all(
      this.#slices.map(async ({ queueId, builder }) => ({ queueId, ...(await builder.finish(compress)) })),
    );
    const entries = finished.map(({ queueId, messageCount, contentBytes: content, ranges }) => {
      return { queueId, messageCount, contentBytes: content, ...ranges };
    });
    const head = { first, last, slices: entries, deletedAgain: this.#deletedAgain };
    const bytes = encodeArchiveObject(
      head,
      finished.map((slice) => slice.bytes),
    );
    return { bytes, index: decodeArchiveIndex(bytes) };
  }

  #builderFor(queueId: QueueId, messageCount: number): SliceBuilder {
    const open = this.#open.get(queueId);
    if (open?.hasRoomFor(messageCount) === true) return open;
    const builder = new SliceBuilder();
    this.#open.set(queueId, builder);
    this.#slices.push({ queueId, builder });
    return builder;
  }
}

const contentBytes = (content: ArchiveUnit['content']): number =>
  content.kind === 'packed'
    ? content.packed.length
    : content.messages.reduce((sum, message) => sum + messageBytes(message), 0);
