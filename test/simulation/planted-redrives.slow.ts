import { expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import type { Queue } from '../../src/model/queue.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { type RedrivingOptions, simulateRedrive } from './redriving.ts';
import { replaced } from './replaced.ts';

const WORLDS_MAX = 60;

/** Whether one of some worlds of redrives shows the bug in these words. */
async function isNoticed(options: Omit<RedrivingOptions, 'seed'>, words: RegExp): Promise<boolean> {
  for (let seed = 1; seed <= WORLDS_MAX; seed++) {
    const { violations } = await simulateRedrive({ ...options, seed });
    if (violations.some((what) => words.test(what))) return true;
  }
  return false;
}

/** Redrivers read queues without some fields of their records. */
const reading =
  (change: (queue: Queue) => Queue) =>
  (ports: Ports): Ports => {
    const { catalog } = ports;
    const get: Catalog['get'] = async (kind, name, options) => {
      const stored = await catalog.get(kind, name, options);
      if (kind !== 'queue' || stored === undefined) return stored;
      return { ...stored, value: change(stored.value as Queue) } as typeof stored;
    };
    return { ...ports, catalog: replaced(catalog, { get }) };
  };

it('notices when messages stay leased that their queue does not take', async () => {
  const plant = (ports: Ports): Ports => {
    const { shards } = ports;
    const put: typeof shards.put = async (placements) => {
      const isGivingBack = placements.some(
        ({ delivery: { receiveCount, parts } }) =>
          receiveCount === 0 && parts.every(({ firstReceivedAtMs }) => firstReceivedAtMs !== undefined),
      );
      return isGivingBack ? placements.map(() => 'throttled' as const) : await shards.put(placements);
    };
    return { ...ports, shards: replaced(shards, { put }) };
  };

  expect(await isNoticed({ plant, event: 'nothing' }, /is left, though the redrive is done/)).toBe(true);
});

it('notices when the copy of a message stays whose original could not be marked', async () => {
  const plant = (ports: Ports): Ports => {
    const { shards } = ports;
    const tryRemove: typeof shards.tryRemove = async (shard, key, condition) =>
      'edition' in condition && condition.edition === 0
        ? { outcome: 'refused' }
        : await shards.tryRemove(shard, key, condition);
    return { ...ports, shards: replaced(shards, { tryRemove }) };
  };

  expect(await isNoticed({ plant, event: 'nothing' }, /is in failed and orders/)).toBe(true);
});

it('notices when a redrive goes on after a purge', async () => {
  const plant = reading((queue) => {
    const { lastPurge: _, ...rest } = queue;
    return rest;
  });

  expect(await isNoticed({ plant, event: 'purged' }, /moves after the dead letters were purged/)).toBe(true);
});

it('notices when a redrive goes on after the deletion of its queue', async () => {
  const plant = reading((queue) => {
    const { deletedAtMs: _, ...rest } = queue;
    return rest;
  });

  expect(await isNoticed({ plant, event: 'deleted and restored' }, /moves after the dead letters were deleted/)).toBe(
    true,
  );
});
