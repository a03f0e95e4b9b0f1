import { HOLD_REST_MS } from '../../model/limits.ts';
import { type Hold, isWaiting, type RewindJob, rewindName } from '../../model/rewind.ts';
import type { Stored } from '../../ports/catalog.ts';
import { changeHold, keptQueue, unfinishedRewinds, walkRecords } from '../records/index.ts';
import type { Queues, Using } from '../service.ts';

/**
 * Removes holds of which nothing waits any more, once nothing can ask for them:
 *
 * - their rewind has been over for an hour, so that no late repeat of one of its steps puts them, and messages, again;
 * - no rewind is at work whose cut lies before that end: it must still see what waited then;
 * - they name nothing that was purged, unless there is no queue left that this is about.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: a walk over all holds every six hours; a list of the rewinds at work; some reads
 * and one unit for each that goes.
 * @see docs/decisions/0019-holds-leave.md
 */
export async function removeFinishedHolds(service: Queues): Promise<void> {
  // Read once a run: a rewind that starts later has its cut behind the end of every hold that is old enough.
  let unfinished: Promise<RewindJob[]> | undefined;
  await walkRecords(service, 'hold', async (stored) => {
    const { finishedAtMs } = stored.value;
    if (isWaiting(stored.value)) return;
    if (finishedAtMs === undefined) await changeHold(service, stored.name, (hold) => hold);
    else if (await isForgettable(service, stored.value)) {
      unfinished ??= unfinishedRewinds(service);
      const isAsked = (await unfinished).some(({ startedAtMs }) => startedAtMs <= finishedAtMs);
      if (!isAsked) await remove(service, stored);
    }
  });
}

/** If the write loses a race or gets no answer, the next walk repeats it. */
async function remove(service: Using<'catalog'>, { name, version }: Stored<Hold>): Promise<void> {
  await service.catalog.tryRemove('hold', name, version);
}

async function isForgettable(service: Queues, hold: Hold): Promise<boolean> {
  const { queueId } = hold.slice;
  const hasRested = (atMs: number | undefined) => atMs !== undefined && atMs + HOLD_REST_MS <= service.clock.nowMs();
  if (!hasRested(hold.finishedAtMs)) return false;
  const job = await service.catalog.get('rewind', rewindName(hold.queueId, hold.rewindId));
  if (job !== undefined && !hasRested(job.value.finishedAtMs)) return false;
  const queue = await keptQueue(service, queueId);
  if (queue === undefined) return true;
  if (hold.purged.length === 0) return true;
  return hold.targetId !== queueId && (await keptQueue(service, hold.targetId)) === undefined;
}
