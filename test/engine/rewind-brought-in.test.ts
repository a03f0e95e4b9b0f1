import { describe, expect, it } from 'vitest';
import { countRewind, findMessage, peek, purgeQueue, startRedrive } from '../../src/engine/index.ts';
import { compactHour } from '../../src/engine/upkeep/compact.ts';
import { expireArchive } from '../../src/engine/upkeep/expire-archive.ts';
import { removeFinishedHolds } from '../../src/engine/upkeep/finished-holds.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { hourText } from '../../src/model/retention.ts';
import { HOUR_MS } from '../../src/model/spans.ts';
import { given, type World } from '../support/given.ts';
import { at } from '../support/ids.ts';

/** Two messages that were deleted from `orders`, rewound into `replay`, and deleted there some seconds later. */
async function givenDeletedThere(): Promise<{ world: World; ids: readonly string[]; deletedAtMs: EpochMs }> {
  const world = await given({ queues: { orders: {} } });
  const ids = await world.send(['one', 'two']);
  await world.consume();
  world.clock.advance(5_000);
  // It is younger than the messages.
  await world.create('replay');
  await world.rewind({ into: 'replay' });
  const deletedAtMs = world.clock.advance(5_000);
  await world.consume('replay');
  await world.settle();
  world.clock.advance(1_000);
  return { world, ids, deletedAtMs };
}

const lookAtDeleted = async (world: World, queue: string) =>
  (await peek(world.service, { queue, state: 'deleted', limit: 10 })).messages;

describe('what was rewound into a queue and deleted there', () => {
  it.each(['sentAt', 'deletedAt'] as const)('is found there by a rewind by %s, counted first', async (by) => {
    const { world } = await givenDeletedThere();
    const command = { queue: 'replay', by, fromMs: by === 'sentAt' ? at(0) : at(9_000) };

    const counted = await countRewind(world.service, world.everything(command));
    const job = await world.rewind(command);

    expect(counted.matched).toBe(2);
    expect(job).toMatchObject({ state: 'done', messagesRewound: 2 });
    expect(await world.consume('replay')).toEqual(['one', 'two']);
    world.clock.advance(1);
    expect((await world.rewind(command)).messagesRewound).toBe(2);
  });

  it('is not brought a second time while it waits there', async () => {
    const { world } = await givenDeletedThere();
    await world.rewind({ queue: 'replay' });

    expect((await world.rewind({ queue: 'replay' })).messagesRewound).toBe(0);
    expect((await world.rewind({ into: 'replay' })).messagesRewound).toBe(0);
  });

  it('lies out of a range of sending or of deletion in which it was not', async () => {
    const { world } = await givenDeletedThere();

    const sent = await world.rewind({ queue: 'replay', by: 'sentAt', fromMs: at(1) });
    const deleted = await world.rewind({ queue: 'replay', by: 'deletedAt', fromMs: at(0), toMs: at(9_000) });
    const own = await world.rewind({ by: 'deletedAt', fromMs: at(9_000) });

    expect([sent, deleted, own].map(({ messagesRewound }) => messagesRewound)).toEqual([0, 0, 0]);
  });

  it('is seen there as deleted, with the time of that, until it waits again', async () => {
    const { world, ids, deletedAtMs } = await givenDeletedThere();

    const seen = await lookAtDeleted(world, 'replay');
    const found = await findMessage(world.service, { queue: 'replay', id: ids[0] ?? '' });
    await world.rewind({ queue: 'replay' });

    expect(seen).toMatchObject([
      { body: 'one', state: 'deleted', sentAtMs: at(0), deletedAtMs },
      { body: 'two', state: 'deleted' },
    ]);
    expect(found).toMatchObject({ message: { state: 'deleted', deletedAtMs } });
    expect(await lookAtDeleted(world, 'replay')).toEqual([]);
    expect(await findMessage(world.service, { queue: 'replay', id: ids[0] ?? '' })).toMatchObject({
      message: { state: 'ready' },
    });
    expect(await lookAtDeleted(world, 'orders')).toHaveLength(2);
  });

  it('is found after holds have left and small objects were joined', async () => {
    const { world } = await givenDeletedThere();
    world.clock.advance(8 * HOUR_MS);
    await removeFinishedHolds(world.service);
    await expireArchive(world.service);
    for (const queue of ['orders', 'replay']) await compactHour(world.service, queue, hourText(at(0)));

    expect((await world.rewind({ queue: 'replay' })).messagesRewound).toBe(2);
    expect(await world.consume('replay')).toEqual(['one', 'two']);
  });

  it('stays purged when it was purged there', async () => {
    const { world } = await givenDeletedThere();
    await world.rewind({ queue: 'replay' });
    await purgeQueue(world.service, 'replay');
    world.clock.advance(1);

    expect(await world.receive({ queue: 'replay' })).toEqual([]);
    expect((await world.rewind({ queue: 'replay' })).messagesRewound).toBe(0);
  });

  it('is found where only that queue keeps what is deleted', async () => {
    const world = await given({ queues: { orders: { rewindMs: HOUR_MS }, replay: { rewindMs: 'forever' } } });
    await world.send(['one']);
    await world.consume();
    world.clock.advance(1);
    await world.rewind({ into: 'replay' });
    await world.consume('replay');
    world.clock.advance(1);

    expect((await world.rewind({ queue: 'replay' })).messagesRewound).toBe(1);
    expect((await world.rewind()).messagesRewound).toBe(1);
  });
});

describe('a queue that is younger than its messages', () => {
  it('brings dead letters and redriven messages back by the time they were sent', async () => {
    const world = await given({ queues: { orders: {} }, sent: ['a'] });
    world.clock.advance(60_000);
    await world.create('dead');
    await world.create('late', { deadLetter: { queue: 'dead', maxReceives: 1 } });
    await world.consume();
    world.clock.advance(1);
    await world.rewind({ into: 'late' });
    await world.receive({ queue: 'late' });
    world.clock.advance(30_000);
    await world.receive({ queue: 'late' });
    await startRedrive(world.service, { queue: 'dead' });
    await world.runRewinds();
    await world.consume('late');
    world.clock.advance(1);

    const job = await world.rewind({ queue: 'late', by: 'sentAt', fromMs: at(0), toMs: at(1) });

    expect(job).toMatchObject({ fromMs: at(0), messagesRewound: 1 });
    expect(job.cutToMs).toBeUndefined();
    expect(await world.consume('late')).toEqual(['a']);
  });
});
