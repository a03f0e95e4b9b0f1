import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import { type Change, sequence } from '../../src/model/change.ts';
import { isFinished } from '../../src/model/delivery.ts';
import { KEY_END } from '../../src/model/ids.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { marked } from '../../src/ports/mark-rules.ts';
import type { ShardStore } from '../../src/ports/shard-store.ts';
import { NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { firstBroken } from './first-broken.ts';
import { replaced } from './replaced.ts';

const CHANGING = { pauseMs: 10_000, changes: 12, failures: 0 };
/** Wraps the engine's shard store. */
const between =
  (change: (shards: ShardStore) => Partial<ShardStore>) =>
  (ports: Ports): Ports => ({ ...ports, shards: replaced(ports.shards, change(ports.shards)) });

describe('the auditor', () => {
  it('notices when a claim removes before it puts', async () => {
    const plant = between((shards) => {
      // A lease is reported as stored, but put only after the original is gone.
      const owed: Parameters<ShardStore['put']>[0][number][] = [];
      const pay = async <Answer>(answer: Answer): Promise<Answer> => {
        if (owed.length > 0) await shards.put(owed.splice(0));
        return answer;
      };
      return {
        put: async (placements) => {
          const isLease = placements.every(({ delivery }) => delivery.receiveCount > 0);
          if (!isLease) return shards.put(placements);
          owed.push(...placements);
          return placements.map(() => 'stored' as const);
        },
        tryMark: async (shard, key, change, condition) => pay(await shards.tryMark(shard, key, change, condition)),
        tryRemove: async (shard, key, condition) => pay(await shards.tryRemove(shard, key, condition)),
      };
    });

    expect(await firstBroken('1', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when an ack does not ask whether the message was moved', async () => {
    const plant = between((shards) => ({
      tryMark: (shard, key, change, condition) =>
        shards.tryMark(shard, key, change, change.acked === undefined ? condition : {}),
    }));

    expect(await firstBroken('2', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when moved messages are cleaned up after', async () => {
    const plantInFeed = (change: Change): Change => {
      const { before, after } = change;
      return before !== undefined && after === undefined
        ? { ...change, before: { ...before, moved: new Set() } }
        : change;
    };

    expect(await firstBroken('4', { plantInFeed, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when a claim does not ask whether the delivery has changed', async () => {
    const plant = between((shards) => ({
      tryRemove: (shard, key) => shards.tryRemove(shard, key, {}),
    }));

    expect(await firstBroken('2', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when a lost answer is read as a lost race', async () => {
    const plant = between((shards) => ({
      tryRemove: async (shard, key, condition) => {
        const removed = await shards.tryRemove(shard, key, condition);
        return removed.outcome === 'unclear' ? { outcome: 'refused' } : removed;
      },
    }));

    expect(await firstBroken('1', { plant, faults: { ...NO_FAULTS, lostAnswer: 0.05 } })).toBeDefined();
  });

  it('notices when routes are read that are long out of date', async () => {
    const plant = (ports: Ports): Ports => {
      const { catalog } = ports;
      const first = new Map<string, Awaited<ReturnType<Catalog['get']>>>();
      const get: Catalog['get'] = async (kind, name) => {
        const now = await catalog.get(kind, name);
        if (kind === 'queue' && now !== undefined && !first.has(name)) first.set(name, now);
        return (first.get(name) as typeof now) ?? now;
      };
      return { ...ports, catalog: replaced(catalog, { get }) };
    };

    expect(await firstBroken('6', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when a read that may be old is taken for the newest', async () => {
    const plant = (ports: Ports): Ports => {
      const { catalog } = ports;
      const get: Catalog['get'] = async (kind, name, options) => {
        const read = await catalog.get(kind, name, options);
        if (options?.mayBeOld !== true || read === undefined) return read;
        return { ...read, version: await catalog.queueVersion(name) };
      };
      return { ...ports, catalog: replaced(catalog, { get }) };
    };

    expect(await firstBroken('1', { plant, faults: NO_FAULTS, routes: CHANGING })).toBeDefined();
  });

  it('notices when shards leave their route before they are empty', async () => {
    const plant = between((shards) => ({
      list: async (shard, range) =>
        // The look of the controller: the only one that asks for one delivery of the whole range.
        range.limit === 1 && range.before === KEY_END ? { deliveries: [] } : await shards.list(shard, range),
    }));

    expect(await firstBroken('1', { plant, faults: NO_FAULTS, routes: CHANGING })).toBeDefined();
  });

  it('notices when a message is a dead letter before it was answered as often as its queue allows', async () => {
    const plant = between((shards) => ({
      put: (placements) =>
        shards.put(
          placements.map(({ delivery, ...at }) => {
            const { receiveCount } = delivery;
            return { ...at, delivery: { ...delivery, receiveCount: receiveCount > 0 ? receiveCount + 1 : 0 } };
          }),
        ),
    }));

    expect(await firstBroken('dead letter', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when of a large object only the first bytes come back', async () => {
    const plant = (ports: Ports): Ports => {
      const { objects } = ports;
      const get: typeof objects.get = async (name, range) => (await objects.get(name, range))?.subarray(0, 2_000);
      return { ...ports, objects: replaced(objects, { get }) };
    };

    expect(await firstBroken('damage', { plant, faults: NO_FAULTS }, /nothing of it is damaged/)).toBeDefined();
  });

  it('notices when a message that was given back stays on its lease, which then ends', async () => {
    const plant = between((shards) => ({
      tryMark: async (shard, key, change, condition) => {
        const seen = change.forward === undefined ? undefined : await shards.get(shard, key);
        return seen === undefined
          ? await shards.tryMark(shard, key, change, condition)
          : { outcome: 'done', now: marked(seen, change) };
      },
    }));

    expect(await firstBroken('3', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when receives read what is finished again and again', async () => {
    const plant = between((shards) => ({
      tryRemove: async (shard, key, condition) => {
        const seen = await shards.get(shard, key);
        return seen !== undefined && isFinished(seen) ? { outcome: 'done' } : shards.tryRemove(shard, key, condition);
      },
    }));

    expect(await firstBroken('7', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when archive objects are not stored', async () => {
    const plant = (ports: Ports): Ports => {
      const { objects } = ports;
      const putIfAbsent: typeof objects.putIfAbsent = async (name, bytes) =>
        name.startsWith('archive/') ? 'stored' : objects.putIfAbsent(name, bytes);
      return { ...ports, objects: replaced(objects, { putIfAbsent }) };
    };

    expect(await firstBroken('4', { plant, faults: NO_FAULTS })).toBeDefined();
  });

  it('notices when counts do not ask whether anything changed while they read', async () => {
    const plant = (ports: Ports): Ports => {
      const { ledger } = ports;
      // Whatever the totals were at the barrier's put, those of its removal are reported.
      const passage: typeof ledger.passage = async (shard, key, step) =>
        (await ledger.passage(shard, key, step)) && (await ledger.passage(shard, key, 'removed'));
      return { ...ports, ledger: replaced(ledger, { passage }) };
    };

    expect(await firstBroken('8', { plant, faults: NO_FAULTS, isCounted: true })).toBeDefined();
  });

  it('notices when a batch that is told again is counted again', async () => {
    const plant = (ports: Ports): Ports => {
      const { catalog } = ports;
      // The totals forget which change they counted last.
      const get: typeof catalog.get = async (kind, name) => {
        const stored = await catalog.get(kind, name);
        return kind === 'totals' && stored !== undefined
          ? { ...stored, value: { ...stored.value, sequence: sequence('0') } }
          : stored;
      };
      return { ...ports, catalog: replaced(catalog, { get }) };
    };

    expect(await firstBroken('8', { plant, faults: NO_FAULTS })).toBeDefined();
  });
});
