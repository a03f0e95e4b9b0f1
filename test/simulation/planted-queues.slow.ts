import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { QueueId } from '../../src/model/ids.ts';
import type { Queue } from '../../src/model/queue.ts';
import type { Catalog, Stored } from '../../src/ports/catalog.ts';
import { NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { firstBroken } from './first-broken.ts';
import { replaced } from './replaced.ts';
import { DEAD_LETTERS } from './workload.ts';

/** After every moment of these worlds. */
const LATER = (2 ** 47) as EpochMs;

/** Changes how the engine reads queues. */
const reading =
  (change: (stored: Stored<Queue>) => Stored<Queue>) =>
  (ports: Ports): Ports => {
    const { catalog } = ports;
    const get: Catalog['get'] = async (kind, name) => {
      const stored = await catalog.get(kind, name);
      return kind === 'queue' && stored !== undefined ? (change(stored as Stored<Queue>) as typeof stored) : stored;
    };
    return { ...ports, catalog: replaced(catalog, { get }) };
  };

/** Changes how the engine writes queues; `before` is the stored value until then. */
const writing =
  (change: (queue: Queue, before: Queue | undefined) => Queue) =>
  (ports: Ports): Ports => {
    const { catalog } = ports;
    const tryPut: Catalog['tryPut'] = async (kind, name, value, version) => {
      if (kind !== 'queue') return await catalog.tryPut(kind, name, value, version);
      const before = (await catalog.get('queue', name))?.value;
      return await catalog.tryPut('queue', name, change(value as Queue, before), version);
    };
    return { ...ports, catalog: replaced(catalog, { tryPut }) };
  };

describe('the auditor of queues that change', () => {
  it('notices when dead letters go into a queue that was deleted', async () => {
    const known = new Map<QueueId, Stored<Queue>>();
    const plant = reading((stored) => {
      const { id, name, deletedAtMs } = stored.value;
      if (name !== DEAD_LETTERS) return stored;
      if (deletedAtMs === undefined) known.set(id, stored);
      return known.get(id) ?? stored;
    });

    expect(
      await firstBroken('dead letter', { plant, faults: NO_FAULTS, queues: 'dead letters deleted' }),
    ).toBeDefined();
  });

  it.each(['restored', 'dead letters restored'] as const)(
    'notices when what a queue held is lost: %s',
    async (queues) => {
      const hidden = (shards: Queue['route']['shards']) => shards.map((shard) => ({ ...shard, fromMs: LATER }));
      const plant = writing((queue, before) => {
        const isRestored = before?.deletedAtMs !== undefined && before.id === queue.id;
        return isRestored ? { ...queue, route: { ...queue.route, shards: hidden(queue.route.shards) } } : queue;
      });

      expect(await firstBroken('1', { plant, faults: NO_FAULTS, queues })).toBeDefined();
    },
  );

  it('notices when a late restore brings back what was deleted again', async () => {
    const plant = (ports: Ports): Ports => {
      const { catalog, clock } = ports;
      let deletedAtMs: EpochMs | undefined;
      const get: Catalog['get'] = async (kind, name, options) => {
        const stored = await catalog.get(kind, name, options);
        const queue = kind === 'queue' ? (stored as Stored<Queue> | undefined) : undefined;
        if (queue?.value.deletedAtMs === undefined || deletedAtMs === undefined) return stored;
        return { ...queue, value: { ...queue.value, deletedAtMs } } as typeof stored;
      };
      const tryPut: Catalog['tryPut'] = async (kind, name, value, version) => {
        const before = kind === 'queue' ? (await catalog.get('queue', name))?.value : undefined;
        const outcome = await catalog.tryPut(kind, name, value, version);
        const isRestore = before?.deletedAtMs !== undefined && (value as Queue).deletedAtMs === undefined;
        if (!isRestore) return outcome;
        deletedAtMs = before.deletedAtMs;
        await clock.sleep(2_000);
        return 'unclear';
      };
      return { ...ports, catalog: replaced(catalog, { get, tryPut }) };
    };

    expect(
      await firstBroken(
        'restore',
        { plant, faults: NO_FAULTS, queues: 'restored late' },
        /a late restore brought it back/,
      ),
    ).toBeDefined();
  });

  it('notices when messages count as too old before they are', async () => {
    const plant = reading((stored) => {
      const { retentionMs, ...settings } = stored.value.settings;
      if (retentionMs === undefined) return stored;
      return { ...stored, value: { ...stored.value, settings: { ...settings, retentionMs: retentionMs / 10 } } };
    });

    expect(await firstBroken('1', { plant, faults: NO_FAULTS, queues: 'retention' })).toBeDefined();
  });

  it('notices when an undone purge goes on hiding what it took', async () => {
    const plant = writing((queue, before) => {
      const isUndo = before?.lastPurge !== undefined && (queue.lastPurge ?? '') < before.lastPurge;
      return isUndo ? { ...queue, route: { ...queue.route, shards: before.route.shards } } : queue;
    });

    expect(await firstBroken('1', { plant, faults: NO_FAULTS, queues: 'purges and undos' })).toBeDefined();
  });
});

it('the auditor of searches notices when one is called complete that left something out', async () => {
  const plant = (ports: Ports): Ports => {
    const { shards } = ports;
    const list: typeof shards.list = async (shard, range) => {
      const { deliveries, next } = await shards.list(shard, range);
      // Searches ask for this many at once.
      return range.limit === 1_000 || next === undefined ? { deliveries } : { deliveries, next };
    };
    return { ...ports, shards: replaced(shards, { list }) };
  };

  expect(await firstBroken('look', { plant, faults: NO_FAULTS, isSearched: true })).toBeDefined();
});
