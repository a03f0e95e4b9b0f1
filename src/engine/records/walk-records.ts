import { hourText } from '../../model/retention.ts';
import type { CatalogRecords, Stored } from '../../ports/catalog.ts';
import { Breather } from '../memory/index.ts';
import type { QueueService } from '../service.ts';

type WalkedKind = 'archived' | 'hold' | 'rewind';

/** A walk over all records begins this long after the one before. */
const HOURS_BETWEEN = 6;
const RECORDS_PER_PAGE = 200;
/** A run ends after this; the next one goes on from the cursor. */
const RUN_MS_MAX = 10_000;

/**
 * Visits all records of a kind, page by page; a cursor in the catalog says how far that came, so that a run which dies
 * or has no time left is gone on with by the next. A page may be visited twice, and two at once do the same work.
 *
 * @throws what `visit` throws: the next run begins with the same page
 * @remarks Cost: a read while no walk is due; else a query of each bucket for each page.
 */
export async function walkRecords<Kind extends WalkedKind>(
  service: QueueService,
  kind: Kind,
  visit: (record: Stored<CatalogRecords[Kind]>) => Promise<void>,
): Promise<void> {
  const breather = new Breather(service.clock);
  const untilMs = service.clock.nowMs() + RUN_MS_MAX;
  for (;;) {
    const stored = await service.catalog.get('cursor', kind);
    const { hour, after } = stored?.value ?? { hour: '' };
    const nowHour = hourText(service.clock.nowMs());
    const isOver = after === undefined;
    if (isOver && Number(nowHour) < Number(hour) + HOURS_BETWEEN) return;
    const page = await service.catalog.list(kind, { limit: RECORDS_PER_PAGE, ...(isOver ? {} : { after }) });
    for (const record of page) {
      await visit(record);
      await breather.pause();
    }
    const last = page.length < RECORDS_PER_PAGE ? undefined : page.at(-1);
    const begun = isOver ? nowHour : hour;
    const reached = last === undefined ? { hour: begun } : { hour: begun, after: last.name };
    const moved = await service.catalog.tryPut('cursor', kind, reached, stored?.version ?? 0);
    if (moved !== 'done' || last === undefined || service.clock.nowMs() >= untilMs) return;
  }
}
