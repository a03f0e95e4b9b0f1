import { describe, expect, it } from 'vitest';
import {
  changeVisibility,
  createQueue,
  deleteMessages,
  deleteQueue,
  type Ports,
  receive,
  updateQueue,
} from '../../src/engine/index.ts';
import { given, type World } from '../support/given.ts';

/** Another process, whose store rejects these kinds of writes for now. */
function processOf<Port extends 'shards' | 'catalog'>(world: World, name: Port, broken: Partial<Ports[Port]>) {
  const port = new Proxy(world.ports[name], {
    get: (target, method) => Reflect.get(broken, method) ?? bound(target, method),
  });
  return world.process({}, { [name]: port });
}

const bound = (target: object, method: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, method);
  return typeof value === 'function' ? value.bind(target) : value;
};

const THROTTLED = async () => ({ outcome: 'throttled' }) as const;

describe('while the store is at its limit', () => {
  it('a delete says so, and the same again does its work', async () => {
    const world = await given({ sent: ['one', 'two'] });
    const receipts = (await world.receive()).map(({ receipt }) => receipt);
    const busy = processOf(world, 'shards', { tryMark: THROTTLED, tryRemove: THROTTLED });

    const outcomes = await deleteMessages(busy, { queue: 'orders', receipts });

    expect(outcomes).toEqual(['throttled', 'throttled']);
    expect(await deleteMessages(world.service, { queue: 'orders', receipts })).toEqual(['done', 'done']);
  });

  it('a receive that took nothing over leaves nothing on its lease: what another deletes stays deleted', async () => {
    const world = await given({ sent: ['one'] });
    const busy = processOf(world, 'shards', { tryRemove: THROTTLED });

    await expect(receive(busy, { queue: 'orders', max: 1 })).rejects.toMatchObject({ code: 'Throttled' });
    const receipts = (await world.receive()).map(({ receipt }) => receipt);
    const outcomes = await deleteMessages(world.service, { queue: 'orders', receipts });
    world.clock.advance(60_000);

    expect(outcomes).toEqual(['done']);
    expect(await world.receive()).toEqual([]);
  });

  it.each([
    ['later', 60_000],
    ['at once', 0],
  ])('a change of visibility says so: %s', async (_, visibilityMs) => {
    const world = await given({ sent: ['one'] });
    const [message] = await world.receive();
    const entries = [{ receipt: message?.receipt ?? '', visibilityMs }];
    const busy = processOf(world, 'shards', { tryMark: THROTTLED, put: async () => ['throttled'] });

    expect(await changeVisibility(busy, { queue: 'orders', entries })).toEqual(['throttled']);
    expect(await changeVisibility(world.service, { queue: 'orders', entries })).toEqual(['done']);
  });
});

describe('while the store does not answer writes', () => {
  it('changes of queues say so, and never that somebody else was first', async () => {
    const world = await given();
    const silent = processOf(world, 'catalog', { tryPut: async () => 'unclear' });

    const calls = [
      createQueue(silent, { name: 'other', settings: {} }),
      updateQueue(silent, { name: 'orders', settings: { delayMs: 1_000 } }),
      deleteQueue(silent, 'orders'),
    ];

    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
