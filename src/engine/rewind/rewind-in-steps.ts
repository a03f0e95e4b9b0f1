import { QueueError } from '../../model/errors.ts';
import type { QueueId, RewindId } from '../../model/ids.ts';
import { rewindName } from '../../model/rewind.ts';
import { changeRewind } from '../records/index.ts';
import type { Rewinding } from '../service.ts';
import { placeObjects } from './place-objects.ts';
import type { PlannedSlice } from './rewind-plan.ts';
import { prepareRewindRun } from './run-rewind.ts';

/** A rewind whose work is shared out. */
export interface RewindName {
  readonly queueId: QueueId;
  readonly rewindId: RewindId;
}

/** What a rewind wants of one archive object: the unit that is shared out. */
export interface RewindItem {
  readonly object: string;
  readonly slices: readonly PlannedSlice[];
}

/** Name of the object that lists the items of a rewind, as JSON. */
export const planName = ({ queueId, rewindId }: RewindName): string => `rewinds/${queueId}/${rewindId}`;

/**
 * The first of three steps that carry a rewind out in many processes: plans it, and puts the items as an object. Then
 * {@link placeItems} for all of them, in any order, some again or never; then `runRewind`, which goes over everything,
 * does what is left, and ends the job.
 *
 * @returns whether there are items; there are none to share out of a redrive, of what was cancelled or has a pace
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 */
export async function shareOutRewind(service: Rewinding, name: RewindName): Promise<boolean> {
  const run = await prepareRewindRun(service, name.queueId, name.rewindId);
  if (run === undefined || run.job.state !== 'running') return false;
  // A rewind with a pace places one slice after the other: the last step does all of it.
  if (run.job.perSecond !== undefined) return false;
  const items: RewindItem[] = [];
  let damagedCount = 0;
  for await (const some of run.plan.groups()) {
    for (const { object, slices, missed } of some) {
      if (missed === undefined) items.push({ object, slices });
      else damagedCount++;
    }
  }
  // An earlier try has put the same items: the cut belongs to the job, and nothing is compacted meanwhile.
  await service.objects.putIfAbsent(planName(name), Buffer.from(JSON.stringify(items)));
  const objectsTotal = items.length + damagedCount;
  await changeRewind(service, run.job, (job) => (job.finishedAtMs === undefined ? { ...job, objectsTotal } : job));
  return items.length > 0;
}

/**
 * Makes the slices of some items available. The last step reports what cannot be read, and corrects progress that a
 * repeat counted twice.
 *
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 */
export async function placeItems(service: Rewinding, name: RewindName, items: readonly RewindItem[]): Promise<void> {
  const stored = await service.catalog.get('rewind', rewindName(name.queueId, name.rewindId));
  if (stored === undefined) throw new QueueError('NotFound', `there is no rewind ${name.rewindId}`);
  const job = stored.value;
  if (job.state !== 'running' || job.finishedAtMs !== undefined) return;
  let rewound = 0;
  for (const outcome of await placeObjects(service, job, items)) {
    rewound += outcome.rewound;
  }
  await changeRewind(service, job, (current) =>
    current.finishedAtMs === undefined && current.state === 'running'
      ? {
          ...current,
          objectsDone: Math.min(current.objectsTotal, current.objectsDone + items.length),
          messagesMatched: current.messagesMatched + rewound,
          messagesRewound: current.messagesRewound + rewound,
        }
      : current,
  );
}
