import { describe, expect, it } from 'vitest';
import { giveBack } from '../../../src/engine/change-visibility.ts';
import { pauseSubscription, startRedrive, subscribe } from '../../../src/engine/index.ts';
import { queueOfShard } from '../../../src/model/ids.ts';
import type { Placement } from '../../../src/ports/shard-store.ts';
import { replaced } from '../../simulation/replaced.ts';
import { given, type World } from '../../support/given.ts';
import { SUBSCRIPTION } from '../../support/pushing.ts';

const PUSHING = ['orders', 'dead'];

/** Queues `orders` and `dead` that push, `other` that does not, and the placements of a step. */
async function givenPlacements() {
  const deadLetter = { queue: 'dead', maxReceives: 1 };
  const world = await given({ queues: { dead: {}, other: {}, orders: { deadLetter } } });
  const placed: Placement[] = [];
  const { shards } = world.ports;
  const put: typeof shards.put = (placements) => {
    placed.push(...placements);
    return shards.put(placements);
  };
  const pushRunner = { refusal: () => undefined, start: async () => {} };
  world.service = world.process({}, { pushRunner, shards: replaced(shards, { put }) });
  for (const name of PUSHING) await subscribe(world.service, name, SUBSCRIPTION);
  return {
    world,
    /** The queues into which a step puts deliveries with the mark. */
    during: async (step: () => Promise<unknown>) => {
      placed.length = 0;
      await step();
      const ids = placed.filter(({ wakes }) => wakes === true).map(({ shard }) => queueOfShard(shard));
      const names = await world.service.routes.namesOf(ids);
      return [...new Set(ids.flatMap((id) => names.get(id) ?? []))].toSorted();
    },
  };
}

interface Step {
  /** What is there before. */
  readonly before?: (world: World) => Promise<unknown>;
  readonly step: (world: World) => Promise<unknown>;
  readonly marked: readonly string[];
}

const sent = async (world: World) => await world.send(['one']);
const deleted = async (world: World) => {
  await world.send(['one']);
  await world.consume();
  await world.settle();
  world.clock.advance(1_000);
};
const dying = async (world: World) => {
  await world.send(['one']);
  await world.receive();
  world.clock.advance(30_000);
};
const dead = async (world: World) => {
  await dying(world);
  await world.receive();
  world.clock.advance(1);
};

const STEPS: Readonly<Record<string, Step>> = {
  'a send': { step: sent, marked: ['orders'] },
  'a send into a queue that does not push': { step: (world) => world.send(['one'], { queue: 'other' }), marked: [] },
  'a receive': { before: sent, step: (world) => world.receive(), marked: [] },
  'a delete': { before: sent, step: (world) => world.consume(), marked: [] },
  'a change of visibility': {
    before: sent,
    step: async (world) => await world.changeVisibility(await world.receive(), 60_000),
    marked: ['orders'],
  },
  'a message that is given back': {
    before: sent,
    step: async (world) => {
      const receipts = (await world.receive()).map(({ receipt }) => receipt);
      await giveBack(world.service, { queue: 'orders', receipts, untilMs: world.clock.nowMs() });
    },
    marked: ['orders'],
  },
  'a move to the dead-letter queue': { before: dying, step: (world) => world.receive(), marked: ['dead'] },
  'a redrive': {
    before: dead,
    step: async (world) => {
      await startRedrive(world.service, { queue: 'dead' });
      await world.runRewinds();
    },
    marked: ['orders'],
  },
  'a rewind': { before: deleted, step: (world) => world.rewind(), marked: ['orders'] },
  'a rewind into another queue': { before: deleted, step: (world) => world.rewind({ into: 'other' }), marked: [] },
};

describe('the mark that wakes dispatchers', () => {
  it.each(Object.entries(STEPS))('is put by %s into a queue that pushes, and nowhere else', async (_, of) => {
    const { world, during } = await givenPlacements();
    await of.before?.(world);

    expect(await during(() => of.step(world))).toEqual(of.marked);
  });

  it.each(Object.entries(STEPS))('is not put by %s while the subscriptions are paused', async (_, of) => {
    const { world, during } = await givenPlacements();
    for (const name of PUSHING) await pauseSubscription(world.service, name);
    await of.before?.(world);

    expect(await during(() => of.step(world))).toEqual([]);
  });
});
