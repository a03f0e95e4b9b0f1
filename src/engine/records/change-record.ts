import { QueueError } from '../../model/errors.ts';
import { CATALOG_TRIES_MAX } from '../../model/limits.ts';
import type { Catalog, CatalogRecords, RecordKind, WriteOutcome } from '../../ports/catalog.ts';

/** How a change of a record ended, and the value that the last try wrote or found. */
export interface ChangedRecord<Value> {
  readonly outcome: WriteOutcome;
  readonly value: Value;
}

/**
 * Changes one record: reads it, asks `change` what it becomes, and writes that unless another writer was first. Then it
 * reads again and repeats, as it does after a write without an answer; at most `CATALOG_TRIES_MAX` times.
 *
 * `change` runs once for each try. It gets the value, or `undefined` where there is no record. It returns the new
 * value, the same value to leave the record as it is, or `undefined` to remove it. After a lost answer it may meet its
 * own result.
 *
 * @returns `lost` or `unclear` when the last try failed
 * @throws QueueError `Throttled`, `Unavailable`, and whatever `change` throws
 * @remarks Cost: one read and one conditional write; only the read where nothing is to change.
 */
export async function tryChangeRecord<
  Kind extends RecordKind,
  Next extends CatalogRecords[Kind] | undefined = CatalogRecords[Kind] | undefined,
>(
  { catalog }: { readonly catalog: Catalog },
  kind: Kind,
  name: string,
  change: (value: CatalogRecords[Kind] | undefined) => Next | Promise<Next>,
): Promise<ChangedRecord<Next>> {
  for (let tries = 1; ; tries++) {
    const stored = await catalog.get(kind, name);
    const value = await change(stored?.value);
    if (value === stored?.value) return { outcome: 'done', value };
    const outcome =
      value === undefined
        ? await catalog.tryRemove(kind, name, stored?.version ?? 0)
        : await catalog.tryPut(kind, name, value, stored?.version ?? 0);
    if (outcome === 'done' || tries >= CATALOG_TRIES_MAX) return { outcome, value };
  }
}

/**
 * As {@link tryChangeRecord}, for steps that their caller repeats.
 * @returns the value that the record now has
 * @throws QueueError `Unavailable` also when every try failed
 */
export async function changeRecord<
  Kind extends RecordKind,
  Next extends CatalogRecords[Kind] | undefined = CatalogRecords[Kind] | undefined,
>(
  ports: { readonly catalog: Catalog },
  kind: Kind,
  name: string,
  change: (value: CatalogRecords[Kind] | undefined) => Next | Promise<Next>,
): Promise<Next> {
  const { outcome, value } = await tryChangeRecord(ports, kind, name, change);
  if (outcome === 'done') return value;
  const cause = outcome === 'lost' ? 'other writers were always first' : 'the store did not answer';
  throw new QueueError('Unavailable', `${kind} record ${name} could not be changed: ${cause}; repeat the step`);
}
