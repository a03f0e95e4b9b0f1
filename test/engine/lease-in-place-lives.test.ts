import { beforeEach, describe, expect, it } from 'vitest';
import {
  changeVisibility,
  changeVisibilityById,
  createQueue,
  deleteById,
  deleteMessages,
  openQueueService,
  purgeQueue,
  type QueueService,
  receive,
  send,
  undoPurge,
} from '../../src/engine/index.ts';
import { type Change, consumedBy } from '../../src/model/change.ts';
import { type Delivery, newDelivery } from '../../src/model/delivery.ts';
import { cellId } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { addTotals, NO_TOTALS, totalsOf } from '../../src/model/totals.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';

const QUEUE = 'orders';
const LEASE_MS = 30_000;

let world: SimulatedWorld;
let changes: Change[];
let service: QueueService;

const open = (name: string): QueueService =>
  openQueueService(world.start(name).ports, {
    thresholds: DEFAULT_THRESHOLDS,
    cells: [cellId(0)],
    shardsPerQueue: 1,
    routeFreshMs: 5_000,
  });

beforeEach(() => {
  changes = [];
  const onChange = (change: Change) => void changes.push(change);
  world = new SimulatedWorld({ seed: 7, leasesInPlace: true, latencyMs: () => 2 }, { onChange });
  service = open('one');
});

const tell = (story: () => Promise<void>): Promise<void> =>
  world.timeline.play(createQueue(service, { name: QUEUE, settings: {} }).then(story));
const sendSome = (count: number) =>
  send(service, {
    queue: QUEUE,
    messages: Array.from({ length: count }, (_, number) => ({ body: `${number}`, attributes: NO_ATTRIBUTES })),
  });
const receiveSome = (max: number, by = service) =>
  receive(by, { queue: QUEUE, max, waitMs: 0, visibilityMs: LEASE_MS });
const remove = (receipts: readonly string[], by = service) => deleteMessages(by, { queue: QUEUE, receipts });
const receiptsOf = (messages: readonly { readonly receipt: string }[]) => messages.map(({ receipt }) => receipt);
const totals = () => changes.map(totalsOf).reduce(addTotals, NO_TOTALS);
const stored = (): Delivery[] => [...world.deliveries.shards].flatMap((shard) => [...world.deliveries.of(shard)]);

describe('messages that are leased in place', () => {
  it('are deleted in one call with others, each once, though the call names some twice', () =>
    tell(async () => {
      await sendSome(3);
      const inPlace = receiptsOf(await receiveSome(3));
      await sendSome(3);
      // A part of a delivery gets a lease of its own.
      const others = receiptsOf(await receiveSome(2));
      expect([...inPlace, ...others].map(({ length }) => length)).toEqual([48, 48, 48, 40, 40]);
      const receipts = [...inPlace.slice(0, 2), ...others, ...inPlace, ...others];

      expect(new Set(await remove(receipts))).toEqual(new Set(['done']));

      expect(changes.flatMap(consumedBy)).toHaveLength(5);
      expect(totals()).toMatchObject({ sent: 6, deleted: 5, neverLeased: 1, leased: 0 });
      expect(new Set(await remove(receipts))).toEqual(new Set(['done']));
    }));

  it('are given back, extended and deleted by their ids', () =>
    tell(async () => {
      await sendSome(2);
      const [one, two] = await receiveSome(2);
      const [first, second] = [
        { queue: QUEUE, id: one?.id ?? '' },
        { queue: QUEUE, id: two?.id ?? '' },
      ];
      await changeVisibilityById(service, { ...first, visibilityMs: 0 });
      expect(await receiveSome(2)).toMatchObject([{ id: first.id, receiveCount: 2 }]);
      await changeVisibilityById(service, { ...second, visibilityMs: 3 * LEASE_MS });
      await world.timeline.sleep(LEASE_MS + 1_000);
      expect(await receiveSome(2)).toMatchObject([{ id: first.id, receiveCount: 3 }]);

      await deleteById(service, second);

      expect(await remove([two?.receipt ?? ''])).toEqual(['done']);
      expect(await remove([one?.receipt ?? ''])).toEqual(['stale']);
      expect(totals()).toMatchObject({ sent: 2, deleted: 1, neverLeased: 0, leased: 1 });
    }));

  it('go with a purge, and those that were not deleted come back when it is undone', () =>
    tell(async () => {
      await sendSome(2);
      const [one, two] = await receiveSome(2);
      await purgeQueue(service, QUEUE);
      expect(await remove([one?.receipt ?? ''])).toEqual(['done']);
      await world.timeline.sleep(LEASE_MS + 1_000);
      expect(await receiveSome(2)).toEqual([]);

      await undoPurge(service, QUEUE);

      expect(await receiveSome(2)).toMatchObject([{ id: two?.id, receiveCount: 2 }]);
    }));

  it('count once, and end with their deletes, though a late try of their put takes marks away', () =>
    tell(async () => {
      await sendSome(5);
      const [original] = stored();
      const [shard] = world.deliveries.shards;
      const receipts = receiptsOf(await receiveSome(5));
      expect(await remove(receipts.slice(0, 2))).toEqual(['done', 'done']);
      if (original === undefined || shard === undefined) throw new Error('nothing was sent');
      world.deliveries.put(shard, newDelivery(original.key, 0, original));
      expect(totals()).toMatchObject({ sent: 5, deleted: 0, neverLeased: 5, leased: 0 });
      const two = open('two');
      const again = receiptsOf(await receiveSome(5, two));
      const entries = receipts.slice(2, 3).map((receipt) => ({ receipt, visibilityMs: 2 * LEASE_MS }));
      expect(await changeVisibility(service, { queue: QUEUE, entries })).toEqual(['done']);

      expect(await remove(again, two)).toEqual(Array(5).fill('done'));

      expect(await remove(receipts)).toEqual(Array(5).fill('done'));
      await world.timeline.sleep(3 * LEASE_MS);
      expect(await receiveSome(5)).toEqual([]);
      expect(stored()).toEqual([]);
      expect(totals()).toMatchObject({ sent: 5, deleted: 5, neverLeased: 0, leased: 0 });
    }));
});
