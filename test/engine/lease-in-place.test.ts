import { beforeEach, describe, expect, it } from 'vitest';
import {
  changeVisibility,
  createQueue,
  deleteMessages,
  openQueueService,
  peek,
  type QueueService,
  queueCounts,
  receive,
  send,
} from '../../src/engine/index.ts';
import { type Change, consumedBy } from '../../src/model/change.ts';
import { type Delivery, newDelivery } from '../../src/model/delivery.ts';
import { cellId, shardKey } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, HEAD_AGE_MS_MAX, HEAD_DELIVERIES } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import type { StorageStep } from '../../src/stores/simulated/simulated-process.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';

const QUEUE = 'orders';
const LEASE_MS = 30_000;

let world: SimulatedWorld;
let changes: Change[];
/** The writes of the stores' processes since they were last taken. */
let writes: string[];
let service: QueueService;

const WRITES = ['put', 'lease', 'mark', 'remove'];
const open = (name: string): QueueService =>
  openQueueService(world.start(name).ports, {
    thresholds: DEFAULT_THRESHOLDS,
    cells: [cellId(0)],
    shardsPerQueue: 1,
    routeFreshMs: 5_000,
  });

beforeEach(() => {
  changes = [];
  writes = [];
  const onStep = (_: unknown, { name }: StorageStep) => void (WRITES.includes(name) && writes.push(name));
  const onChange = (change: Change) => void changes.push(change);
  world = new SimulatedWorld({ seed: 5, leasesInPlace: true, latencyMs: () => 2 }, { onStep, onChange });
  service = open('one');
});

const tell = (story: () => Promise<void>): Promise<void> =>
  world.timeline.play(
    (async () => {
      await createQueue(service, { name: QUEUE, settings: {} });
      await story();
    })(),
  );
const sendSome = (count = 1) =>
  send(service, {
    queue: QUEUE,
    messages: Array.from({ length: count }, (_, number) => ({ body: `${number}`, attributes: NO_ATTRIBUTES })),
  });
const receiveSome = (max = 1, by = service) => receive(by, { queue: QUEUE, max, waitMs: 0, visibilityMs: LEASE_MS });
const remove = (...receipts: string[]) => deleteMessages(service, { queue: QUEUE, receipts });
const stored = (): Delivery[] => [...world.deliveries.shards].flatMap((shard) => [...world.deliveries.of(shard)]);
const takenWrites = (): string[] => writes.splice(0);

describe('a lease in place', () => {
  it('is one write of a claim that takes a whole delivery, so that a life takes three', () =>
    tell(async () => {
      await sendSome(10);
      const messages = await receiveSome(10);
      await remove(...messages.map(({ receipt }) => receipt));

      expect(messages.map(({ receiveCount }) => receiveCount)).toEqual(Array(10).fill(1));
      expect(takenWrites()).toEqual(['put', 'lease', 'remove']);
      expect(changes.flatMap(consumedBy)).toHaveLength(10);
      expect(stored()).toEqual([]);
    }));

  it('hides its messages until its end, and then its receipts end with the next claim', () =>
    tell(async () => {
      await sendSome();
      const [first] = await receiveSome();
      expect(await receiveSome()).toEqual([]);
      expect(await receiveSome(1, open('two'))).toEqual([]);
      await world.timeline.sleep(LEASE_MS);
      takenWrites();

      const [second] = await receiveSome();

      expect(second).toMatchObject({ receiveCount: 2, id: first?.id });
      expect(takenWrites()).not.toContain('lease');
      expect(await remove(first?.receipt ?? '')).toEqual(['stale']);
      expect(await remove(second?.receipt ?? '')).toEqual(['done']);
    }));

  it('lies among the first deliveries of its shard, however many are in flight', () =>
    tell(async () => {
      for (let sent = 0; sent < 20; sent++) await sendSome();
      for (let received = 0; received < 20; received++) expect(await receiveSome()).toHaveLength(1);

      const found = stored();
      const inPlace = found.flatMap(({ leasedUntilMs }, place) => (leasedUntilMs === undefined ? [] : [place]));
      expect(inPlace).toEqual([...Array(HEAD_DELIVERIES).keys()]);
      const { counts } = await queueCounts(service, QUEUE);
      expect(counts).toMatchObject({ ready: 0, inFlight: 20 });
      expect((await peek(service, { queue: QUEUE, state: 'ready', limit: 100 })).messages).toEqual([]);
      const seen: string[] = [];
      for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages++) {
        const page = await peek(service, { queue: QUEUE, state: 'inFlight', limit: 3, ...(cursor && { cursor }) });
        seen.push(...page.messages.map(({ id }) => id));
        ({ cursor } = page);
      }
      expect(new Set(seen).size).toBe(20);
      expect(seen).toHaveLength(20);
    }));

  it('is not made of a delivery that has been due for long, nor of a part of one', () =>
    tell(async () => {
      await sendSome(2);
      expect(await receiveSome(1)).toHaveLength(1);
      await sendSome();
      await world.timeline.sleep(HEAD_AGE_MS_MAX + 1);
      expect(await receiveSome(1)).toHaveLength(1);

      expect(takenWrites()).not.toContain('lease');
    }));

  it('is won by one of two processes', () =>
    tell(async () => {
      const two = open('two');
      // Both know the route, so that both find the message before either leases it.
      for (const one of [service, two]) expect(await receiveSome(1, one)).toEqual([]);
      await sendSome();
      const received = await Promise.all([receiveSome(1), receiveSome(1, two)]);

      expect(received.flat()).toHaveLength(1);
      expect(takenWrites().filter((name) => name === 'lease')).toHaveLength(2);
      expect(stored()).toHaveLength(1);
    }));

  it('answers a second delete as the first, while it would still run', () =>
    tell(async () => {
      await sendSome();
      const [message] = await receiveSome();

      expect(await remove(message?.receipt ?? '')).toEqual(['done']);
      expect(await remove(message?.receipt ?? '')).toEqual(['done']);
    }));

  it('moves by a change of visibility, and its receipt finds the message', () =>
    tell(async () => {
      await sendSome();
      const [message] = await receiveSome();
      const entries = [{ receipt: message?.receipt ?? '', visibilityMs: 2 * LEASE_MS }];
      expect(await changeVisibility(service, { queue: QUEUE, entries })).toEqual(['done']);
      await world.timeline.sleep(LEASE_MS + 1_000);

      expect(await receiveSome()).toEqual([]);
      expect(await remove(message?.receipt ?? '')).toEqual(['done']);
      expect(stored()).toEqual([]);
    }));

  it('loses no message to a late try of the put that it lies on', () =>
    tell(async () => {
      await sendSome();
      const [original] = stored();
      const [message] = await receiveSome();
      const { queue } = await service.routes.get(QUEUE);
      const [shard] = queue.route.shards.map(({ id }) => shardKey(queue.id, id));
      if (original === undefined || shard === undefined) throw new Error('nothing was sent');
      world.deliveries.put(shard, newDelivery(original.key, 0, original));

      expect(await remove(message?.receipt ?? '')).toEqual(['done']);
      // The archiver learns of it, as of any other delete.
      expect(changes.flatMap(consumedBy)).toEqual([0]);
      expect(stored()).toEqual([]);
    }));
});
