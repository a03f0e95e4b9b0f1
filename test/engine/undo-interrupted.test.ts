import { describe, expect, it } from 'vitest';
import { changeVisibility, receive, undoInterrupted } from '../../src/engine/index.ts';
import { deathOf, dyingAfter } from '../support/dying.ts';
import { given } from '../support/given.ts';

const LEASE_OVER_MS = 30_001;

describe('what a server that died had begun', () => {
  it('is undone: a claim that did not come to remove what it took over leaves no message twice', async () => {
    const world = await given({ sent: ['one', 'two'] });
    const dying = world.process({}, dyingAfter(2, world.ports));
    await deathOf(receive(dying, { queue: 'orders', max: 10 }));

    await undoInterrupted(world.service, await world.takeChanges());

    const received = await world.receive();
    expect(received.map(({ body }) => body).toSorted()).toEqual(['one', 'two']);
    await world.delete(received);
    world.clock.advance(LEASE_OVER_MS);
    expect(await world.receive()).toEqual([]);
  });

  it('is undone: an early change of visibility that did not come to mark the lease', async () => {
    const world = await given({ sent: ['one'] });
    const [message] = await world.receive();
    const receipt = message?.receipt ?? '';
    const dying = world.process({}, dyingAfter(3, world.ports));
    await deathOf(changeVisibility(dying, { queue: 'orders', entries: [{ receipt, visibilityMs: 0 }] }));

    await undoInterrupted(world.service, await world.takeChanges());

    expect(await world.receive()).toEqual([]);
    world.clock.advance(LEASE_OVER_MS);
    expect((await world.receive()).map(({ body }) => body)).toEqual(['one']);
  });

  it('leaves alone what was finished', async () => {
    const world = await given({ sent: ['one', 'two'] });
    const received = await world.receive();

    await undoInterrupted(world.service, await world.takeChanges());

    await world.delete(received);
    world.clock.advance(LEASE_OVER_MS);
    expect(await world.receive()).toEqual([]);
    expect(received).toHaveLength(2);
  });
});
