import { DecodeError } from '../../model/bytes.ts';
import { QueueError } from '../../model/errors.ts';
import type { RewindJob } from '../../model/rewind.ts';
import { markRewound } from '../archive/index.ts';
import type { Rewinding } from '../service.ts';
import { type Missed, missedOf } from './missed.ts';
import type { PlannedObject, PlannedSlice } from './rewind-plan.ts';
import { rewindSlice, type SliceOutcome } from './rewind-slice.ts';

/** Slices placed at once; each is in memory as a whole meanwhile. */
const SLICES_AT_ONCE = 16;
/** Tries of a step that the store refuses, with growing pauses. Then the next run continues. */
const TRIES_MAX = 5;
/** The pause before the second try is up to twice this, in milliseconds; each further one doubles. */
const PAUSE_MS = 200;

/**
 * Makes the slices of some objects available, some at a time: the outcome of each.
 * @throws QueueError `Throttled`, `Unavailable`: to be repeated
 */
export async function placeObjects(
  service: Rewinding,
  job: RewindJob,
  objects: readonly PlannedObject[],
): Promise<SliceOutcome[]> {
  const outcomes = objects.flatMap(({ missed }): SliceOutcome[] => (missed === undefined ? [] : [nothing(missed)]));
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

const nothing = (missed: Missed): SliceOutcome => ({ matched: 0, rewound: 0, missed });

/** The outcome of a slice. A refusal of the store that may pass is retried. */
async function placeSlice(service: Rewinding, job: RewindJob, planned: PlannedSlice): Promise<SliceOutcome> {
  for (let tries = 1; ; tries++) {
    try {
      return await rewindSlice(service, job, planned);
    } catch (error) {
      if (error instanceof DecodeError) {
        const { messageCount, slice } = planned;
        return nothing(missedOf(slice.object, error, { messageCount, nowMs: service.clock.nowMs() }));
      }
      if (error instanceof QueueError && error.code === 'QueueNotFound') {
        return nothing({ why: error.message, messageCount: 0 });
      }
      if (!(error instanceof QueueError) || tries >= TRIES_MAX) throw error;
      await service.clock.sleep(Math.round(PAUSE_MS * 2 ** tries * service.random.next()));
    }
  }
}
