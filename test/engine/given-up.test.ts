import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { archive } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { blockId } from '../../src/model/ids.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { changesOfBatch } from '../../src/stores/dynamodb/change-feed.ts';
import { encodeDelivery } from '../../src/stores/dynamodb/delivery-items.ts';
import { replaced } from '../simulation/replaced.ts';
import { imageOf } from '../stores/dynamodb/images.ts';
import { given, type World } from '../support/given.ts';
import { freshText } from '../support/ids.ts';

/** Messages that are sent together, too large to lie within their delivery: they share a block. */
const BODIES = ['0', '1', '2'].map((name) => name + freshText(600));

/** How a feed hands over batches, and those that it gave up, when an operator gives them again. */
interface Feed {
  tell(world: World, batch: readonly Change[]): Promise<void>;
  replay(world: World, batch: readonly Change[]): Promise<void>;
}

const OF_ONE_MACHINE: Feed = {
  tell: async ({ service }, batch) => await archive(service, batch),
  replay: async ({ service }, batch) => await archive(service, batch, 'replay'),
};

/** Records as the stream of a table has them, and the object that Lambda writes into the bucket. */
const OF_A_STREAM: Feed = {
  tell: async ({ service }, batch) => await archive(service, changesOfBatch({ Records: batch.map(recordOf) }).changes),
  replay: async ({ service }, batch) => {
    const { changes, telling } = changesOfBatch({ payload: JSON.stringify({ Records: batch.map(recordOf) }) });
    await archive(service, changes, telling);
  },
};

function recordOf({ shard, sequence, atMs, before, after }: Change): DynamoDBRecord {
  const image = (delivery: Delivery | undefined) => delivery && imageOf(encodeDelivery(shard, delivery));
  const { k, s } = image(after ?? before) ?? {};
  const images = { OldImage: image(before), NewImage: image(after) };
  const record = { Keys: { k, s }, SequenceNumber: sequence, ApproximateCreationDateTime: atMs / 1_000, ...images };
  return { dynamodb: JSON.parse(JSON.stringify(record)) };
}

/** Messages of one lease; the feed gave up the delete of the first. */
async function givenUp() {
  const world = await given();
  await world.send(BODIES);
  const held = await world.receive();
  await world.settle();
  await world.delete(held.slice(0, 1));
  world.clock.advance(1_000);
  const batch = await world.takeChanges();
  const block = batch.flatMap(({ after }) => after?.parts ?? []).find(({ kind }) => kind === 'block');
  if (block?.kind !== 'block') throw new Error('the messages share no block');
  const hasBlock = async () => (await world.ports.shards.getBlocks([blockId(block.origin)])).size > 0;
  return { world, held, batch, hasBlock };
}

describe.each([
  ['one machine', OF_ONE_MACHINE],
  ['a stream', OF_A_STREAM],
])('a batch that the feed of %s gave up', (_, feed) => {
  it('is archived when it is replayed, though all else of its block was archived before', async () => {
    const { world, held, batch, hasBlock } = await givenUp();
    await world.delete(held.slice(1));
    await feed.tell(world, await world.takeChanges());
    const hadBlock = await hasBlock();

    await feed.replay(world, batch);
    await feed.replay(world, batch);
    world.clock.advance(1_000);

    expect(hadBlock).toBe(true);
    expect(await hasBlock()).toBe(false);
    expect((await world.rewind()).messagesRewound).toBe(BODIES.length);
    expect(await world.consume()).toEqual(BODIES);
  });

  it('is archived though its lease ended, and another one held the rest', async () => {
    const { world, batch, hasBlock } = await givenUp();
    world.clock.advance(60_000);
    await world.delete(await world.receive());
    await feed.tell(world, await world.takeChanges());

    await feed.replay(world, batch);
    world.clock.advance(1_000);

    expect(await hasBlock()).toBe(false);
    expect((await world.rewind()).messagesRewound).toBe(BODIES.length);
  });

  it('is archived once when a try had archived it', async () => {
    const { world, held, batch, hasBlock } = await givenUp();
    await feed.tell(world, batch);
    await world.delete(held.slice(1));
    await feed.tell(world, await world.takeChanges());

    await feed.replay(world, batch);
    world.clock.advance(1_000);

    expect(await hasBlock()).toBe(false);
    expect((await world.rewind()).messagesRewound).toBe(BODIES.length);
    expect(await world.consume()).toEqual(BODIES);
  });
});

describe('notes of what is archived of a block', () => {
  it.each([
    ['none when one batch takes all of it', 3, []],
    ['one for each batch when it is taken in pieces', 1, ['noted', 'noted', 'finished']],
  ])('are %s', async (_, perBatch, expected) => {
    const world = await given();
    await world.send(BODIES);
    const held = await world.receive();
    const written: string[] = [];
    const addProgress: Ledger['addProgress'] = async (block, indexes, keepUntilMs) => {
      written.push(keepUntilMs === undefined ? 'noted' : 'finished');
      return await world.ports.ledger.addProgress(block, indexes, keepUntilMs);
    };
    const service = world.process({}, { ledger: replaced(world.ports.ledger, { addProgress }) });

    for (let start = 0; start < held.length; start += perBatch) {
      for (const message of held.slice(start, start + perBatch)) await world.delete([message]);
      await archive(service, await world.takeChanges());
    }

    expect(written).toEqual(expected);
  });
});
