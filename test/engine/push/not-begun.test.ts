import { describe, expect, it } from 'vitest';
import { dispatch, type QueueService, queueCounts, unsubscribe } from '../../../src/engine/index.ts';
import { QueueError } from '../../../src/model/errors.ts';
import type { Catalog } from '../../../src/ports/catalog.ts';
import { replaced } from '../../simulation/replaced.ts';
import { given, type World } from '../../support/given.ts';
import { DONE, FakeTarget, givenSubscription, status } from '../../support/pushing.ts';

/** A message that becomes a dead letter with its second receive. */
async function givenMessage(): Promise<World> {
  const deadLetter = { queue: 'dead', maxReceives: 1 };
  const world = await given({ queues: { dead: {}, orders: { deadLetter } }, sent: ['one'] });
  await givenSubscription(world);
  return world;
}

/** A process whose writes of the lease record are refused from a moment on. */
function refusing(world: World, isRefused: () => boolean): QueueService {
  const { catalog } = world.ports;
  const tryPut: Catalog['tryPut'] = async (kind, name, value, version) => {
    if (kind === 'pushLease' && isRefused()) throw new QueueError('Throttled', 'the catalog is at its limit');
    return await catalog.tryPut(kind, name, value, version);
  };
  return world.process({}, { catalog: replaced(catalog, { tryPut }) });
}

async function dispatchOnce(service: QueueService, target: FakeTarget, end = new AbortController()) {
  const dispatched = await dispatch(service, { queue: 'orders', target, end: end.signal });
  await dispatched.settled;
  return dispatched.outcome;
}

describe('a receive for a call does not count', () => {
  it('when the slot of the call cannot be written', async () => {
    const world = await givenMessage();
    const target = new FakeTarget();
    let writes = 0;

    const outcome = await dispatchOnce(
      refusing(world, () => ++writes > 1),
      target,
    );

    expect([outcome, target.calls]).toEqual(['failed', []]);
    expect(await world.receive()).toMatchObject([{ body: 'one', receiveCount: 1 }]);
  });

  it('when its target was at fault, and that cannot be written', async () => {
    const world = await givenMessage();
    let isRefused = false;
    const target = new FakeTarget(() => {
      isRefused = true;
      return { end: status(503) };
    });

    const outcome = await dispatchOnce(
      refusing(world, () => isRefused),
      target,
    );

    expect([outcome, target.calls.length]).toEqual(['failed', 1]);
    expect(await world.receive()).toMatchObject([{ body: 'one', receiveCount: 1 }]);
  });
});

describe('a filter', () => {
  it('refuses nothing any more when its subscription ended during the receive', async () => {
    const world = await given({ sent: ['one'] });
    await givenSubscription(world, { filter: { attributes: { kind: 'refund' } } });
    const end = new AbortController();
    const { shards } = world.ports;
    const service = world.process(
      {},
      {
        shards: replaced(shards, {
          list: async (...range) => {
            const page = await shards.list(...range);
            if (!end.signal.aborted) await unsubscribe(world.service, 'orders');
            end.abort();
            return page;
          },
        }),
      },
    );

    await dispatchOnce(service, new FakeTarget(() => DONE), end);

    await world.settle();
    expect((await queueCounts(world.service, 'orders')).counts).toMatchObject({ sent: 1, ready: 1, deleted: 0 });
    expect(await world.receive()).toMatchObject([{ body: 'one', receiveCount: 1 }]);
  });
});
