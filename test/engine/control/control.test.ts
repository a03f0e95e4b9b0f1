import { describe, expect, it } from 'vitest';
import { control, reportLoad } from '../../../src/engine/index.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { cellId, cellOfShard, type ShardId } from '../../../src/model/ids.ts';
import { controlOnce, KnownTables, queueNamed, seeLoad, shardsOf } from '../../support/controlling.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../../support/dying.ts';
import { given } from '../../support/given.ts';

const MINUTE_MS = 60_000;

describe('the controller', () => {
  it('gives a queue the shards that its load needs, and says why', async () => {
    const world = await given();
    await seeLoad(world, 2_000);

    await controlOnce(world.service);

    const { id } = await queueNamed(world);
    const trail = await world.service.catalog.get('decisions', id);
    expect(await shardsOf(world)).toHaveLength(4);
    expect(trail?.value.decisions).toMatchObject([
      { kind: 'split', cause: '2000 write units a second expected for 1 shards' },
    ]);
  });

  it('makes all changes of a queue in one update of its route, each with its cause', async () => {
    const world = await given({ settings: { shardsPerQueue: 4 } });
    await seeLoad(world, 3_200);
    const before = await queueNamed(world);
    const [hot] = await shardsOf(world);
    world.service.load.addThrottles(before.id, hot as ShardId, 500);
    await reportLoad(world.service);
    const updates: unknown[] = [];
    const catalog = new Proxy(world.ports.catalog, {
      get: (store, name) => {
        const value: unknown = Reflect.get(store, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (name === 'tryPut' && args[0] === 'queue') updates.push(args);
          return value.apply(store, args) as unknown;
        };
      },
    });

    await controlOnce(world.process({}, { catalog }));

    const after = await world.service.catalog.get('queue', 'orders');
    const trail = await world.service.catalog.get('decisions', before.id);
    expect(updates).toHaveLength(1);
    expect(trail?.value.decisions.map(({ kind }) => kind).toSorted()).toEqual(['relocate', 'split']);
    // One more for the load, and another one to replace the hot one, which drains from now on.
    expect(await shardsOf(world)).toHaveLength(5);
    expect(after?.value.route.shards.find(({ id }) => id === hot)?.state).toBe('draining');
  });

  it('changes nothing a second time', async () => {
    const world = await given();
    await seeLoad(world, 2_000);
    await controlOnce(world.service);
    const { route } = await queueNamed(world);

    await controlOnce(world.service);

    expect((await queueNamed(world)).route).toEqual(route);
  });

  it('looks again and again in one run while a queue is busy', async () => {
    const world = await given();
    await seeLoad(world, 300);
    let rounds = 0;
    const service = world.process(
      {},
      {
        clock: {
          nowMs: () => world.clock.nowMs(),
          sleep: async () => {
            rounds++;
            // Traffic grows during the run.
            const { id } = await queueNamed(world);
            world.service.load.addToQueue(id, { writeUnits: 5 * 900 });
            world.service.load.addToCell(cellId(0), { writeUnits: 5 * 900 });
            world.clock.advance(5_000);
            await reportLoad(world.service);
          },
        },
      },
    );

    await control(service, { tables: new KnownTables(), untilMs: (world.clock.nowMs() + MINUTE_MS) as EpochMs });

    expect(rounds).toBeGreaterThanOrEqual(11);
    expect((await shardsOf(world)).length).toBeGreaterThanOrEqual(2);
  });

  it('ends its run at once when nothing is going on', async () => {
    const world = await given();
    const startMs = world.clock.nowMs();

    await control(world.service, { tables: new KnownTables(), untilMs: (startMs + MINUTE_MS) as EpochMs });

    expect(world.clock.nowMs()).toBe(startMs);
  });

  it('leaves the work to a run that is at it, and takes over from one that died', async () => {
    const world = await given();
    await seeLoad(world, 2_000);
    const mortal = world.process({}, dyingAfter(3, world.ports));
    await deathOf(controlOnce(mortal));

    const atOnce = await controlOnce(world.service);
    const shards = await shardsOf(world);
    await seeLoad(world, 2_000);
    const later = await controlOnce(world.service);

    expect([atOnce, shards.length, later]).toEqual([false, 1, true]);
    expect(await shardsOf(world)).toHaveLength(4);
  });

  it('does no harm when two run at once', async () => {
    const world = await given();
    await seeLoad(world, 2_000);
    const blind = new Proxy(world.ports.catalog, {
      get: (catalog, name) => {
        const value: unknown = Reflect.get(catalog, name);
        if (typeof value !== 'function') return value;
        return async (...command: readonly unknown[]): Promise<unknown> => {
          // Neither sees the other's lease.
          if (command[0] === 'controlLease') return name === 'get' ? undefined : 'done';
          return await Reflect.apply(value, catalog, command);
        };
      },
    });
    const runs = [1, 2].map(() => controlOnce(world.process({}, { catalog: blind })));

    await Promise.all(runs);

    expect(await shardsOf(world)).toHaveLength(4);
  });

  it('that dies after any step leaves a queue that works, and the next run goes on', async () => {
    const died = await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['one'] });
      await seeLoad(world, 2_000);
      const death = await deathOf(controlOnce(world.process({}, dyingAfter(steps, world.ports))));

      await seeLoad(world, 2_000);
      await controlOnce(world.service);
      await world.send(['two']);

      expect(await shardsOf(world)).toHaveLength(4);
      expect(await world.consume()).toEqual(['one', 'two']);
      return death;
    });

    expect(died).toBeGreaterThan(8);
  });

  it('empties a cell that is leaving and puts nothing new there', async () => {
    const cells = [cellId(0), cellId(1)];
    const world = await given({ settings: { cells, shardsPerQueue: 4 }, sent: ['1', '2', '3', '4', '5', '6'] });
    const leaving = world.process({ cells: [cellId(1)], leavingCells: [cellId(0)] });

    await controlOnce(leaving);
    const open = await shardsOf(world);
    const consumed = await world.consume();
    for (let minute = 0; minute < 2; minute++) {
      world.clock.advance(MINUTE_MS);
      await controlOnce(leaving);
    }

    expect(open.map(cellOfShard)).toEqual([cellId(1), cellId(1), cellId(1), cellId(1)]);
    expect(consumed).toEqual(['1', '2', '3', '4', '5', '6']);
    expect((await queueNamed(world)).route.shards.filter(({ id }) => cellOfShard(id) === cellId(0))).toEqual([]);
    expect((await world.service.catalog.get('cell', cellId(0)))?.value).toMatchObject({
      openShards: 0,
      drainingShards: 0,
    });
  });

  it('refuses to open where every cell is leaving', async () => {
    const world = await given({ sent: ['1'] });

    const open = () => world.process({ cells: [], leavingCells: [cellId(0)] });

    expect(open).toThrow('no cell is open, 1 are leaving; a queue needs at least one');
    expect(await world.consume()).toEqual(['1']);
  });

  it('warms the tables for an announced minimum', async () => {
    const world = await given({ queues: { orders: { shards: { min: 80, max: 100 } } } });
    const tables = new KnownTables();
    tables.writeUnitsMax = async () => 4_000;

    await controlOnce(world.service, tables);

    expect(tables.warmed).toEqual([[cellId(0), 40_000]]);
  });

  it('keeps the last fifty decisions about a queue', async () => {
    const world = await given();
    const { id } = await queueNamed(world);
    const old = Array.from({ length: 50 }, (_, number) => ({
      atMs: number as EpochMs,
      kind: 'merge' as const,
      what: '',
      cause: String(number),
    }));
    await world.service.catalog.tryPut('decisions', id, { decisions: old }, 0);
    await seeLoad(world, 2_000);

    await controlOnce(world.service);

    const decisions = (await world.service.catalog.get('decisions', id))?.value.decisions ?? [];
    expect([decisions.length, decisions[0]?.cause, decisions.at(-1)?.kind]).toEqual([50, '1', 'split']);
  });
});
