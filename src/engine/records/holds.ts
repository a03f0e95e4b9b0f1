import { isDeepStrictEqual } from 'node:util';
import type { EpochMs } from '../../model/brand.ts';
import { type Change, consumedBy, isEntry } from '../../model/change.ts';
import { allIndexes, type Delivery, type SliceName, slicedParts } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type QueueId, visibleAtMs } from '../../model/ids.ts';
import { REWIND_LEASE_MS } from '../../model/limits.ts';
import { type Hold, holdName, isWaiting, slicesOf, sliceText } from '../../model/rewind.ts';
import { withIndexes } from '../../model/runs.ts';
import type { Stored } from '../../ports/catalog.ts';
import type { Barriers, Records, Using } from '../service.ts';
import { passBarrier } from './barrier.ts';
import { changeRecord } from './change-record.ts';
import { everyRecord } from './every-record.ts';

/** Holds are small, and a slice has few: they are read together. */
const HOLDS_PER_PAGE = 1_000;
/** Between two looks at a leased hold, in milliseconds: the other run usually places within one. */
const LEASE_PAUSE_MS = 500;

/** The holds on a slice, oldest first. @throws QueueError `Throttled`, `Unavailable` */
export const holdsOnSlice = (service: Records, slice: SliceName): AsyncGenerator<Stored<Hold>> =>
  everyRecord(service, 'hold', { prefix: `${sliceText(slice)}/`, pageSize: HOLDS_PER_PAGE });

/** The holds on the slices that a queue has in an object. @throws QueueError `Throttled`, `Unavailable` */
export const holdsInObject = (service: Records, queueId: QueueId, object: string): AsyncGenerator<Stored<Hold>> =>
  everyRecord(service, 'hold', { prefix: slicesOf(queueId, object), pageSize: HOLDS_PER_PAGE });

/**
 * The hold that an earlier try of a rewind may have left. Even if it does not say that its delivery was put, that try
 * may have put it, and consumers may have taken everything since. The feed tells, behind a barrier. The barrier tells
 * nothing of a later put, so the lease of the earlier try has to be over before. The caller gets a lease of its own.
 *
 * @throws QueueError `Unavailable` while the feed lags, or when another try gets the lease; `Throttled`
 * @remarks Cost: a read. Where the note is missing, a read each half second of the lease, a barrier, one write unit.
 * @see docs/decisions/0016-the-feed-notes-what-was-put.md
 */
export async function readHold(service: Barriers, name: string): Promise<Hold | undefined> {
  const known = await unleasedHold(service, name);
  if (known === undefined || !isUnplaced(known.value)) return known?.value;
  const { place } = known.value;
  // The barrier has the time of the delivery's key: the feed of that part of the shard tells of the delivery.
  if (!(await passBarrier(service, place.shard, visibleAtMs(place.key)))) {
    throw new QueueError('Unavailable', 'the change feed lags; the step must be repeated');
  }
  // The write fails if the feed has told of the delivery, or if another try was first.
  const leased = { ...known.value, leasedAtMs: service.clock.nowMs() };
  if ((await service.catalog.tryPut('hold', name, leased, known.version)) === 'done') return leased;
  const now = (await service.catalog.get('hold', name))?.value;
  if (now === undefined || !isUnplaced(now)) return now;
  throw new QueueError('Unavailable', `hold ${name} was leased to another run; the step must be repeated`);
}

/** The hold once its delivery is placed or its lease is over. */
async function unleasedHold(service: Barriers, name: string): Promise<Stored<Hold> | undefined> {
  for (;;) {
    const stored = await service.catalog.get('hold', name);
    if (stored === undefined || !isUnplaced(stored.value)) return stored;
    const leftMs = (stored.value.leasedAtMs ?? 0) + REWIND_LEASE_MS - service.clock.nowMs();
    if (leftMs <= 0) return stored;
    await service.clock.sleep(Math.min(leftMs, LEASE_PAUSE_MS));
  }
}

/** Whether it has a delivery that the feed has not reported. */
const isUnplaced = (hold: Hold): hold is Hold & Required<Pick<Hold, 'place'>> =>
  !hold.isPlaced && hold.place !== undefined;

/** Writes the first hold of its name. @throws QueueError `Unavailable` when there is one: the step must be repeated */
export async function putHold(service: Using<'catalog'>, hold: Hold): Promise<void> {
  const name = holdName(hold.slice, hold.rewindId);
  if ((await service.catalog.tryPut('hold', name, hold, 0)) === 'done') return;
  throw new QueueError('Unavailable', `hold ${name} could not be written; the step must be repeated`);
}

/** Changes a hold, if there is one, and notes when none of its messages waits any more. See {@link changeRecord}. */
export async function changeHold(service: Records, name: string, change: (hold: Hold) => Hold): Promise<void> {
  await changeRecord(service, 'hold', name, (hold) => hold && withEnd(change(hold), service.clock.nowMs()));
}

const withEnd = (hold: Hold, nowMs: EpochMs): Hold =>
  hold.finishedAtMs !== undefined || isWaiting(hold) ? hold : { ...hold, finishedAtMs: nowMs };

/**
 * Notes on holds which rewound deliveries were put in a batch, and which of their messages it consumed. Repeating
 * changes nothing.
 */
export async function followHeld(service: Records, changes: readonly Change[]): Promise<void> {
  const notes = new Notes();
  for (const change of changes) {
    const delivery = change.after ?? change.before;
    if (delivery === undefined || !isRewound(delivery)) continue;
    if (isEntry(change)) notes.add('placed', delivery, allIndexes(delivery));
    notes.add('done', delivery, consumedBy(change), change.atMs);
  }
  await notes.write(service);
}

/** Notes on holds which rewound messages a purge takes: no rewind brings them again. Repeating changes nothing. */
export async function notePurged(service: Records, delivery: Delivery, indexes: readonly number[]): Promise<void> {
  const notes = new Notes();
  notes.add('purged', delivery, indexes);
  await notes.write(service);
}

/** Whether any of its messages lies in the archive. Nearly no changed delivery has one. */
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

  async write(service: Records): Promise<void> {
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
