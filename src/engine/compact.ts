import { createHash } from 'node:crypto';
import { decodeArchiveIndex } from '../model/archive-object.ts';
import type { ArchiveFrame } from '../model/archive-slice.ts';
import { DecodeError } from '../model/bytes.ts';
import type { Sequence } from '../model/change.ts';
import { type Compaction, compactedName, planCompaction } from '../model/compaction.ts';
import { QueueError } from '../model/errors.ts';
import type { QueueId } from '../model/ids.ts';
import type { Message } from '../model/message.ts';
import type { Compress } from '../model/packing.ts';
import type { Queue } from '../model/queue.ts';
import type { ArchivedObject } from '../model/rewind.ts';
import { applyCompaction, compactionName } from './apply-compaction.ts';
import { type Consumed, ObjectBuilder } from './archive-builder.ts';
import { archivedObject } from './archive-writer.ts';
import { changeQueue } from './queues.ts';
import { isRewinding } from './rewinds.ts';
import type { QueueService } from './service.ts';
import { OpenSlice } from './slice-reader.ts';

const OBJECTS_PER_PAGE = 1_000;
const OBJECTS_AT_ONCE = 8;

/**
 * Makes one archive object of many small ones that a queue has of an hour, so that a quiet queue does not become a
 * million objects. What a rewind has named stays as it is, and nothing happens while one is at work: the switch is one
 * update of the queue's record, which a rewind that starts changes too.
 *
 * @param hour - of deletion, as object names tell it; over for good
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 * @remarks Cost: a list of the hour; a read of each object and a few writes for each two hundred of them.
 */
export async function compactHour(service: QueueService, name: string, hour: string): Promise<void> {
  for (;;) {
    const stored = await service.catalog.get('queue', name);
    if (stored === undefined || stored.value.deletedAtMs !== undefined) return;
    const queue = stored.value;
    if (queue.compaction?.isPending === true) await applyCompaction(service, queue);
    else if (!(await compactSome(service, queue, hour))) return;
  }
}

/** Compacts one group of objects; returns whether there may be more. */
async function compactSome(service: QueueService, queue: Queue, hour: string): Promise<boolean> {
  if (await isRewinding(service, queue)) return false;
  const prefix = `${queue.id}/${hour}/`;
  const listed = await service.catalog.list('archived', { prefix, limit: OBJECTS_PER_PAGE });
  const chosen = planCompaction(listed.map(({ value }) => value));
  const compaction = chosen && (await putCompacted(service, queue.id, chosen));
  if (compaction === undefined) return false;
  if (!(await commit(service, queue, compaction))) return false;
  await applyCompaction(service, queue);
  return true;
}

/** Puts the object that takes the place of others, and notes of which; nothing of it counts before the commit. */
async function putCompacted(
  service: QueueService,
  queueId: QueueId,
  chosen: readonly ArchivedObject[],
): Promise<Compaction | undefined> {
  const merging = new Merging(queueId);
  for (let start = 0; start < chosen.length; start += OBJECTS_AT_ONCE) {
    const some = chosen.slice(start, start + OBJECTS_AT_ONCE);
    const read = await Promise.all(
      some.map(async ({ object }) => ({ object, bytes: await service.objects.get(object) })),
    );
    for (const { object, bytes } of read) merging.tryAdd(object, bytes);
  }
  if (merging.names.length < 2) return undefined;
  const object = compactedName(merging.names, hashOf([queueId, ...merging.names]));
  const { bytes, index } = await merging.finish(service.settings.compressArchive);
  // The same name has the same content: an earlier try may have come as far.
  await service.objects.putIfAbsent(object, bytes);
  const into = archivedObject(object, chosen[0]?.retention ?? 'forever', { index, queueId });
  const compaction = { queueId, into, replaced: merging.names, preparedAtMs: service.clock.nowMs() };
  const name = compactionName(queueId, object);
  const noted = await service.catalog.get('compaction', name);
  if ((await service.catalog.tryPut('compaction', name, compaction, noted?.version ?? 0)) === 'done') return compaction;
  throw new QueueError('Unavailable', `compaction ${name} could not be noted; it must be repeated`);
}

/** From here on rewinds that start go by the new object; refused where one has started since the objects were chosen. */
async function commit(service: QueueService, queue: Queue, { into }: Compaction): Promise<boolean> {
  const changed = await changeQueue(service, queue.name, (current) => {
    const isAsSeen = current.id === queue.id && current.rewindId === queue.rewindId;
    if (!isAsSeen || current.compaction?.isPending === true) return current;
    return { ...current, compaction: { object: into.object, isPending: true } };
  });
  return changed.compaction?.object === into.object;
}

const HASH_LENGTH = 10;

/** Queues that share objects have compacted ones of their own. */
const hashOf = (words: readonly string[]): string =>
  createHash('sha256').update(words.join('\n')).digest('base64url').slice(0, HASH_LENGTH);

/** What several objects hold of one queue, on its way into one object. */
class Merging {
  readonly names: string[] = [];
  readonly #queueId: QueueId;
  readonly #builder = new ObjectBuilder();
  readonly #seen = new Set<Sequence>();
  #first: Sequence | undefined;
  #last: Sequence | undefined;

  constructor(queueId: QueueId) {
    this.#queueId = queueId;
  }

  /** Adds what an object holds of the queue; one that is missing or damaged is left for a rewind to name. */
  tryAdd(name: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    try {
      const { first, last, entries } = this.#read(bytes);
      for (const entry of entries) this.#builder.add(entry);
      for (const { change } of entries) this.#seen.add(change.sequence);
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

  /** All of it, before anything is added: what a batch that was written twice holds of a change counts once. */
  #read(bytes: Uint8Array): { first: Sequence; last: Sequence; entries: Consumed[] } {
    const { first, last, slices, deletedAgain } = decodeArchiveIndex(bytes);
    const own = slices.filter(({ queueId }) => queueId === this.#queueId);
    const payloads = own.flatMap(({ offset, length }) => {
      const slice = new OpenSlice(bytes.subarray(offset, offset + length));
      const contents = slice.contents(0, slice.messages.length - 1);
      let index = 0;
      return slice.head.frames.map((frame) => this.#payload(frame, () => contents.get(index++)));
    });
    const again = deletedAgain
      .filter(({ slice }) => slice.queueId === this.#queueId)
      .map((entry) => this.#entry({ sequence: entry.sequence, atMs: entry.deletedAtMs }, { deletedAgain: [entry] }));
    return { first, last, entries: [...payloads, ...again].filter(({ change }) => !this.#seen.has(change.sequence)) };
  }

  #payload({ sequence, deletedAtMs, parts }: ArchiveFrame, next: () => Message | undefined): Consumed {
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    const messages = Array.from({ length: count }, () => {
      const message = next();
      if (message === undefined) throw new DecodeError('a slice holds fewer messages than its head says');
      return message;
    });
    const unit = { parts, content: { kind: 'messages', messages } } as const;
    return this.#entry({ sequence, atMs: deletedAtMs }, { units: [unit] });
  }

  #entry(change: Consumed['change'], what: Partial<Pick<Consumed, 'units' | 'deletedAgain'>>): Consumed {
    return { change, queueId: this.#queueId, units: [], deletedAgain: [], ...what };
  }
}
