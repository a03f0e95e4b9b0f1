import { beforeEach, describe, expect, it } from 'vitest';
import {
  archive,
  changeVisibility,
  createQueue,
  deleteMessages,
  deleteQueue,
  openQueueService,
  type Ports,
  purgeQueue,
  type QueueService,
  receive,
  send,
  undoPurge,
} from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { cellId } from '../../src/model/ids.ts';
import {
  BLOCK_YOUNG_MS,
  PURGE_UNDO_MS,
  ROUTE_FRESH_MS,
  ROUTE_HARD_LIMIT_MS,
  type Thresholds,
} from '../../src/model/limits.ts';
import type { Queue } from '../../src/model/queue.ts';
import type { WriteOutcome } from '../../src/ports/catalog.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';
import { replaced } from './replaced.ts';

/** Bugs that simulated worlds have found, each as the shortest story that shows it. */
const QUEUE = 'orders';
const LONG_LEASE_MS = 2 * PURGE_UNDO_MS;

let world: SimulatedWorld;

const INLINE: Thresholds = { inlineBytesMax: 900, blockBytesMax: 1_000, leaseBytesMax: 1_024 };
const BLOCK: Thresholds = { ...INLINE, inlineBytesMax: 1 };
const OBJECT: Thresholds = { ...BLOCK, blockBytesMax: 1 };

/** A process of its own in the world; `change` wraps its ports. */
function open(change: (ports: Ports) => Partial<Ports> = () => ({}), thresholds = BLOCK): QueueService {
  const { ports } = world.start('process');
  const settings = { thresholds, cells: [cellId(0)], shardsPerQueue: 1, routeFreshMs: ROUTE_FRESH_MS };
  return openQueueService({ ...ports, ...change(ports) }, settings);
}

/** Its first conditional write of a record of that kind gets this outcome, whether or not it was done. */
const firstWrite = (kind: string, outcome: WriteOutcome, isDone: boolean) => (ports: Ports) => {
  const { catalog } = ports;
  let isFirst = true;
  const tryPut: typeof catalog.tryPut = async (of, name, value, version) => {
    if (of !== kind || !isFirst) return catalog.tryPut(of, name, value, version);
    isFirst = false;
    if (isDone) await catalog.tryPut(of, name, value, version);
    return outcome;
  };
  return { catalog: replaced(catalog, { tryPut }) };
};

async function sendSome(service: QueueService, count: number): Promise<void> {
  const messages = Array.from({ length: count }, (_, index) => ({ body: `body ${index}`, attributes: {} }));
  await send(service, { queue: QUEUE, messages });
}

const receiveAll = (service: QueueService, visibilityMs = 30_000) =>
  receive(service, { queue: QUEUE, max: 10, visibilityMs });
const deliveries = (): Delivery[] => [...world.deliveries.shards].flatMap((shard) => [...world.deliveries.of(shard)]);
const stored = (): Queue | undefined => world.records.get('queue', QUEUE)?.value;
const purges = () => world.records.list('purge', { limit: 10 }).map(({ value }) => value.id);
const hourPasses = () => world.timeline.sleep(PURGE_UNDO_MS + 1_000);

beforeEach(async () => {
  world = new SimulatedWorld({ seed: 1 });
  await createQueue(open(), { name: QUEUE, settings: { rewindMs: 0 } });
});

describe('send', () => {
  it('takes a new route when storing an object took longer than a route lasts', async () => {
    const waits = [ROUTE_HARD_LIMIT_MS];
    const slowly = ({ objects, clock }: Ports): Partial<Ports> => ({
      objects: replaced(objects, {
        putIfAbsent: async (name, bytes) => {
          for (const wait of waits.splice(0)) await clock.sleep(wait);
          return objects.putIfAbsent(name, bytes);
        },
      }),
    });
    const sending = sendSome(open(slowly, OBJECT), 1);
    await world.timeline.sleep(1_000);
    await purgeQueue(open(), QUEUE);

    await sending;

    const [delivery] = deliveries();
    const openShard = stored()?.route.shards.find(({ state }) => state === 'open');
    expect(delivery?.parts[0]).toMatchObject({ origin: { shardId: openShard?.id } });
  });
});

describe('receive', () => {
  it('answers what a slow look has found', async () => {
    await sendSome(open(), 3);
    const slowly = ({ shards, clock }: Ports): Partial<Ports> => ({
      shards: replaced(shards, {
        list: async (shard, range) => {
          const page = await shards.list(shard, range);
          await clock.sleep(2_000);
          return page;
        },
      }),
    });

    const messages = await receiveAll(open(slowly));

    expect(messages).toHaveLength(3);
  });

  it('leaves messages alone whose block was young when it was looked for, however long the claim takes', async () => {
    await sendSome(open(), 3);
    const blocks = new Map(world.blocks);
    world.blocks.clear();
    const slowly = ({ shards, clock }: Ports): Partial<Ports> => ({
      shards: replaced(shards, {
        tryRemove: async (shard, key, condition) => {
          await clock.sleep(BLOCK_YOUNG_MS);
          return shards.tryRemove(shard, key, condition);
        },
      }),
    });
    await expect(receiveAll(open(slowly), LONG_LEASE_MS)).rejects.toMatchObject({ code: 'Unavailable' });
    for (const [id, block] of blocks) world.blocks.set(id, block);
    await world.timeline.sleep(LONG_LEASE_MS);

    const messages = await receiveAll(open());

    expect(messages).toHaveLength(3);
  });
});

describe('purge', () => {
  it('is one purge when the answer to it was lost', async () => {
    await purgeQueue(open(firstWrite('queue', 'unclear', true)), QUEUE);

    expect(purges()).toHaveLength(1);
    expect(stored()?.route.shards).toHaveLength(2);
  });

  it('is undone alone when the answer to the undo was lost', async () => {
    await purgeQueue(open(), QUEUE);
    const before = stored()?.lastPurge;
    await purgeQueue(open(), QUEUE);

    await undoPurge(open(firstWrite('queue', 'unclear', true)), QUEUE);

    expect(stored()?.lastPurge).toBe(before);
    expect(purges()).toEqual([before]);
  });

  it('discards what a consumer makes visible while the discarder passes', async () => {
    const service = open(undefined, INLINE);
    await sendSome(service, 3);
    const held = await receiveAll(service, LONG_LEASE_MS);
    await purgeQueue(service, QUEUE);
    await hourPasses();
    const entries = held.map(({ receipt }) => ({ receipt, visibilityMs: 0 }));
    const giveBack = ({ shards }: Ports): Partial<Ports> => ({
      shards: replaced(shards, {
        list: async (shard, range) => {
          const page = await shards.list(shard, range);
          await changeVisibility(service, { queue: QUEUE, entries: entries.splice(0) });
          return page;
        },
      }),
    });

    await discardDue(open(giveBack));
    for (let run = 0; run < 3; run++) await discardDue(open());

    expect(await receiveAll(open())).toEqual([]);
    expect(purges()).toEqual([]);
  });
});

describe('creating a queue', () => {
  it('ends only when the archiver can find the name by the id', async () => {
    const service = open(firstWrite('queueName', 'unclear', false));

    const { queue } = await createQueue(service, { name: 'other', settings: {} });

    expect(world.records.get('queueName', queue.id)?.value).toEqual({ name: 'other' });
  });
});

describe('deleting a queue', () => {
  it('leaves nothing behind when its note was not written at first', async () => {
    await sendSome(open(), 3);

    await deleteQueue(open(firstWrite('deletedQueue', 'unclear', false)), QUEUE);
    await hourPasses();
    for (let run = 0; run < 3; run++) await discardDue(open());

    expect(deliveries()).toEqual([]);
    expect(world.blocks.size).toBe(0);
  });

  it('leaves no block of a lease that was deleted in part and given back in part', async () => {
    const service = open();
    await sendSome(service, 3);
    const [first, ...others] = await receiveAll(service, LONG_LEASE_MS);
    await changeVisibility(service, {
      queue: QUEUE,
      entries: others.map(({ receipt }) => ({ receipt, visibilityMs: 0 })),
    });
    await deleteMessages(service, { queue: QUEUE, receipts: [first?.receipt ?? ''] });

    await deleteQueue(service, QUEUE);
    await hourPasses();
    for (let run = 0; run < 3; run++) await discardDue(service);
    await archive(service, world.deliveries.changes);

    expect(deliveries()).toEqual([]);
    expect(world.blocks.size).toBe(0);
  });
});
