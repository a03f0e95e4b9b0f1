import type { EpochMs } from '../../model/brand.ts';
import { QueueError } from '../../model/errors.ts';
import { COMPACT_AFTER_MS } from '../../model/limits.ts';
import { hourText } from '../../model/retention.ts';
import { HOUR_MS } from '../../model/spans.ts';
import type { CatalogRecords } from '../../ports/catalog.ts';
import { sweepCompactions } from '../archive/index.ts';
import { listQueues } from '../queues.ts';
import { followCursor } from '../records/index.ts';
import type { Upkeep } from '../service.ts';
import { compactHour } from './compact.ts';

const CURSOR = 'compaction';
/** Queues of one page; the cursor moves on after each. */
const QUEUES_PER_PAGE = 100;
/** A run of the minute has other jobs too; the next one continues. */
const RUN_MS_MAX = 20_000;

/**
 * Compacts, queue by queue, what the hours that are over left of small archive objects; a cursor in the catalog says
 * how far that came. Two at once do the same work twice, and no harm.
 *
 * @throws QueueError `Throttled`, `Unavailable`: the next run continues
 * @remarks Cost: a read while no hour is to be done; else a list for each queue, and see `compactHour`.
 */
export async function compactDue(service: Upkeep): Promise<void> {
  await sweepCompactions(service);
  const step = async (noted: CatalogRecords['cursor'] | undefined) => {
    const overHour = hourText((service.clock.nowMs() - HOUR_MS - COMPACT_AFTER_MS) as EpochMs);
    const { hour, after } = noted ?? { hour: overHour };
    if (hour > overHour) return undefined;
    const { queues, next } = await listQueues(service, {
      limit: QUEUES_PER_PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const { name } of queues) await compactQueue(service, name, hour);
    return next === undefined ? { hour: hourAfter(hour) } : { hour, after: next };
  };
  await followCursor(service, { name: CURSOR, runMsMax: RUN_MS_MAX, step });
}

async function compactQueue(service: Upkeep, name: string, hour: string): Promise<void> {
  try {
    await compactHour(service, name, hour);
  } catch (error) {
    // The queue was deleted meanwhile, or other writers were always first: then its objects stay small.
    const isOver = error instanceof QueueError && (error.code === 'QueueNotFound' || error.code === 'Conflict');
    if (!isOver) throw error;
  }
}

const hourAfter = (hour: string): string => hourText(((Number(hour) + 1) * HOUR_MS) as EpochMs);
