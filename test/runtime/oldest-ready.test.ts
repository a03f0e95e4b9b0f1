import { describe, expect, it } from 'vitest';
import { createQueue, oldestReadyMs, purgeQueue } from '../../src/engine/index.ts';
import { given } from '../support/given.ts';

describe('how long the first ready message has waited', () => {
  it('is nothing where nothing is ready', async () => {
    const world = await given({ sent: ['held'] });
    await world.receive({ visibilityMs: 60_000 });
    world.clock.advance(10_000);

    expect(await oldestReadyMs(world.service)).toBe(0);
  });

  it('is that of the queue that waits longest', async () => {
    const world = await given({ queues: { orders: {}, invoices: {} } });
    await world.send(['first'], { queue: 'invoices' });
    world.clock.advance(4_000);
    await world.send(['second']);
    world.clock.advance(1_000);

    expect(await oldestReadyMs(world.service)).toBe(5_000);
  });

  it('counts from the end of a lease, not from the send', async () => {
    const world = await given({ sent: ['given back'] });
    await world.receive({ visibilityMs: 30_000 });
    world.clock.advance(32_000);

    expect(await oldestReadyMs(world.service)).toBe(2_000);
  });

  it('looks behind messages whose lease was extended', async () => {
    const world = await given({ sent: ['held', 'waits'] });
    const [held] = await world.receive({ max: 1, visibilityMs: 1_000 });
    if (held !== undefined) await world.changeVisibility([held], 600_000);
    world.clock.advance(5_000);

    expect(await oldestReadyMs(world.service)).toBe(5_000);
  });

  it('leaves out dead-letter queues, where messages wait for people', async () => {
    const world = await given({ queues: { dead: {} } });
    const deadLetter = { queue: 'dead', maxReceives: 1 };
    await createQueue(world.service, { name: 'orders', settings: { deadLetter } });
    await world.send(['for people'], { queue: 'dead' });
    world.clock.advance(60_000);

    expect(await oldestReadyMs(world.service)).toBe(0);
  });

  it('leaves out what was purged', async () => {
    const world = await given({ sent: ['gone'] });
    world.clock.advance(5_000);
    await purgeQueue(world.service, 'orders');

    expect(await oldestReadyMs(world.service)).toBe(0);
  });
});
