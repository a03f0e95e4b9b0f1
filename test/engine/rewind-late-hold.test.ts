import { describe, expect, it } from 'vitest';
import { cancelRewind, purgeQueue, runRewind, startRewind, undoPurge } from '../../src/engine/index.ts';
import { QueueError } from '../../src/model/errors.ts';
import type { RewindJob } from '../../src/model/rewind.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

/** A rewind whose runner died while the put of its hold was on its way: `arrive` lets it take effect. */
async function givenHoldOnItsWay(): Promise<{ world: World; job: RewindJob; arrive: () => Promise<unknown> }> {
  const world = await given({ queues: { orders: {}, copies: {} }, sent: ['one'] });
  await world.consume();
  await world.settle();
  world.clock.advance(1_000);
  const { catalog } = world.ports;
  let arrive: () => Promise<unknown> = () => Promise.reject(new Error('no hold was put'));
  const tryPut: typeof catalog.tryPut = async (kind, ...put) => {
    if (kind !== 'hold') return await catalog.tryPut(kind, ...put);
    arrive = async () => await catalog.tryPut(kind, ...put);
    throw new QueueError('Unavailable', 'the runner dies here, and the write is on its way');
  };
  const job = await startRewind(world.service, world.everything());
  const runner = world.process({}, { catalog: replaced(catalog, { tryPut }) });
  await expect(runRewind(runner, job.queueId, job.id)).rejects.toThrow();
  return { world, job, arrive };
}

describe('a hold that is written after its runner died', () => {
  it('comes too late once its rewind is cancelled: a later rewind brings the messages', async () => {
    const { world, job, arrive } = await givenHoldOnItsWay();
    await cancelRewind(world.service, 'orders', job.id);
    await runRewind(world.service, job.queueId, job.id);

    await arrive();

    expect(await world.rewind()).toMatchObject({ messagesRewound: 1 });
    expect(await world.consume()).toEqual(['one']);
  });

  it('comes too late once a purge has ended its rewind', async () => {
    const { world, job, arrive } = await givenHoldOnItsWay();
    world.clock.advance(1_000);
    await purgeQueue(world.service, 'orders');
    await runRewind(world.service, job.queueId, job.id);

    await arrive();
    await undoPurge(world.service, 'orders');

    expect(await world.rewind()).toMatchObject({ messagesRewound: 1 });
    expect(await world.consume()).toEqual(['one']);
  });

  it('gives way to the one of the run that went on, and the message comes once', async () => {
    const { world, job, arrive } = await givenHoldOnItsWay();
    await runRewind(world.service, job.queueId, job.id);

    await arrive();
    await runRewind(world.service, job.queueId, job.id);

    expect(await world.consume()).toEqual(['one']);
  });
});
