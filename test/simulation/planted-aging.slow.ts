import { expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import { rewindStart } from '../../src/model/ids.ts';
import { isExpired } from '../../src/model/retention.ts';
import type { ArchivedObject } from '../../src/model/rewind.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { type AgingOptions, simulateAging } from './aging.ts';
import { replaced } from './replaced.ts';

const WORLDS_MAX = 40;

/** Whether one of some worlds shows the bug in these words. */
async function isNoticed(options: Omit<AgingOptions, 'seed'>, words: RegExp): Promise<boolean> {
  for (let seed = 1; seed <= WORLDS_MAX; seed++) {
    const { violations } = await simulateAging({ ...options, seed });
    if (violations.some((what) => words.test(what))) return true;
  }
  return false;
}

it('notices when the retention of rewound messages begins with their rewind', async () => {
  const plant = (ports: Ports): Ports => {
    const { shards } = ports;
    const list: typeof shards.list = async (shard, range) => {
      const page = await shards.list(shard, range);
      const deliveries = page.deliveries.map((delivery) => ({
        ...delivery,
        parts: delivery.parts.map((part) =>
          part.kind === 'archive' ? { ...part, enteredAtMs: rewindStart(part.rewoundBy) } : part,
        ),
      }));
      return { ...page, deliveries };
    };
    return { ...ports, shards: replaced(shards, { list }) };
  };

  expect(await isNoticed({ plant, aging: 'messages' }, /is too old after/)).toBe(true);
});

it('notices when a late cancel takes nothing back of what has expired', async () => {
  const plant = (ports: Ports): Ports => {
    const { catalog, clock } = ports;
    const list: Catalog['list'] = async (kind, range) => {
      const stored = await catalog.list(kind, range);
      if (kind !== 'archived') return stored;
      return stored.filter(({ value }) => !isExpired((value as ArchivedObject).object, clock.nowMs()));
    };
    return { ...ports, catalog: replaced(catalog, { list }) };
  };

  expect(await isNoticed({ plant, aging: 'archive' }, /is left after a late cancel/)).toBe(true);
});
