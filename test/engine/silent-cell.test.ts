import { beforeEach, describe, expect, it } from 'vitest';
import {
  changeVisibility,
  createQueue,
  deleteMessages,
  openQueueService,
  type QueueService,
  type ReceivedMessage,
  receive,
  send,
} from '../../src/engine/index.ts';
import { cellId, cellOfKey, QUEUE_ID_LENGTH, type ShardKey } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS, ROUTE_FRESH_MS, STORE_TRY_MS_MAX } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';

const CELLS = [cellId(0), cellId(1)];
const SILENT = cellId(1);
const QUEUE = 'orders';
const SHARDS = 4;
/** Each looks first at a random place. */
const PROCESSES = 12;

let world: SimulatedWorld;

function open(): QueueService {
  const settings = { thresholds: DEFAULT_THRESHOLDS, cells: CELLS, shardsPerQueue: SHARDS };
  return openQueueService(world.start('process').ports, { ...settings, routeFreshMs: ROUTE_FRESH_MS });
}

const isSilent = (of: string): boolean => cellOfKey(of as ShardKey) === SILENT;
const silentOnes = (messages: readonly ReceivedMessage[]) =>
  messages.filter(({ receipt }) => isSilent(receipt.slice(1, 1 + QUEUE_ID_LENGTH + CELLS.length + 3)));

const beginSilence = () => {
  world.faults = { ...NO_FAULTS, silentCell: SILENT };
};
const endSilence = () => {
  world.faults = NO_FAULTS;
};

async function sendSome(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++)
    await send(open(), { queue: QUEUE, messages: [{ body: String(sent), attributes: NO_ATTRIBUTES }] });
}

/** Sends until the silent cell has a message, and removes those of other cells. */
async function sendIntoSilentCell(): Promise<void> {
  await sendSome(3 * SHARDS);
  for (const shard of world.deliveries.shards) {
    const keys = isSilent(shard) ? [] : Array.from(world.deliveries.of(shard), ({ key }) => key);
    for (const key of keys) world.deliveries.tryRemove(shard, key, {});
  }
}

const receiveFrom = (service: QueueService, options: { max?: number; waitMs?: number } = {}) =>
  receive(service, { queue: QUEUE, max: 1, waitMs: 0, ...options });

beforeEach(async () => {
  world = new SimulatedWorld({ seed: 1 });
  await createQueue(open(), { name: QUEUE, settings: {} });
});

describe('a receive while a cell gives no answer', () => {
  it('answers what other shards have, wherever it looks first', async () => {
    // Enough that the other cell has one for each process, whichever shards the sends choose.
    await sendSome(4 * PROCESSES);
    beginSilence();

    for (let count = 0; count < PROCESSES; count++) {
      const messages = await receiveFrom(open());

      expect(messages).toHaveLength(1);
      expect(silentOnes(messages)).toEqual([]);
    }
  });

  it('asks that cell last for a while, so that what others have need not wait for it', async () => {
    await sendSome(2 * PROCESSES);
    beginSilence();
    const service = open();
    await receiveFrom(service, { max: 1_000 });
    await sendSome(PROCESSES);
    const startMs = world.timeline.nowMs;

    const messages = await receiveFrom(service);

    expect(messages).toHaveLength(1);
    expect(world.timeline.nowMs - startMs).toBeLessThan(STORE_TRY_MS_MAX);
  });

  it('is refused when it found nothing, for there may be something', async () => {
    await sendIntoSilentCell();
    beginSilence();

    await expect(receiveFrom(open())).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('retries while it waits, and finds what the cell has when it answers again', async () => {
    await sendIntoSilentCell();
    beginSilence();
    world.timeline.after(10_000, endSilence);
    const startMs = world.timeline.nowMs;

    const messages = await receiveFrom(open(), { waitMs: 20_000 });

    expect(silentOnes(messages)).toHaveLength(1);
    expect(world.timeline.nowMs - startMs).toBeLessThan(10_000 + 2 * STORE_TRY_MS_MAX);
  });

  it('is refused at the end of its wait when the cell never answered', async () => {
    await sendIntoSilentCell();
    beginSilence();

    await expect(receiveFrom(open(), { waitMs: 20_000 })).rejects.toMatchObject({ code: 'Unavailable' });
  });
});

describe('receipts of a cell that gives no answer', () => {
  it.each([
    ['delete', (service: QueueService, receipts: string[]) => deleteMessages(service, { queue: QUEUE, receipts })],
    ...[0, 1_000, 3_600_000].map(
      (visibilityMs) =>
        [
          `change of visibility to ${visibilityMs}`,
          (service: QueueService, receipts: string[]) =>
            changeVisibility(service, {
              queue: QUEUE,
              entries: receipts.map((receipt) => ({ receipt, visibilityMs })),
            }),
        ] as const,
    ),
  ] as const)('are unavailable each to a %s, and others are not', async (_, operation) => {
    await sendSome(3 * SHARDS);
    const messages: ReceivedMessage[] = [];
    for (let round = 0; round < SHARDS; round++) messages.push(...(await receiveFrom(open(), { max: 1_000 })));
    const silent = silentOnes(messages);
    beginSilence();

    const outcomes = await operation(
      open(),
      messages.map(({ receipt }) => receipt),
    );

    expect(silent.length).toBeGreaterThan(0);
    expect(silent.length).toBeLessThan(messages.length);
    expect(outcomes).toEqual(messages.map((message) => (silent.includes(message) ? 'unavailable' : 'done')));
  });
});
