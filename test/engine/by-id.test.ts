import { describe, expect, it } from 'vitest';
import {
  changeVisibilityById,
  deleteById,
  deleteMessages,
  findMessage,
  queueCounts,
  send,
} from '../../src/engine/index.ts';
import { NO_ATTRIBUTES } from '../../src/model/message.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

async function idOf({ service }: World, body: string, delayMs = 0): Promise<string> {
  const [sent] = await send(service, { queue: 'orders', messages: [{ body, attributes: NO_ATTRIBUTES, delayMs }] });
  return sent !== undefined && 'id' in sent ? sent.id : '';
}
const countsOf = async ({ service }: World) => (await queueCounts(service, 'orders')).counts;

describe('a deletion by id', () => {
  it.each(['ready', 'delayed', 'inFlight'] as const)(
    'takes a message that is %s, and a rewind brings it back',
    async (state) => {
      const world = await given();
      const id = await idOf(world, 'wanted', state === 'delayed' ? 60_000 : 0);
      if (state === 'inFlight') await world.receive({ max: 1 });
      await idOf(world, 'other');

      await deleteById(world.service, { queue: 'orders', id });

      expect(await countsOf(world)).toMatchObject({ sent: 2, deleted: 1, ready: 1, delayed: 0, inFlight: 0 });
      world.clock.advance(1);
      await world.rewind();
      expect(await world.consume()).toEqual(['other', 'wanted']);
    },
  );

  it('takes one message out of the middle of a delivery', async () => {
    const world = await given();
    const [, second = ''] = await world.send(['a', 'b', 'c']);

    await deleteById(world.service, { queue: 'orders', id: second });
    await deleteById(world.service, { queue: 'orders', id: second });

    expect(await countsOf(world)).toMatchObject({ sent: 3, deleted: 1, ready: 2 });
    expect(await world.consume()).toEqual(['a', 'c']);
  });

  it('does not delete what a claim has taken over since the look', async () => {
    const world = await given();
    const [first = ''] = await world.send(['a', 'b', 'c']);
    let isTaken = false;
    const shards = replaced(world.service.shards, {
      tryMark: async (...call) => {
        // The claim takes the first message from the front, and leaves the others where they are.
        if (!isTaken) await world.receive({ max: 1 });
        isTaken = true;
        return await world.service.shards.tryMark(...call);
      },
    });

    await deleteById({ ...world.service, shards }, { queue: 'orders', id: first });

    expect(await countsOf(world)).toMatchObject({ sent: 3, deleted: 1, ready: 2, inFlight: 0 });
  });

  it('answers how far the search got where there is no such message', async () => {
    const world = await given();

    expect(await deleteById(world.service, { queue: 'orders', id: 'nothing' })).toMatchObject({ isComplete: true });
  });
});

describe('a change of visibility by id', () => {
  it('ends the lease at once with 0, and the receipt of its consumer still deletes', async () => {
    const world = await given();
    const id = await idOf(world, 'held');
    const [held] = await world.receive({ max: 1, visibilityMs: 600_000 });

    await changeVisibilityById(world.service, { queue: 'orders', id, visibilityMs: 0 });

    expect(await countsOf(world)).toMatchObject({ ready: 1, inFlight: 0 });
    expect(await deleteMessages(world.service, { queue: 'orders', receipts: [held?.receipt ?? ''] })).toEqual(['done']);
    expect(await countsOf(world)).toMatchObject({ ready: 0, deleted: 1 });
  });

  it('extends the lease', async () => {
    const world = await given();
    const id = await idOf(world, 'held');
    await world.receive({ max: 1, visibilityMs: 30_000 });

    await changeVisibilityById(world.service, { queue: 'orders', id, visibilityMs: 600_000 });

    world.clock.advance(500_000);
    expect(await findMessage(world.service, { queue: 'orders', id })).toMatchObject({ message: { state: 'inFlight' } });
  });

  it('refuses a message that nobody holds', async () => {
    const world = await given();
    const id = await idOf(world, 'ready');

    await expect(changeVisibilityById(world.service, { queue: 'orders', id, visibilityMs: 0 })).rejects.toMatchObject({
      code: 'Conflict',
      message: 'the message is ready: only the lease of one in flight can change',
    });
  });
});
