import { refuseOtherFormat, STORED_FORMAT } from '../../model/format.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { tryChangeRecord } from './change-record.ts';

/** The only record whose form never changes. */
const NAME = 'stores';

/**
 * Refuses to work on stores that another release has written. A deployment in its first minute has no number yet.
 * @throws FormatError with one sentence that names the release which reads them; QueueError `Throttled`, `Unavailable`
 * @remarks Cost: one read. To be asked once, when a process starts.
 */
export async function checkFormat(catalog: Pick<Catalog, 'get'>): Promise<void> {
  const stored = await catalog.get('format', NAME);
  if (stored !== undefined) refuseOtherFormat('what this deployment has stored', stored.value.format);
}

/** Stores the number of the format, unless one is stored already. */
export async function noteFormat(catalog: Catalog): Promise<void> {
  await tryChangeRecord({ catalog }, 'format', NAME, (noted) => noted ?? { format: STORED_FORMAT });
}
