import { describe, expect, it } from 'vitest';
import { type Ports, runRewind, startRewind } from '../../src/engine/index.ts';
import type { Placement } from '../../src/ports/shard-store.ts';
import { replaced } from '../simulation/replaced.ts';
import { given } from '../support/given.ts';

const PUT_LASTS_MS = 3_000;

const isRewound = ({ delivery }: Placement): boolean => delivery.parts.some(({ kind }) => kind === 'archive');

/** Ports that do `before` ahead of each put of a rewound delivery. */
const beforePut = ({ shards }: Ports, before: () => Promise<void>): Pick<Ports, 'shards'> => ({
  shards: replaced(shards, {
    put: async (placements) => {
      if (placements.some(isRewound)) await before();
      return await shards.put(placements);
    },
  }),
});

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

describe('two live runners of one rewind', () => {
  it('bring a message once, though one is slow to put it and consumers take it before the feed tells', async () => {
    const world = await given({ sent: ['one'] });
    await world.consume();
    await world.settle();
    world.clock.advance(1_000);
    const { queueId, id } = await startRewind(world.service, world.everything());
    const reached = signal();
    const gate = signal();
    const slowPorts = beforePut(world.ports, async () => {
      reached.give();
      await gate.given;
    });
    const slow = runRewind(world.process({}, slowPorts), queueId, id);
    await reached.given;
    const landsAtMs = world.clock.nowMs() + PUT_LASTS_MS;
    const early: string[] = [];
    let isLanded = false;
    const land = async () => {
      if (isLanded) return;
      isLanded = true;
      gate.give();
      await slow;
      early.push(...(await world.consume()));
    };
    const clock = replaced(world.clock, {
      sleep: async (ms) => {
        if (world.clock.nowMs() + ms >= landsAtMs) await land();
        await world.clock.sleep(ms);
      },
    });

    await runRewind(world.process({}, { ...beforePut(world.ports, land), clock }), queueId, id);

    expect(early).toEqual(['one']);
    expect(await world.consume()).toEqual([]);
  });
});
