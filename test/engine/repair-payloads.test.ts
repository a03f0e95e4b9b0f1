import { describe, expect, it } from 'vitest';
import { send } from '../../src/engine/index.ts';
import { repairPayloads } from '../../src/engine/upkeep/repair-payloads.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { deathOf, dyingBefore } from '../support/dying.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

const DAY_MS = 86_400_000;
const large = () => ({ body: freshText(100_000), attributes: NO_ATTRIBUTES });
const payloadsOf = (world: World) => world.ports.objects.list('payloads/', { limit: 1_000 });

describe('payload objects', () => {
  it('go at once when the store refuses their delivery, and the send goes elsewhere', async () => {
    const world = await given();
    const { shards } = world.ports;
    let isFirst = true;
    const throttling = replaced(shards, {
      put: async (placements) => {
        if (!isFirst) return await shards.put(placements);
        isFirst = false;
        return ['throttled'];
      },
    });

    await send(world.process({}, { shards: throttling }), { queue: 'orders', messages: [large()] });

    expect(await payloadsOf(world)).toHaveLength(1);
    expect(await world.consume()).toHaveLength(1);
    await world.settle();
    expect(await payloadsOf(world)).toEqual([]);
  });

  it('are removed a day later when their send died before it put a block', async () => {
    const world = await given();
    const mortal = world.process(
      {},
      dyingBefore((step) => step === 'put', world.ports),
    );
    expect(await deathOf(send(mortal, { queue: 'orders', messages: [large()] }))).toBeDefined();
    await send(world.service, { queue: 'orders', messages: [large()] });
    world.clock.advance(DAY_MS);
    await repairPayloads(world.service);
    expect(await payloadsOf(world)).toHaveLength(2);
    world.clock.advance(1);

    await repairPayloads(world.service);

    expect(await payloadsOf(world)).toHaveLength(1);
    expect(await world.consume()).toHaveLength(1);
  });

  it('are looked at once, page by page', async () => {
    const world = await given();
    const mortal = () =>
      world.process(
        {},
        dyingBefore((step) => step === 'put', world.ports),
      );
    for (let count = 0; count < 3; count++) {
      await send(world.service, { queue: 'orders', messages: [large()] });
      await deathOf(send(mortal(), { queue: 'orders', messages: [large()] }));
      world.clock.advance(1);
    }
    world.clock.advance(DAY_MS);
    let reads = 0;
    const { shards } = world.ports;
    const counting = replaced(shards, {
      getBlocks: async (ids) => {
        reads += ids.length;
        return await shards.getBlocks(ids);
      },
    });

    for (let run = 0; run < 3; run++) await repairPayloads(world.process({}, { shards: counting }));

    expect(reads).toBe(6);
    expect(await payloadsOf(world)).toHaveLength(3);
  });
});
