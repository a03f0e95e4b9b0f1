import { describe, expect, it } from 'vitest';
import {
  changeVisibility,
  deleteMessages,
  peek,
  type QueueService,
  queueCounts,
  receive,
  send,
} from '../../src/engine/index.ts';
import { DEFAULT_THRESHOLDS } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

const QUEUE = 'orders';
/** Each in a delivery of its own. */
const MANY = 2_500;
/** Counts read one page of each range. */
const COUNTED_MAX = 2 * 1_000;

/** An operation's reads of the shards: calls, and returned deliveries. */
interface Reads {
  calls: number;
  deliveries: number;
}

/** A process that counts its reads. */
function counting(world: World): { service: QueueService; reads: Reads } {
  const reads = { calls: 0, deliveries: 0 };
  const { shards } = world.ports;
  const watched = replaced(shards, {
    list: async (shard, range) => {
      const page = await shards.list(shard, range);
      reads.calls++;
      reads.deliveries += page.deliveries.length;
      return page;
    },
    get: async (shard, key) => {
      reads.calls++;
      reads.deliveries++;
      return await shards.get(shard, key);
    },
  });
  return { service: world.process({}, { shards: watched }), reads };
}

/** A queue without merging, with that many messages ready and in flight. */
async function waiting(backlog: { ready: number; inFlight: number }): Promise<World> {
  const world = await given({ settings: { thresholds: { ...DEFAULT_THRESHOLDS, leaseBytesMax: 0 } } });
  const sendAll = (count: number) => Promise.all(Array.from({ length: count }, () => world.send(['waiting'])));
  await sendAll(backlog.inFlight);
  for (let left = backlog.inFlight; left > 0; ) left -= (await world.receive({ visibilityMs: 3_600_000 })).length;
  await sendAll(backlog.ready);
  world.clock.advance(1);
  await world.settle();
  return world;
}

const OPERATIONS: Readonly<Record<string, (service: QueueService) => Promise<unknown>>> = {
  send: (service) => send(service, { queue: QUEUE, messages: [{ body: 'one', attributes: NO_ATTRIBUTES }] }),
  receive: (service) => receive(service, { queue: QUEUE, max: 10, waitMs: 0 }),
  delete: async (service) => {
    const receipts = (await receive(service, { queue: QUEUE, max: 10, waitMs: 0 })).map(({ receipt }) => receipt);
    await deleteMessages(service, { queue: QUEUE, receipts });
  },
  'change of visibility': async (service) => {
    const messages = await receive(service, { queue: QUEUE, max: 10, waitMs: 0 });
    for (const visibilityMs of [60_000, 0])
      await changeVisibility(service, {
        queue: QUEUE,
        entries: messages.map(({ receipt }) => ({ receipt, visibilityMs })),
      });
  },
  'look at what is ready': (service) => peek(service, { queue: QUEUE, state: 'ready', limit: 10 }),
  'look at what is in flight': (service) => peek(service, { queue: QUEUE, state: 'inFlight', limit: 10 }),
};

async function readsOf(world: World): Promise<Record<string, Reads>> {
  const all: Record<string, Reads> = {};
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const { service, reads } = counting(world);
    await operation(service);
    all[name] = { ...reads };
  }
  return all;
}

describe('a large backlog (invariant 7)', () => {
  it('costs no operation more reads than a small one does', async () => {
    const few = await readsOf(await waiting({ ready: 100, inFlight: 20 }));
    const many = await readsOf(await waiting({ ready: MANY, inFlight: 20 }));

    expect(many).toEqual(few);
  }, 60_000);

  it('of messages in flight costs none either, and counts read two pages of a shard at most', async () => {
    const few = await readsOf(await waiting({ ready: 100, inFlight: 20 }));
    const world = await waiting({ ready: 100, inFlight: MANY });
    const many = await readsOf(world);
    await world.settle();
    const { service, reads } = counting(world);

    const { counts } = await queueCounts(service, QUEUE);

    expect(many).toEqual(few);
    expect(counts.inFlight).toBeGreaterThanOrEqual(MANY);
    expect(reads.calls).toBeLessThanOrEqual(2);
    expect(reads.deliveries).toBeLessThanOrEqual(COUNTED_MAX);
  }, 60_000);
});
