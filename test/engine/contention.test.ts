import { describe, expect, it } from 'vitest';
import { createQueue, openQueueService, receive, send } from '../../src/engine/index.ts';
import { cellId } from '../../src/model/ids.ts';
import { DEFAULT_THRESHOLDS } from '../../src/model/limits.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { StorageStep } from '../../src/stores/simulated/simulated-process.ts';
import { SimulatedWorld } from '../../src/stores/simulated/simulated-world.ts';

const SETTINGS = { thresholds: DEFAULT_THRESHOLDS, cells: [cellId(0)], shardsPerQueue: 1, routeFreshMs: 5_000 };

/** Consumers in processes of their own receive from one shard; counts their receives and lost claims. */
async function consume(options: { consumers: number; waiting: number }) {
  const counts = { received: 0, lost: 0 };
  const onStep = (_: unknown, { name }: StorageStep) => {
    if (name === 'mark') counts.lost++;
  };
  const latencyMs = (random: SeededRandom) => random.between(1, 5);
  const world = new SimulatedWorld({ seed: 7, leaseFloorMs: 5_000, latencyMs }, { onStep });
  const open = (name: string) => openQueueService(world.start(name).ports, SETTINGS);
  const { timeline } = world;
  const story = async () => {
    const producer = open('producer');
    await createQueue(producer, { name: 'orders', settings: {} });
    const produce = () => send(producer, { queue: 'orders', messages: [{ body: 'one', attributes: NO_ATTRIBUTES }] });
    for (let sent = 0; sent < options.waiting; sent++) await produce();
    const consumer = async (name: string) => {
      const service = open(name);
      for (let call = 0; call < 100; call++) {
        const [messages] = await Promise.all([receive(service, { queue: 'orders', max: 1, waitMs: 0 }), produce()]);
        counts.received += messages.length;
      }
    };
    await Promise.all(Array.from({ length: options.consumers }, (_, number) => consumer(`consumer ${number}`)));
  };
  await timeline.play(story());
  return counts;
}

describe('consumers in different processes', () => {
  it('rarely claim the same messages where enough of them wait', async () => {
    const { received, lost } = await consume({ consumers: 4, waiting: 200 });

    expect(received).toBeGreaterThan(300);
    expect(lost / received).toBeLessThan(0.1);
  });

  it('are not met by a consumer that is alone', async () => {
    const { received, lost } = await consume({ consumers: 1, waiting: 50 });

    expect({ received, lost }).toEqual({ received: 100, lost: 0 });
  });
});
