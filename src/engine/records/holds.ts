import { isDeepStrictEqual } from 'node:util';
import type { EpochMs } from '../../model/brand.ts';
import { type Change, consumedBy } from '../../model/change.ts';
import { allIndexes, type Delivery, slicedParts } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { visibleAtMs } from '../../model/ids.ts';
import { CATALOG_TRIES_MAX } from '../../model/limits.ts';
import { type Hold, holdName, isWaiting } from '../../model/rewind.ts';
import { withIndexes } from '../../model/runs.ts';
import type { QueueService } from '../service.ts';
import { passBarrier } from './barrier.ts';

/**
 * The hold that an earlier try of a rewind may have left. Where it does not say that its delivery was put, that try may
 * have come as far all the same, and consumers taken everything since: the feed tells, behind a barrier.
 *
 * @throws QueueError `Unavailable` while the feed lags; `Throttled`
 */
export async function readHold(service: QueueService, name: string): Promise<Hold | undefined> {
  const known = await service.catalog.get('hold', name);
  if (known === undefined || known.value.isPlaced) return known?.value;
  // At its own place in the shard, whose feed is the one that tells of it.
  if (!(await passBarrier(service, known.value.shard, visibleAtMs(known.value.key)))) {
    throw new QueueError('Unavailable', 'the change feed lags; the step must be repeated');
  }
  return (await service.catalog.get('hold', name))?.value;
}

/**
 * Changes a hold, again with what it then is when somebody else was first, and notes when nothing of it waits any
 * more; nothing when there is none.
 */
export async function changeHold(
  service: QueueService,
  name: string,
  change: (hold: Hold) => Hold,
): Promise<Hold | undefined> {
  for (let tries = 0; tries < CATALOG_TRIES_MAX; tries++) {
    const stored = await service.catalog.get('hold', name);
    if (stored === undefined) return undefined;
    const hold = withEnd(change(stored.value), service.clock.nowMs());
    if (hold === stored.value) return hold;
    if ((await service.catalog.tryPut('hold', name, hold, stored.version)) === 'done') return hold;
  }
  throw new QueueError('Unavailable', `hold ${name} is being changed by others; the step must be repeated`);
}

const withEnd = (hold: Hold, nowMs: EpochMs): Hold =>
  hold.finishedAtMs !== undefined || isWaiting(hold) ? hold : { ...hold, finishedAtMs: nowMs };

/**
 * Notes on their holds which rewound deliveries a batch tells of, and which of their messages it consumed. Repeating
 * changes nothing.
 */
export async function followHeld(service: QueueService, changes: readonly Change[]): Promise<void> {
  const notes = new Notes();
  for (const change of changes) {
    const delivery = change.after ?? change.before;
    if (delivery === undefined || !isRewound(delivery)) continue;
    if (change.before === undefined && delivery.receiveCount === 0) notes.add('placed', delivery, allIndexes(delivery));
    notes.add('done', delivery, consumedBy(change), change.atMs);
  }
  await notes.write(service);
}

/** Notes on their holds that a purge takes rewound messages: no rewind brings them again. Repeating changes nothing. */
export async function notePurged(service: QueueService, delivery: Delivery, indexes: readonly number[]): Promise<void> {
  const notes = new Notes();
  notes.add('purged', delivery, indexes);
  await notes.write(service);
}

/** Whether any of it lies in the archive; nearly nothing that changes does. */
const isRewound = ({ parts }: Delivery): boolean => parts.some((part) => part.kind === 'archive');

type What = 'placed' | 'done' | 'purged';

/** What is to be noted on holds, by their names: one write for each of them. */
class Notes {
  readonly #byHold = new Map<string, Record<What, number[]> & { doneToMs: number }>();

  add(what: What, delivery: Delivery, indexes: readonly number[], doneAtMs = 0): void {
    if (indexes.length === 0 || !isRewound(delivery)) return;
    for (const part of slicedParts(delivery, indexes)) {
      if (part.kind !== 'archive') continue;
      const name = holdName(part.slice, part.rewoundBy);
      const notes = this.#byHold.get(name) ?? { placed: [], done: [], purged: [], doneToMs: 0 };
      notes.doneToMs = Math.max(notes.doneToMs, doneAtMs);
      this.#byHold.set(name, notes);
      for (let index = part.first; index < part.first + part.count; index++) notes[what].push(index);
    }
  }

  async write(service: QueueService): Promise<void> {
    await Promise.all(
      [...this.#byHold].map(([name, { placed, done, purged, doneToMs }]) =>
        changeHold(service, name, (hold) => {
          const noted = {
            ...hold,
            isPlaced: hold.isPlaced || placed.length > 0,
            done: withIndexes(hold.done, done),
            purged: withIndexes(hold.purged, purged),
            ...(done.length === 0 ? {} : { doneToMs: Math.max(doneToMs, hold.doneToMs ?? 0) as EpochMs }),
          };
          return isDeepStrictEqual(noted, hold) ? hold : noted;
        }),
      ),
    );
  }
}
