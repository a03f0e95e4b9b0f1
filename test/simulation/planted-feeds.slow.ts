import { describe, expect, it } from 'vitest';
import { finishMessages, groupByBlock } from '../../src/engine/archive/index.ts';
import type { Ports } from '../../src/engine/index.ts';
import type { TotalsRecord } from '../../src/model/totals.ts';
import { NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import type { PlantBehindBatch } from './feed.ts';
import { firstBroken } from './first-broken.ts';
import { replaced } from './replaced.ts';

const WRONG_TOTALS = /counts -?\d+ \w+, and the feed told/;

describe('the auditor of feeds that give up batches', () => {
  it('notices when a replay is taken for a batch in order', async () => {
    const bug = { replayedAs: 'inOrder', givesUp: true, faults: NO_FAULTS } as const;

    expect(await firstBroken('8', bug, WRONG_TOTALS)).toBeDefined();
  });

  it('notices when totals forget which batches came again', async () => {
    const plant = (ports: Ports): Ports => {
      const { catalog } = ports;
      const tryPut: typeof catalog.tryPut = (kind, name, value, version) => {
        const forgotten = kind === 'totals' ? { ...(value as TotalsRecord), repeats: [] } : value;
        return catalog.tryPut(kind, name, forgotten as typeof value, version);
      };
      return { ...ports, catalog: replaced(catalog, { tryPut }) };
    };

    expect(await firstBroken('8', { plant, givesUp: true, faults: NO_FAULTS }, WRONG_TOTALS)).toBeDefined();
  });

  it('notices when the removal of a lease is taken as proof that what was acked on it before is archived', async () => {
    const plantBehindBatch: PlantBehindBatch = async (service, batch) => {
      const removed = batch.flatMap(({ before, after }) => (after === undefined ? (before ?? []) : []));
      const earlier = removed.map((delivery) => ({ delivery, indexes: [...delivery.acked].toSorted((a, b) => a - b) }));
      await finishMessages(service, groupByBlock(earlier));
    };

    // Small messages have no blocks, which could leave too early.
    const found = await firstBroken(
      '4',
      { plantBehindBatch, givesUp: true, routes: 'still', faults: NO_FAULTS, isTrickle: false },
      /before .* is archived/,
    );

    expect(found).toBeDefined();
  });
});
