import { describe, expect, it } from 'vitest';
import { runUpkeep } from '../../src/engine/index.ts';
import { QueueError } from '../../src/model/errors.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { given } from '../support/given.ts';

describe('upkeep', () => {
  it('has nothing to tell of a deployment that is in order', async () => {
    const { service } = await given();

    expect(await runUpkeep(service)).toEqual([]);
  });

  it('names the jobs that fail, and runs the others all the same', async () => {
    const { service } = await given();
    const listed: string[] = [];
    const refusal = new QueueError('Throttled', 'the store takes no more for now');
    const { catalog: stored } = service;
    const catalog: Catalog = {
      get: (...record) => stored.get(...record),
      queueVersion: (name) => stored.queueVersion(name),
      tryPut: (kind, name, value, version) => stored.tryPut(kind, name, value, version),
      tryRemove: (kind, name, version) => stored.tryRemove(kind, name, version),
      list: async (kind, range) => {
        listed.push(kind);
        if (kind === 'purge') throw refusal;
        return await stored.list(kind, range);
      },
    };

    const failed = await runUpkeep({ ...service, catalog });

    expect(failed).toEqual([{ job: 'discard', error: refusal }]);
    expect(new Set(listed).size).toBeGreaterThan(2);
  });
});
