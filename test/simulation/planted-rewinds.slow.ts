import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import type { RewindJob } from '../../src/model/rewind.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { isNoticed } from './first-broken.ts';
import { replaced } from './replaced.ts';

const overCatalog =
  (change: (catalog: Catalog) => Partial<Catalog>) =>
  (ports: Ports): Ports => ({ ...ports, catalog: replaced(ports.catalog, change(ports.catalog)) });

describe('the witness of rewinds', () => {
  it('notices when older holds are forgotten', async () => {
    const plant = overCatalog((catalog) => ({
      // Those of a slice: the walk that removes finished ones still finds them.
      list: (kind, range) =>
        kind === 'hold' && range.prefix?.endsWith('/') === true ? Promise.resolve([]) : catalog.list(kind, range),
    }));

    expect(await isNoticed(plant, /waits already|is brought twice/)).toBe(true);
  });

  it('notices when objects are not listed', async () => {
    const plant = overCatalog((catalog) => ({
      tryPut: (kind, name, value, version) =>
        kind === 'archived' ? Promise.resolve('done') : catalog.tryPut(kind, name, value, version),
    }));

    expect(await isNoticed(plant, /misses/)).toBe(true);
  });

  it('notices when times of the feed are taken for exact', async () => {
    const plant = (ports: Ports): Ports => ({ ...ports, shards: replaced(ports.shards, { feedResolutionMs: 1 }) });

    expect(await isNoticed(plant, /misses|out of its window/)).toBe(true);
  });

  it('notices when an object of an earlier try is taken for what a repeat would write', async () => {
    const plant = (ports: Ports): Ports => {
      const { objects } = ports;
      const putIfAbsent: typeof objects.putIfAbsent = async (...object) => {
        await objects.putIfAbsent(...object);
        return 'stored';
      };
      return { ...ports, objects: replaced(objects, { putIfAbsent }) };
    };

    expect(await isNoticed(plant, /misses/)).toBe(true);
  });

  it('notices when a redrive moves what does not pass its filter', async () => {
    const plant = overCatalog((catalog) => ({
      get: async (kind, name) => {
        const stored = await catalog.get(kind, name);
        if (kind !== 'rewind' || stored === undefined) return stored;
        const { filter: _, ...value } = stored.value as RewindJob;
        return { ...stored, value } as typeof stored;
      },
    }));

    expect(await isNoticed(plant, /is not of kind/)).toBe(true);
  });

  it('notices when what was rewound into a queue and deleted there is not found there', async () => {
    const plant = overCatalog((catalog) => ({
      list: async (kind, range) => {
        const stored = await catalog.list(kind, range);
        if (kind !== 'archived') return stored;
        return stored.map((one) => ({ ...one, value: { ...one.value, broughtInCount: 0 } }));
      },
    }));

    expect(await isNoticed(plant, /misses/)).toBe(true);
  });

  it('notices when a repeat does not ask whether a delivery was put', async () => {
    const plant = overCatalog((catalog) => ({
      get: async (kind, name) => {
        const stored = await catalog.get(kind, name);
        if (kind !== 'hold' || stored === undefined) return stored;
        return { ...stored, value: { ...stored.value, isPlaced: false } };
      },
    }));

    expect(await isNoticed(plant, /is brought twice|waits already|and brought/)).toBe(true);
  });
});
