import { DecodeError } from '../model/bytes.ts';
import { QueueError } from '../model/errors.ts';
import type { RewindJob } from '../model/rewind.ts';
import { markRewound } from './mark-rewound.ts';
import type { PlannedObject, PlannedSlice } from './rewind-plan.ts';
import { rewindSlice, type SliceOutcome } from './rewind-slice.ts';
import type { QueueService } from './service.ts';

/** Each is in memory as a whole while it is looked at. */
const SLICES_AT_ONCE = 16;
/** A step that the store refused is tried again this often, with growing pauses, before a next run goes on. */
const TRIES_MAX = 5;
const PAUSE_MS = 200;

/**
 * Makes the slices of some objects available, some at a time: the outcome of each, or why it cannot be had.
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 */
export async function placeObjects(
  service: QueueService,
  job: RewindJob,
  objects: readonly PlannedObject[],
): Promise<(SliceOutcome | string)[]> {
  const outcomes: (SliceOutcome | string)[] = objects.flatMap(({ damage }) => damage ?? []);
  const holding = objects.filter(({ slices }) => slices.length > 0);
  const slices = holding.flatMap((object) => object.slices);
  // What was rewound into the queue lies in objects of the queue it came from.
  const places = new Map(slices.map(({ slice }) => [`${slice.queueId}/${slice.object}`, slice]));
  await Promise.all([...places.values()].map(({ queueId, object }) => markRewound(service, queueId, object)));
  for (let start = 0; start < slices.length; start += SLICES_AT_ONCE) {
    const some = slices.slice(start, start + SLICES_AT_ONCE);
    outcomes.push(...(await Promise.all(some.map((planned) => placeSlice(service, job, planned)))));
  }
  return outcomes;
}

/** The outcome of a slice, or why it cannot be had; what the store only refused for now is tried again. */
async function placeSlice(
  service: QueueService,
  job: RewindJob,
  planned: PlannedSlice,
): Promise<SliceOutcome | string> {
  for (let tries = 1; ; tries++) {
    try {
      return await rewindSlice(service, job, planned);
    } catch (error) {
      if (error instanceof DecodeError) return `${planned.slice.object}: ${error.message}`;
      if (error instanceof QueueError && error.code === 'QueueNotFound') return error.message;
      if (!(error instanceof QueueError) || tries >= TRIES_MAX) throw error;
      await service.clock.sleep(Math.round(PAUSE_MS * 2 ** tries * service.random.next()));
    }
  }
}
