import { describe, expect, it } from 'vitest';
import { type Damage, findMessage, peek, purgeQueue, queueCounts, undoPurge } from '../../src/engine/index.ts';
import { payloadObjectName } from '../../src/model/block.ts';
import { type BlockId, blockId } from '../../src/model/ids.ts';
import type { ShardStore } from '../../src/ports/shard-store.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

const LARGE = 60_000;

/** A service with the damage reported to it: every process of the world may see it. */
function watched(world: World, ports: Parameters<World['process']>[1] = {}): Damage[] {
  const told: Damage[] = [];
  world.service = world.process({}, { ...ports, onDamage: (damage) => void told.push(damage) });
  return told;
}

/** The blocks that deliveries of `orders` refer to. */
async function blocksOf(world: World): Promise<BlockId[]> {
  const parts = (await world.deliveries()).flatMap(({ parts }) => parts);
  return [...new Set(parts.flatMap((part) => (part.kind === 'block' ? [blockId(part.origin)] : [])))];
}

async function replaceObject(world: World, name: string, change: (bytes: Buffer) => Uint8Array | undefined) {
  const { objects } = world.ports;
  const changed = change(Buffer.from((await objects.get(name)) ?? new Uint8Array()));
  await objects.remove(name);
  if (changed !== undefined) await objects.putIfAbsent(name, changed);
}

/** A store with a damaged block. */
function withDamaged(shards: ShardStore, damaged: BlockId): Partial<ShardStore> {
  return {
    getBlocks: async (ids) => {
      const blocks = new Map(await shards.getBlocks(ids));
      const block = blocks.get(damaged);
      if (block !== undefined && 'payload' in block) {
        const payload = Buffer.from(block.payload);
        payload[20] = (payload[20] ?? 0) ^ 1;
        blocks.set(damaged, { ...block, payload });
      }
      return blocks;
    },
  };
}

const overlaid = (shards: ShardStore, changed: Partial<ShardStore>): ShardStore =>
  new Proxy(shards, {
    get: (target, name) => {
      const own: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });

async function givenDamagedBlock(): Promise<{ world: World; told: Damage[]; block: BlockId; ids: string[] }> {
  const world = await given({ queues: { dead: {}, orders: { deadLetter: { queue: 'dead', maxReceives: 3 } } } });
  const ids = await world.send(Array.from({ length: 10 }, () => freshText(200)));
  const [block = '' as BlockId] = await blocksOf(world);
  const { shards } = world.ports;
  const told = watched(world, { shards: overlaid(shards, withDamaged(shards, block)) });
  await world.send(['sound']);
  return { world, told, block, ids };
}

describe('messages of a delivery with a damaged payload', () => {
  it('are set aside, though others of it were received before', async () => {
    const world = await given();
    await world.send(['one', 'two', 'three']);
    await world.receive({ max: 1 });
    const { shards } = world.ports;
    const list: ShardStore['list'] = async (shard, range) => {
      const page = await shards.list(shard, range);
      const deliveries = page.deliveries.map((delivery) =>
        delivery.first === 0 ? delivery : { ...delivery, payload: Buffer.from('damaged') },
      );
      return { ...page, deliveries };
    };
    const told = watched(world, { shards: overlaid(shards, { list }) });
    await world.send(['sound']);

    expect(await world.receive()).toMatchObject([{ body: 'sound' }]);
    await world.settle();

    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({ damaged: 2, ready: 0, inFlight: 2 });
    expect(told).toMatchObject([{ messageCount: 2 }]);
  });
});

describe('messages of a damaged block', () => {
  it('are set aside by themselves: the others are received, and they come no more', async () => {
    const { world, told, block } = await givenDamagedBlock();

    const received = await world.receive();
    world.clock.advance(60_000);
    const again = await world.receive();

    expect(received.map(({ body }) => body)).toEqual(['sound']);
    expect(again.map(({ body }) => body)).toEqual(['sound']);
    expect(told).toEqual([expect.objectContaining({ what: `block ${block} is damaged or missing`, messageCount: 10 })]);
  });

  it('are counted as damaged, and are neither lost nor dead letters', async () => {
    const { world } = await givenDamagedBlock();
    await world.receive();

    const { counts, isExact } = await queueCounts(world.service, 'orders');

    expect(isExact).toBe(true);
    expect(counts).toMatchObject({ sent: 11, inFlight: 1, damaged: 10, ready: 0, delayed: 0, deadLettered: 0 });
  });

  it('are shown by a look, and found by their ids, without a body', async () => {
    const { world, ids, block } = await givenDamagedBlock();
    await world.receive();

    const seen = await peek(world.service, { queue: 'orders', state: 'damaged', limit: 100 });
    const found = await findMessage(world.service, { queue: 'orders', id: ids[3] ?? '' });
    const inFlight = await peek(world.service, { queue: 'orders', state: 'inFlight', limit: 100 });

    expect(seen.messages.map(({ id }) => id)).toEqual(ids);
    expect(seen.messages[0]).toMatchObject({
      body: '',
      state: 'damaged',
      damage: `block ${block} is damaged or missing`,
    });
    expect(found).toMatchObject({ message: { id: ids[3], state: 'damaged' } });
    expect(inFlight.messages.map(({ body }) => body)).toEqual(['sound']);
  });

  it('are shown as damaged before anybody receives them', async () => {
    const { world, ids } = await givenDamagedBlock();

    const seen = await peek(world.service, { queue: 'orders', state: 'ready', limit: 100 });

    expect(seen.messages.filter(({ damage }) => damage !== undefined).map(({ id }) => id)).toEqual(ids);
  });

  it('leave with a purge, and come back to where they were with its undoing', async () => {
    const { world } = await givenDamagedBlock();
    await world.receive();
    world.clock.advance(1);

    await purgeQueue(world.service, 'orders');
    const purged = (await queueCounts(world.service, 'orders')).counts;
    await undoPurge(world.service, 'orders');
    const undone = (await queueCounts(world.service, 'orders')).counts;

    expect(purged).toMatchObject({ purged: 11, damaged: 0 });
    expect(undone).toMatchObject({ purged: 0, damaged: 10, inFlight: 1 });
  });
});

describe('messages whose payload object', () => {
  it.each<[string, (bytes: Buffer) => Uint8Array | undefined, number]>([
    ['is missing', () => undefined, 5],
    ['is cut', (bytes) => bytes.subarray(0, -10), 1],
    ['has one flipped bit', (bytes) => bytes.fill((bytes[9] ?? 0) ^ 1, 9, 10), 1],
  ])('%s are set aside, no more than are damaged', async (_, change, damagedCount) => {
    const world = await given();
    await world.send(Array.from({ length: 5 }, () => freshText(LARGE)));
    const [block = '' as BlockId] = await blocksOf(world);
    const told = watched(world);
    await replaceObject(world, payloadObjectName(block), change);
    world.clock.advance(600_000);

    const received = await world.receive();
    const { counts } = await queueCounts(world.service, 'orders');

    expect(received).toHaveLength(5 - damagedCount);
    expect(counts).toMatchObject({ sent: 5, damaged: damagedCount, inFlight: 5 - damagedCount });
    expect(told).toEqual([
      expect.objectContaining({ what: `payloads/${block} is damaged or missing`, messageCount: damagedCount }),
    ]);
  });
});

it('archives what was damaged after it was received, so that a rewind tells of it', async () => {
  const world = await given();
  await world.send(Array.from({ length: 5 }, () => freshText(LARGE)));
  const [block = '' as BlockId] = await blocksOf(world);
  const received = await world.receive();
  await replaceObject(world, payloadObjectName(block), (bytes) => bytes.subarray(0, -10));
  await world.delete(received);
  await world.settle();
  world.clock.advance(1);

  await world.rewind();
  const again = await world.receive();
  const { counts } = await queueCounts(world.service, 'orders');

  expect(again.map(({ id }) => id)).toEqual(received.slice(0, 4).map(({ id }) => id));
  expect(counts).toMatchObject({ rewound: 5, damaged: 1, inFlight: 4 });
});
