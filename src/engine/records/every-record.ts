import type { Queue } from '../../model/queue.ts';
import type { CatalogRecords, RecordKind, Stored } from '../../ports/catalog.ts';
import { Breather } from '../memory/index.ts';
import type { QueueService } from '../service.ts';

const RECORDS_PER_PAGE = 100;

/**
 * Every record of a kind whose name starts with `prefix`, by name, a page at a time.
 * @throws QueueError `Throttled`, `Unavailable`
 */
export async function* everyRecord<Kind extends RecordKind>(
  { catalog, clock }: Pick<QueueService, 'catalog' | 'clock'>,
  kind: Kind,
  prefix = '',
): AsyncGenerator<Stored<CatalogRecords[Kind]>> {
  const breather = new Breather(clock);
  for (let after: string | undefined = ''; after !== undefined; ) {
    await breather.pause();
    const page: readonly Stored<CatalogRecords[Kind]>[] = await catalog.list(kind, {
      prefix,
      after,
      limit: RECORDS_PER_PAGE,
    });
    yield* page;
    after = page.length === RECORDS_PER_PAGE ? page.at(-1)?.name : undefined;
  }
}

/** Every queue that exists, by name. @throws QueueError `Throttled`, `Unavailable` */
export async function* everyQueue(service: Pick<QueueService, 'catalog' | 'clock'>): AsyncGenerator<Queue> {
  for await (const { value } of everyRecord(service, 'queue')) if (value.deletedAtMs === undefined) yield value;
}
