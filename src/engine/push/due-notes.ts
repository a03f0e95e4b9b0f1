import type { QueueId } from '../../model/ids.ts';
import { dueName } from '../../model/push/index.ts';
import { changeRecord } from '../records/index.ts';
import type { Records } from '../service.ts';

/**
 * Notes that a queue is to be woken at that moment, or up to a minute later. A note that is there gets a new version,
 * so a process that has not seen this one cannot remove it.
 *
 * @returns its name
 * @throws QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read and one write.
 */
export async function noteDue(service: Records, queueId: QueueId, dueMs: number): Promise<string> {
  const name = dueName(queueId, dueMs);
  await changeRecord(service, 'due', name, () => ({ notedAtMs: service.clock.nowMs() }));
  return name;
}

/**
 * The notes that a dispatcher found at its start. Its looks come after they were written, so it removes them when it
 * goes to sleep. If it dies before that, they wake another one.
 */
export class HeldNotes {
  readonly #service: Records;
  readonly #queueId: QueueId;
  readonly #held: ReadonlyMap<string, number>;

  private constructor(service: Records, queueId: QueueId, held: ReadonlyMap<string, number>) {
    this.#service = service;
    this.#queueId = queueId;
    this.#held = held;
  }

  /**
   * Finds the notes of a wake-up. One that comes late may find none, and puts one.
   * @param otherwiseMs - when the queue is to be woken in that case
   * @throws QueueError `Throttled`, `Unavailable`
   */
  static async find(
    service: Records,
    queueId: QueueId,
    { names, otherwiseMs }: { readonly names: readonly string[]; readonly otherwiseMs: number },
  ): Promise<HeldNotes> {
    const found = await versionsOf(service, names);
    if (found.size > 0) return new HeldNotes(service, queueId, found);
    const own = await noteDue(service, queueId, otherwiseMs);
    return new HeldNotes(service, queueId, await versionsOf(service, [own]));
  }

  /**
   * Removes them, once the next wake-up is noted.
   * @param nextMs - when that has to be; infinite: never
   * @throws QueueError `Throttled`, `Unavailable`: they wake a dispatcher that finds nothing
   */
  async replace(nextMs: number): Promise<void> {
    const next = Number.isFinite(nextMs) ? await noteDue(this.#service, this.#queueId, nextMs) : undefined;
    const { catalog } = this.#service;
    for (const [name, version] of this.#held) if (name !== next) await catalog.tryRemove('due', name, version);
  }
}

async function versionsOf({ catalog }: Records, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const notes = await Promise.all(names.map((name) => catalog.get('due', name)));
  return new Map(notes.flatMap((note) => (note === undefined ? [] : [[note.name, note.version] as const])));
}
