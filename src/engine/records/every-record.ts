import type { Queue } from '../../model/queue.ts';
import type { CatalogRecords, RecordKind, Stored } from '../../ports/catalog.ts';
import { Breather } from '../memory/index.ts';
import type { Records } from '../service.ts';

/** A page of the largest records, routes with hundreds of shards, takes a few megabytes of memory. */
const RECORDS_PER_PAGE = 100;

/** Which records to go over. */
export interface RecordRange {
  /** How their names begin. @default '' */
  readonly prefix?: string;
  /** The name to start behind. @default '' */
  readonly after?: string;
  /** Records read at once, 1 to 1,000: more where they are small and many are wanted. @default 100 */
  readonly pageSize?: number;
}

/**
 * The records of a kind in a range, in the order of their names, page by page.
 * @throws QueueError `Throttled`, `Unavailable`
 */
export async function* recordPages<Kind extends RecordKind>(
  { catalog, clock }: Records,
  kind: Kind,
  { prefix = '', after = '', pageSize = RECORDS_PER_PAGE }: RecordRange = {},
): AsyncGenerator<readonly Stored<CatalogRecords[Kind]>[]> {
  const breather = new Breather(clock);
  for (let last: string | undefined = after; last !== undefined; ) {
    await breather.pause();
    const page: readonly Stored<CatalogRecords[Kind]>[] = await catalog.list(kind, {
      prefix,
      after: last,
      limit: pageSize,
    });
    if (page.length > 0) yield page;
    last = page.length === pageSize ? page.at(-1)?.name : undefined;
  }
}

/**
 * The records of a kind in a range, in the order of their names.
 * @throws QueueError `Throttled`, `Unavailable`
 */
export async function* everyRecord<Kind extends RecordKind>(
  service: Records,
  kind: Kind,
  range: RecordRange = {},
): AsyncGenerator<Stored<CatalogRecords[Kind]>> {
  for await (const page of recordPages(service, kind, range)) yield* page;
}

/** The queues that exist, by name. @throws QueueError `Throttled`, `Unavailable` */
export async function* everyQueue(service: Records, range: RecordRange = {}): AsyncGenerator<Stored<Queue>> {
  for await (const stored of everyRecord(service, 'queue', range)) {
    if (stored.value.deletedAtMs === undefined) yield stored;
  }
}
