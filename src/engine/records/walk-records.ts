import { hourText } from '../../model/retention.ts';
import type { CatalogRecords, Stored } from '../../ports/catalog.ts';
import { Breather } from '../memory/index.ts';
import type { Records } from '../service.ts';
import { followCursor } from './follow-cursor.ts';

type WalkedKind = 'archived' | 'hold' | 'queue' | 'rewind';

/** From the start of a walk to the start of the next one, where a job names no time: a walk reads every record. */
const HOURS_BETWEEN = 6;
/** Records of one page, which is visited again when a visit fails. */
const RECORDS_PER_PAGE = 200;
/** A run of the minute has other jobs too; the next one continues. */
const RUN_MS_MAX = 10_000;

/**
 * Visits all records of a kind every few hours, page by page, over as many runs as it takes. A record may be visited
 * twice.
 *
 * @param hoursBetween - from the start of a walk to the start of the next one; 6 by default
 * @throws what `visit` throws: the next run begins with the same page
 * @remarks Cost: a read while no walk is due; else a query of each bucket for each page.
 */
export async function walkRecords<Kind extends WalkedKind>(
  service: Records,
  kind: Kind,
  visit: (record: Stored<CatalogRecords[Kind]>) => Promise<void>,
  hoursBetween = HOURS_BETWEEN,
): Promise<void> {
  const breather = new Breather(service.clock);
  const step = async ({ hour, after }: CatalogRecords['cursor'] = { hour: '' }) => {
    const nowHour = hourText(service.clock.nowMs());
    const isOver = after === undefined;
    if (isOver && Number(nowHour) < Number(hour) + hoursBetween) return undefined;
    const page = await service.catalog.list(kind, { limit: RECORDS_PER_PAGE, ...(isOver ? {} : { after }) });
    for (const record of page) {
      await visit(record);
      await breather.pause();
    }
    const last = page.length < RECORDS_PER_PAGE ? undefined : page.at(-1);
    const begun = isOver ? nowHour : hour;
    return last === undefined ? { hour: begun } : { hour: begun, after: last.name };
  };
  await followCursor(service, { name: kind, runMsMax: RUN_MS_MAX, step });
}
