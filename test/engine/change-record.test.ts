import { describe, expect, it } from 'vitest';
import { createQueue } from '../../src/engine/index.ts';
import { changeRecord, tryChangeRecord } from '../../src/engine/records/index.ts';
import { CATALOG_TRIES_MAX } from '../../src/model/limits.ts';
import type { Catalog, WriteOutcome } from '../../src/ports/catalog.ts';
import { given } from '../support/given.ts';

const NAME = 'id-1';

/** The catalog of a world. `onWrite` runs before each conditional write of a queue's name, and may answer instead. */
async function givenCatalog(onWrite: (catalog: Catalog) => Promise<WriteOutcome | undefined> | undefined) {
  const { service } = await given();
  const { catalog } = service;
  const watched: Catalog = {
    get: (...record) => catalog.get(...record),
    queueVersion: (name) => catalog.queueVersion(name),
    list: (kind, range) => catalog.list(kind, range),
    tryPut: async (...write) => (await onWrite(catalog)) ?? (await catalog.tryPut(...write)),
    tryRemove: async (...removal) => (await onWrite(catalog)) ?? (await catalog.tryRemove(...removal)),
  };
  return { catalog, watched };
}

describe('a change of a record', () => {
  it('reads again when another writer was first', async () => {
    let isFirst = true;
    const { catalog, watched } = await givenCatalog(async (other) => {
      if (isFirst) await other.tryPut('queueName', NAME, { name: 'theirs' }, 0);
      isFirst = false;
      return undefined;
    });

    const met: (string | undefined)[] = [];
    const changed = await changeRecord({ catalog: watched }, 'queueName', NAME, (value) => {
      met.push(value?.name);
      return { name: `${value?.name ?? 'nobody'} and ours` };
    });

    expect(met).toEqual([undefined, 'theirs']);
    expect(changed).toEqual({ name: 'theirs and ours' });
    expect((await catalog.get('queueName', NAME))?.value).toEqual(changed);
  });

  it('meets its own result after a lost answer, and may leave it as it is', async () => {
    let writes = 0;
    const { watched } = await givenCatalog(async (catalog) => {
      writes++;
      await catalog.tryPut('queueName', NAME, { name: 'ours' }, 0);
      return 'unclear' as const;
    });

    const changed = await tryChangeRecord(
      { catalog: watched },
      'queueName',
      NAME,
      (value) => value ?? { name: 'ours' },
    );

    expect(changed).toEqual({ outcome: 'done', value: { name: 'ours' } });
    expect(writes).toBe(1);
  });

  it('removes the record for which there is no next value, once', async () => {
    const { catalog, watched } = await givenCatalog(() => undefined);
    await catalog.tryPut('queueName', NAME, { name: 'orders' }, 0);

    await changeRecord({ catalog: watched }, 'queueName', NAME, () => undefined);
    await changeRecord({ catalog: watched }, 'queueName', NAME, () => undefined);

    expect(await catalog.get('queueName', NAME)).toBeUndefined();
  });

  it.each([
    ['lost', 'other writers were always first'],
    ['unclear', 'the store did not answer'],
  ] as const)('gives up after ten tries that are all %s, and says why', async (outcome, cause) => {
    let writes = 0;
    const { watched } = await givenCatalog(async () => {
      writes++;
      return outcome;
    });

    const change = changeRecord({ catalog: watched }, 'queueName', NAME, () => ({ name: 'ours' }));

    await expect(change).rejects.toMatchObject({ code: 'Unavailable', message: expect.stringContaining(cause) });
    expect(writes).toBe(CATALOG_TRIES_MAX);
  });
});

it('creating a queue whose answer was lost is told as a creation', async () => {
  const { service } = await given();
  const { catalog } = service;
  let isLost = false;
  const forgetful: Catalog = {
    get: (...record) => catalog.get(...record),
    queueVersion: (name) => catalog.queueVersion(name),
    list: (kind, range) => catalog.list(kind, range),
    tryRemove: (...removal) => catalog.tryRemove(...removal),
    tryPut: async (kind, ...write) => {
      const outcome = await catalog.tryPut(kind, ...write);
      if (kind !== 'queue' || isLost) return outcome;
      isLost = true;
      return 'unclear';
    },
  };

  const { isNew } = await createQueue({ ...service, catalog: forgetful }, { name: 'invoices', settings: {} });

  expect(isNew).toBe(true);
});
