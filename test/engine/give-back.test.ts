import { describe, expect, it } from 'vitest';
import { giveBack } from '../../src/engine/change-visibility.ts';
import { queueCounts, undoInterrupted } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { deathOf, dieAfterEachStep, dyingAfter } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';

const give = (world: World, receipts: readonly string[], afterMs = 0, service = world.service) =>
  giveBack(service, { queue: 'orders', receipts, untilMs: (world.clock.nowMs() + afterMs) as EpochMs });

describe('messages that are given back without a count', () => {
  it('come again as if they were never received, and count as sent once', async () => {
    const world = await given({ sent: ['one'] });
    const [first] = await world.receive();

    expect(await give(world, [first?.receipt ?? ''], 5_000)).toEqual(['done']);

    await world.settle();
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({ sent: 1, delayed: 1, inFlight: 0 });
    world.clock.advance(5_000);
    expect(await world.receive()).toMatchObject([
      { id: first?.id, receiveCount: 1, firstReceivedAtMs: first?.firstReceivedAtMs },
    ]);
  });

  it('take one from the count of a message that was received before', async () => {
    const world = await given({ sent: ['one'] });
    await world.changeVisibility(await world.receive(), 0);
    const [second] = await world.receive();

    await give(world, [second?.receipt ?? '']);

    expect(await world.receive()).toMatchObject([{ receiveCount: 2 }]);
  });

  it('leave the others of their lease where they are', async () => {
    const world = await given();
    await world.send(['one', 'two', 'three']);
    const messages = await world.receive();
    const [first, ...others] = messages;

    await give(world, [first?.receipt ?? '']);

    expect(await world.receive()).toMatchObject([{ body: first?.body, receiveCount: 1 }]);
    expect(await world.delete(others)).toEqual(['done', 'done']);
  });

  it('end their receipts', async () => {
    const world = await given();
    await world.send(['one', 'two']);
    const messages = await world.receive();

    await give(world, [messages[0]?.receipt ?? '']);

    expect(await world.delete(messages.slice(0, 1))).toEqual(['stale']);
    expect(await world.receive()).toHaveLength(1);
  });

  it('are found by a receipt that was extended before', async () => {
    const world = await given({ sent: ['one'] });
    const messages = await world.receive();
    await world.changeVisibility(messages, 100_000);

    expect(await give(world, [messages[0]?.receipt ?? ''])).toEqual(['done']);

    expect(await world.receive()).toMatchObject([{ receiveCount: 1 }]);
  });

  it('are deleted, archived and rewound like all others', async () => {
    const world = await given({ sent: ['one'] });
    const [first] = await world.receive();
    await give(world, [first?.receipt ?? '']);
    await world.consume();
    await world.settle();
    world.clock.advance(1);

    await world.rewind();

    expect(await world.consume()).toEqual(['one']);
    await world.settle();
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({ sent: 1, rewound: 1, deleted: 2 });
  });

  it('are not lost when the process dies after any step, and a new start undoes what it began', async () => {
    const deaths = await dieAfterEachStep(async (steps) => {
      const world = await given({ sent: ['one'] });
      const [first] = await world.receive({ visibilityMs: 60_000 });
      await world.takeChanges();
      const dying = world.process({}, dyingAfter(steps, world.ports));
      const death = await deathOf(give(world, [first?.receipt ?? ''], 1_000, dying));
      await undoInterrupted(world.service, await world.takeChanges());
      world.clock.advance(60_000);

      expect(await world.receive()).toHaveLength(1);
      return death;
    });

    expect(deaths).toBeGreaterThan(1);
  });
});
