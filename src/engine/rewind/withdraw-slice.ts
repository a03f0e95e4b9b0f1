import { type Delivery, locate, outstandingIndexes, type SliceName } from '../../model/delivery.ts';
import { CATALOG_TRIES_MAX } from '../../model/limits.ts';
import { holdName, holdOfNothing, type RewindJob } from '../../model/rewind.ts';
import { countOf, indexesIn, runsOf } from '../../model/runs.ts';
import { removeIfFinished } from '../deliveries/index.ts';
import { changeHold, putHold, readHold } from '../records/index.ts';
import type { Barriers } from '../service.ts';

/**
 * Takes back the messages of a slice that a cancelled rewind made available and that are not received. The hold then
 * lists the rest; where there is none, one of nothing is written. Repeating changes nothing.
 *
 * @returns messages that stay rewound
 * @throws QueueError `Throttled`, `Unavailable`
 * @see docs/decisions/0052-a-hold-of-nothing.md
 */
export async function withdrawSlice(service: Barriers, slice: SliceName, job: RewindJob): Promise<number> {
  const name = holdName(slice, job.id);
  const hold = await readHold(service, name);
  if (hold === undefined) await putHold(service, holdOfNothing(job, slice, service.clock.nowMs()));
  const { place } = hold ?? {};
  if (hold === undefined || place === undefined) return 0;
  if (!hold.isPlaced) {
    // The runner died before it put the delivery: no message of the slice waits, and the hold must not claim so.
    await changeHold(service, name, (current) => ({ ...current, messages: [], isPlaced: true }));
    return 0;
  }
  let delivery = await service.shards.get(place.shard, place.key);
  for (let tries = 0; delivery !== undefined && tries < CATALOG_TRIES_MAX; tries++) {
    const left: Delivery = delivery;
    const withdrawn = outstandingIndexes(left);
    if (withdrawn.length > 0) {
      const change = { moved: withdrawn, withdrawn };
      const marked = await service.shards.tryMark(place.shard, left.key, change, { edition: left.edition });
      if (marked.outcome !== 'done') {
        delivery = marked.outcome === 'refused' ? marked.now : await service.shards.get(place.shard, place.key);
        continue;
      }
      delivery = marked.now;
    }
    const gone = new Set(
      [...delivery.withdrawn].map((index) => {
        const { part, offset } = locate(left, index);
        return part.first + offset;
      }),
    );
    const rest = indexesIn(hold.messages).filter((index) => !gone.has(index));
    await changeHold(service, name, (current) => ({ ...current, messages: runsOf(rest) }));
    await removeIfFinished(service, place.shard, delivery);
    return rest.length;
  }
  return countOf(hold.messages);
}
