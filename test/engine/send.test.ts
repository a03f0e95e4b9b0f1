import { expect, it } from 'vitest';
import { openQueueService, type Ports, send } from '../../src/engine/index.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { given } from '../support/given.ts';

it('gives up in time to be answered when the store takes nothing', async () => {
  const world = await given();
  const full: Ports['shards'] = Object.assign(Object.create(world.service.shards) as Ports['shards'], {
    put: async (placements: readonly unknown[]) => placements.map(() => 'throttled' as const),
  });
  const service = openQueueService({ ...world.service, shards: full }, world.service.settings);
  const startMs = world.clock.nowMs();

  const outcomes = await send(service, { queue: 'orders', messages: [{ body: 'one', attributes: NO_ATTRIBUTES }] });

  expect(outcomes).toMatchObject([{ error: { code: 'Throttled' } }]);
  expect(world.clock.nowMs() - startMs).toBeGreaterThan(10_000);
  expect(world.clock.nowMs() - startMs).toBeLessThan(15_000);
});
