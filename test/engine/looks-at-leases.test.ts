import { beforeEach, describe, expect, it } from 'vitest';
import {
  createQueue,
  getRewind,
  oldestReadyMs,
  openQueueService,
  peek,
  purgeQueue,
  type QueueService,
  queueCounts,
  receive,
  runRewind,
  send,
  startRedrive,
} from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, newDeliveryKey, type ShardKey, shardKey } from '../../src/model/ids.ts';
import { leasedInPlace } from '../../src/model/lease.ts';
import { DEFAULT_THRESHOLDS, HEAD_DELIVERIES } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';
import { inlineDelivery } from '../support/deliveries.ts';

const QUEUE = 'orders';
const LEASE_MS = 30_000;
const SHARDS = 6;
const LATENCY_MS = 2;
/** From a call of the store to its answer. */
const STEP_MS = 2 * LATENCY_MS;

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld({ seed: 5, leasesInPlace: true, latencyMs: () => LATENCY_MS });
});

const open = (name: string, shardsPerQueue = 1): QueueService =>
  openQueueService(world.start(name).ports, {
    thresholds: DEFAULT_THRESHOLDS,
    cells: [cellId(0)],
    shardsPerQueue,
    routeFreshMs: 5_000,
  });

const tell = (service: QueueService, story: () => Promise<void>): Promise<void> =>
  world.timeline.play(createQueue(service, { name: QUEUE, settings: {} }).then(story));
const sendOne = (service: QueueService, body: string) =>
  send(service, { queue: QUEUE, messages: [{ body, attributes: NO_ATTRIBUTES }] });
const receiveOne = (service: QueueService) =>
  receive(service, { queue: QUEUE, max: 1, waitMs: 0, visibilityMs: LEASE_MS });

describe('behind the lease in place of a message', () => {
  it('the age of the oldest ready message is that of the one that has waited longest', async () => {
    const service = open('one');
    await tell(service, async () => {
      await sendOne(service, 'held');
      expect(await receiveOne(service)).toHaveLength(1);
      await sendOne(service, 'waiting');
      await world.timeline.sleep(LEASE_MS + 1_000);

      expect(await oldestReadyMs(service)).toBeGreaterThan(LEASE_MS);
      expect((await queueCounts(service, QUEUE)).oldestReadyAgeMs).toBeGreaterThan(LEASE_MS);
    });
  });

  it('a look at what became ready since a moment shows the message once its lease has ended', async () => {
    const service = open('one');
    await tell(service, async () => {
      await sendOne(service, 'held');
      expect(await receiveOne(service)).toHaveLength(1);
      const fromMs = service.clock.nowMs();
      await world.timeline.sleep(LEASE_MS + 1_000);

      const { messages } = await peek(service, { queue: QUEUE, state: 'ready', fromMs, limit: 10 });

      expect(messages.map(({ body }) => body)).toEqual(['held']);
      expect(messages[0]?.visibleAtMs).toBeGreaterThan(fromMs);
    });
  });

  it('an empty receive looks at all shards at once, though all have messages in flight', async () => {
    const service = open('one', SHARDS);
    await tell(service, async () => {
      while (heldShards().size < SHARDS) {
        await sendOne(service, 'held');
        await receiveOne(service);
      }
      const startMs = world.timeline.nowMs;

      expect(await receiveOne(service)).toEqual([]);

      // A claim, then two reads of all others.
      expect(world.timeline.nowMs - startMs).toBe(3 * STEP_MS);
    });
  });

  it('a redrive moves no message that was in flight when it started', async () => {
    const service = open('one');
    await tell(service, async () => {
      await createQueue(service, { name: 'failed', settings: {} });
      await sendOne(service, 'held');
      expect(await receiveOne(service)).toHaveLength(1);
      await sendOne(service, 'waiting');
      await world.timeline.sleep(1_000);
      const job = await startRedrive(service, { queue: QUEUE, into: 'failed' });
      await world.timeline.sleep(LEASE_MS);

      await runRewind(service, job.queueId, job.id);

      expect(await getRewind(service, QUEUE, job.id)).toMatchObject({ state: 'done', messagesRewound: 1 });
      expect(await receiveOne(service)).toMatchObject([{ body: 'held', receiveCount: 2 }]);
    });
  });

  it('each page of messages in flight begins behind what a purge took', async () => {
    const service = open('one', 2);
    await tell(service, async () => {
      for (let sent = 0; sent < 10 * HEAD_DELIVERIES; sent++) await sendOne(service, 'purged');
      await purgeQueue(service, QUEUE);
      const { queue } = await service.routes.refresh(QUEUE);
      // A sender and a consumer that know the route from before the purge.
      const old = queue.route.shards.filter(({ fromMs }) => fromMs !== undefined).map(({ id }) => id);
      for (const id of old) {
        const untilMs = (service.clock.nowMs() + LEASE_MS) as EpochMs;
        const delivery = inlineDelivery(newDeliveryKey(service.clock.nowMs(), service.random));
        const parts = delivery.parts.map((part) => ({ ...part, enteredAtMs: service.clock.nowMs() }));
        world.deliveries.put(shardKey(queue.id, id), leasedInPlace(delivery, { untilMs, parts }));
      }

      // A look may miss the last second.
      await world.timeline.sleep(1_000);

      let count = 0;
      for (let cursor: string | undefined, pages = 0; pages === 0 || cursor !== undefined; pages++) {
        const page = await peek(service, { queue: QUEUE, state: 'inFlight', limit: 10, ...(cursor && { cursor }) });
        count += page.messages.length;
        ({ cursor } = page);
      }

      expect(count).toBe(2);
    });
  });
});

const heldShards = (): Set<ShardKey> =>
  new Set(
    [...world.deliveries.shards].filter((shard) =>
      [...world.deliveries.of(shard)].some(({ leasedUntilMs }) => leasedUntilMs !== undefined),
    ),
  );
