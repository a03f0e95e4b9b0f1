import { describe, expect, it } from 'vitest';
import { changeVisibility, deleteMessages, queueCounts, receive, send } from '../../src/engine/index.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { countingReads } from '../support/counted-reads.ts';
import { given } from '../support/given.ts';

const HOUR_MS = 3_600_000;
const numbers = (count: number) => Array.from({ length: count }, (_, number) => String(number).padStart(4, '0'));

describe('a message that is given back just before its lease ends', () => {
  it.each([28_000, 29_998, 30_000, 40_000])('is held by one consumer: %i ms after its receive', async (heldMs) => {
    const world = await given({ sent: ['one'] });
    const [message] = await world.receive();
    const { shards } = world.ports;
    const got: string[] = [];
    const others = async () => got.push(...(await world.receive()).map(({ body }) => body));
    // Each round trip takes 5 ms, in which others receive.
    const slow = replaced(shards, {
      put: async (placements) => {
        const outcomes = await shards.put(placements);
        world.clock.advance(5);
        await others();
        return outcomes;
      },
    });
    world.clock.advance(heldMs);

    const entries = [{ receipt: message?.receipt ?? '', visibilityMs: 0 }];
    await changeVisibility(world.process({}, { shards: slow }), { queue: 'orders', entries });
    await others();

    expect(got).toEqual(['one']);
  });
});

describe('leases that consumers extend', () => {
  it('cost receives nothing, and what is behind them is found at once', async () => {
    const world = await given();
    await world.send(numbers(200));
    for (let count = 0; count < 200; count++) await world.changeVisibility(await world.receive({ max: 1 }), HOUR_MS);
    world.clock.advance(31_000);
    for (let count = 0; count < 5; count++) await world.send([`new ${count}`]);
    const { shards, reads } = countingReads(world.ports.shards);
    const service = world.process({}, { shards });

    for (let count = 0; count < 8; count++) {
      world.clock.advance(200);
      Object.assign(reads, { queries: 0, deliveries: 0 });

      const messages = await receive(service, { queue: 'orders', max: 1 });

      expect(messages).toHaveLength(count < 5 ? 1 : 0);
      expect(reads.queries).toBeLessThanOrEqual(3);
      expect(reads.deliveries).toBeLessThanOrEqual(8);
    }
  });

  it('count as in flight, however many and before anybody polls', async () => {
    const world = await given();
    const count = 2_500;
    for (let sent = 0; sent < count; sent += 500) {
      const messages = numbers(500).map((body, at) => ({ body, attributes: NO_ATTRIBUTES, delayMs: at }));
      await send(world.service, { queue: 'orders', messages });
    }
    world.clock.advance(500);
    for (let held = 0; held < count; ) {
      const messages = await world.receive();
      await Promise.all(messages.map((message) => world.changeVisibility([message], HOUR_MS)));
      held += messages.length;
    }
    world.clock.advance(31_000);
    await world.settle();

    const { counts } = await queueCounts(world.service, 'orders');

    expect(counts).toMatchObject({ ready: 0, inFlight: count });
  });

  it('leave nothing behind but the messages, and a few notes for their receipts', async () => {
    const world = await given();
    await world.send(numbers(10));
    const messages = await world.receive();

    for (let round = 0; round < 20; round++) {
      world.clock.advance(20_000);
      await world.changeVisibility(messages, 30_000);
      expect(await world.deliveries()).toHaveLength(1);
    }

    const receipts = messages.map(({ receipt }) => receipt);
    expect(new Set(await deleteMessages(world.process(), { queue: 'orders', receipts }))).toEqual(new Set(['done']));
    expect(await world.deliveries()).toEqual([]);
  });
});
