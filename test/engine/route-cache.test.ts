import { describe, expect, it } from 'vitest';
import { updateQueue } from '../../src/engine/index.ts';
import { QueueError } from '../../src/model/errors.ts';
import { ROUTE_FRESH_MS } from '../../src/model/limits.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { replaced } from '../simulation/replaced.ts';
import { given } from '../support/given.ts';

/** A process that holds the queue, and its catalog reads; an answer that may be old is as old as `old` says. */
async function givenProcess() {
  const world = await given();
  const { catalog } = world.ports;
  const asked: string[] = [];
  const old: { queue?: Awaited<ReturnType<Catalog['get']>> } = {};
  const get = (async (kind, name, options) => {
    asked.push(options?.mayBeOld === true ? 'maybe old' : 'newest');
    const newest = await catalog.get(kind, name);
    return options?.mayBeOld === true && 'queue' in old ? old.queue : newest;
  }) as Catalog['get'];
  const queueVersion = async (name: string) => {
    asked.push('version');
    return await catalog.queueVersion(name);
  };
  const service = world.process(
    { routeFreshMs: ROUTE_FRESH_MS },
    { catalog: replaced(catalog, { get, queueVersion }) },
  );
  await service.routes.get('orders');
  asked.length = 0;
  const waitOf = async () => {
    world.clock.advance(ROUTE_FRESH_MS);
    return (await service.routes.get('orders')).queue.settings.waitMs;
  };
  const change = async (waitMs: number) => await updateQueue(world.service, { name: 'orders', settings: { waitMs } });
  return { world, service, asked, old, waitOf, change };
}

describe('a process that holds a queue', () => {
  it('asks for its version alone while it has not changed', async () => {
    const { asked, waitOf } = await givenProcess();

    await waitOf();
    await waitOf();

    expect(asked).toEqual(['version', 'version']);
  });

  it('reads the record once when it has changed', async () => {
    const { asked, waitOf, change } = await givenProcess();
    await change(7_000);

    expect(await waitOf()).toBe(7_000);
    expect(asked).toEqual(['version', 'maybe old']);
  });

  it('reads it again, the newest, when what came is older than its version', async () => {
    const { world, asked, old, waitOf, change } = await givenProcess();
    old.queue = await world.ports.catalog.get('queue', 'orders');
    await change(7_000);

    expect(await waitOf()).toBe(7_000);
    expect(asked).toEqual(['version', 'maybe old', 'newest']);
  });

  it('asks at a moment of its own, at most a quarter early and never late', async () => {
    const { world, service, asked } = await givenProcess();
    const ages = new Set<number>();
    for (let round = 0; round < 20; round++) {
      await service.routes.refresh('orders');
      asked.length = 0;
      let ageMs = 0;
      for (; asked.length === 0; ageMs += 50) {
        world.clock.advance(50);
        await service.routes.get('orders');
      }
      ages.add(ageMs);
    }

    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0.75 * ROUTE_FRESH_MS);
    expect(Math.max(...ages)).toBeLessThanOrEqual(ROUTE_FRESH_MS);
    expect(ages.size).toBeGreaterThan(5);
  });
});

describe('names of queues to show beside messages', () => {
  it('are left out where they cannot be read, so that the messages are answered', async () => {
    const world = await given({ queues: { orders: {}, failed: {} } });
    const { catalog } = world.ports;
    const [orders, failed] = await Promise.all(
      ['orders', 'failed'].map(async (name) => (await world.service.routes.get(name)).queue.id),
    );
    const get = (async (kind, name) => {
      if (name === failed) throw new QueueError('Unavailable', 'the catalog does not answer');
      return await catalog.get(kind, name);
    }) as Catalog['get'];
    const { routes } = world.process({}, { catalog: replaced(catalog, { get }) });

    const names = await routes.namesOf([orders, failed].filter((id) => id !== undefined));

    expect([...names.values()]).toEqual(['orders']);
  });
});
