import { control, type QueueService, reportLoad } from '../../src/engine/index.ts';
import { type CellId, cellId } from '../../src/model/ids.ts';
import type { Queue } from '../../src/model/queue.ts';
import { openShards } from '../../src/model/route.ts';
import type { CellTables } from '../../src/ports/cell-tables.ts';
import type { World } from './given.ts';

/** Tables with a deployment's quota as their limit; they remember requests. */
export class KnownTables implements CellTables {
  /** Cells whose tables are not empty. */
  readonly holding = new Set<CellId>();
  readonly warmed: [cell: CellId, writeUnits: number][] = [];

  async writeUnitsMax(): Promise<number> {
    return 40_000;
  }

  async isEmpty(cell: CellId): Promise<boolean> {
    return !this.holding.has(cell);
  }

  async warm(cell: CellId, writeUnits: number): Promise<void> {
    this.warmed.push([cell, writeUnits]);
  }
}

/** A run of the controller with time for one round. */
export async function controlOnce(service: QueueService, tables: CellTables = new KnownTables()): Promise<boolean> {
  return await control(service, { tables, untilMs: service.clock.nowMs() });
}

/** Reports the queue as taking that many write units a second for the last minute. */
export async function seeLoad(world: World, writeUnits: number, name = 'orders'): Promise<void> {
  const { id } = await queueNamed(world, name);
  for (let period = 0; period < 12; period++) {
    world.service.load.addToQueue(id, { writeUnits: 5 * writeUnits });
    world.service.load.addToCell(cellId(0), { writeUnits: 5 * writeUnits });
    world.clock.advance(5_000);
    await reportLoad(world.service);
  }
}

export async function queueNamed(world: World, name = 'orders'): Promise<Queue> {
  const stored = await world.service.catalog.get('queue', name);
  if (stored === undefined) throw new Error(`no queue ${name}`);
  return stored.value;
}

export const shardsOf = async (world: World, name = 'orders') =>
  openShards((await queueNamed(world, name)).route).map(({ id }) => id);

/** Changes a queue's record, like another process. */
export async function change(world: World, how: (queue: Queue) => Queue, name = 'orders'): Promise<void> {
  const stored = await world.service.catalog.get('queue', name);
  if (stored === undefined) throw new Error(`no queue ${name}`);
  await world.service.catalog.tryPut('queue', name, how(stored.value), stored.version);
}

/** Drains the first open shard from now on, and lets another one take over. */
export async function drainFirst(
  world: World,
  which: 'first' | 'oldest' = 'first',
): Promise<Queue['route']['shards'][number]> {
  const open = openShards((await queueNamed(world)).route);
  const first = which === 'first' ? open[0] : open.at(-1);
  if (first === undefined) throw new Error('no open shard');
  const sinceMs = world.clock.nowMs();
  await change(world, (queue) => ({
    ...queue,
    route: {
      version: queue.route.version + 1,
      shards: queue.route.shards.map((shard) =>
        shard.id === first.id ? { ...shard, state: 'draining', sinceMs } : shard,
      ),
    },
  }));
  return first;
}
