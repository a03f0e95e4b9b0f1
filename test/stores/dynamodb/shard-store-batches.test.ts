import { BatchGetCommand, BatchWriteCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { newDelivery } from '../../../src/model/delivery.ts';
import { QueueError } from '../../../src/model/errors.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../../../src/model/ids.ts';
import { blockPlacement, inlineDelivery } from '../../support/deliveries.ts';
import { serverError, throttle, timeout, UNANSWERED } from './answers.ts';
import { openMocked } from './mocked.ts';

const SHARD = 'queue00001-----' as ShardKey;
const KEY = '-NjEtLV-delivery' as DeliveryKey;
const BARE = newDelivery(KEY, 0, { parts: [] });
const BLOCK = '-NjEtLV-packed01--' as BlockId;
const WHOLE = { from: '-' as DeliveryKey, before: 'zzz' as DeliveryKey, limit: 10, isConsistent: true };

describe('a put in DynamoDB', () => {
  const placement = blockPlacement(SHARD, KEY);
  const itemsLeft = (...keys: string[]) => ({
    UnprocessedItems: { 'cell---': keys.map((k) => ({ PutRequest: { Item: { k, s: k === SHARD ? KEY : '-' } } })) },
  });

  it('is stored once the items left over are', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchWriteCommand).resolvesOnce(itemsLeft(placement.block.id)).resolves({});

    expect(await shards.put([placement])).toEqual(['stored']);
    expect(asked()).toHaveLength(2);
    expect(asked()[1]).toMatchObject({
      RequestItems: { 'cell---': [{ PutRequest: { Item: { k: placement.block.id } } }] },
    });
  });

  it('is throttled when its delivery never got through, whatever became of the block', async () => {
    const { dynamo, shards, asked, told } = openMocked();
    dynamo.on(BatchWriteCommand).resolves(itemsLeft(SHARD));

    expect(await shards.put([placement])).toEqual(['throttled']);
    expect(asked()).toHaveLength(6);
    expect(told.throttles[0]).toEqual({ table: 'cell---', shard: SHARD, reason: 'Unprocessed' });
  });

  it('takes back a block whose delivery was throttled: nothing would ever name it', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchWriteCommand).resolves(itemsLeft(SHARD));

    await shards.put([placement]);

    expect(asked().at(-1)).toMatchObject({
      RequestItems: { 'cell---': [{ DeleteRequest: { Key: { k: placement.block.id } } }] },
    });
  });

  it('is unclear when only its block never got through: the delivery is there', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(BatchWriteCommand).resolves(itemsLeft(placement.block.id));

    expect(await shards.put([placement])).toEqual(['unclear']);
  });

  it('is throttled when all of it is', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(BatchWriteCommand).rejects(throttle());

    expect(await shards.put([placement])).toEqual(['throttled']);
  });

  it('may be repeated after an error of the server', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(BatchWriteCommand).rejectsOnce(serverError()).resolves({});

    expect(await shards.put([placement])).toEqual(['stored']);
  });

  it.each(UNANSWERED)('is unclear after %s, also when what follows is a throttle', async (_, failure) => {
    const { dynamo, shards } = openMocked();
    dynamo.on(BatchWriteCommand).rejectsOnce(failure()).rejects(throttle());

    expect(await shards.put([placement])).toEqual(['unclear']);
  });

  it('has an outcome for each placement, in order', async () => {
    const { dynamo, shards } = openMocked();
    const others = ['queue00001----0', 'queue00001----1'].map((shard) => blockPlacement(shard as ShardKey, KEY));
    dynamo.on(BatchWriteCommand).resolves(itemsLeft(SHARD));

    expect(await shards.put([...others.slice(0, 1), placement, ...others.slice(1)])).toEqual([
      'stored',
      'throttled',
      'stored',
    ]);
  });

  it('keeps the trouble of one cell away from another', async () => {
    const { dynamo, shards } = openMocked();
    const elsewhere = { shard: 'queue00001-0---' as ShardKey, delivery: inlineDelivery(KEY) };
    dynamo.on(BatchWriteCommand).callsFake(({ RequestItems }) => {
      if ('cell---' in RequestItems) throw throttle();
      return {};
    });

    expect(await shards.put([placement, elsewhere])).toEqual(['throttled', 'stored']);
  });
});

describe('a read in DynamoDB', () => {
  it('is repeated after a throttle and an error of the server', async () => {
    const { dynamo, shards } = openMocked();
    dynamo
      .on(GetCommand)
      .rejectsOnce(throttle())
      .rejectsOnce(serverError())
      .resolves({ Item: { k: SHARD, s: KEY } });

    expect(await shards.get(SHARD, KEY)).toEqual(BARE);
  });

  it.each([
    ['Throttled', throttle()],
    ['Unavailable', serverError()],
  ])('is %s in the end, with the last error as its cause', async (code, cause) => {
    const { dynamo, shards } = openMocked();
    dynamo.on(QueryCommand).rejects(cause);

    await expect(shards.list(SHARD, WHOLE)).rejects.toMatchObject({ code, cause });
  });

  it('reads the blocks left over', async () => {
    const { dynamo, shards, asked } = openMocked();
    const item = { k: BLOCK, s: '-', n: 1, b: Uint8Array.of(1) };
    dynamo
      .on(BatchGetCommand)
      .resolvesOnce({ UnprocessedKeys: { 'cell---': { Keys: [{ k: BLOCK, s: '-' }] } } })
      .resolves({ Responses: { 'cell---': [item] } });

    const blocks = await shards.getBlocks([BLOCK, '-NjEtLV-packed02--' as BlockId]);

    expect(blocks).toEqual(new Map([[BLOCK, { id: BLOCK, messageCount: 1, payload: Uint8Array.of(1) }]]));
    expect(asked()[1]).toMatchObject({ RequestItems: { 'cell---': { Keys: [{ k: BLOCK, s: '-' }] } } });
  });

  it('refuses to call a block missing that could not be read', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(BatchGetCommand).resolves({ UnprocessedKeys: { 'cell---': { Keys: [{ k: BLOCK, s: '-' }] } } });

    await expect(shards.getBlocks([BLOCK])).rejects.toMatchObject({ code: 'Throttled' });
  });

  it('gives a damaged block a payload that nothing can unpack, and the others as they are', async () => {
    const { dynamo, shards } = openMocked();
    const items = [{ k: BLOCK, s: '-', f: Uint8Array.of(200) }];
    dynamo.on(BatchGetCommand).resolves({ Responses: { 'cell---': items } });

    const blocks = await shards.getBlocks([BLOCK]);

    expect(blocks.get(BLOCK)).toEqual({ id: BLOCK, messageCount: 0, payload: new Uint8Array() });
  });

  it('leaves out a delivery that cannot be decoded and says which', async () => {
    const { dynamo, shards, told } = openMocked();
    const damaged = { k: SHARD, s: '-NjEtLV-damaged0', p: Uint8Array.of(3) };
    dynamo.on(QueryCommand).resolves({ Items: [damaged, { k: SHARD, s: KEY }] });

    const page = await shards.list(SHARD, WHOLE);

    expect(page).toEqual({ deliveries: [BARE] });
    expect(told.unreadable).toEqual([[SHARD, damaged.s, expect.any(Error)]]);
  });

  it('does not call a delivery gone that cannot be decoded', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(GetCommand).resolves({ Item: { k: SHARD, s: KEY, e: 'one' } });

    await expect(shards.get(SHARD, KEY)).rejects.toMatchObject({ code: 'Unavailable' });
  });
});

describe('a removal of blocks in DynamoDB', () => {
  it.each([
    ['Throttled', throttle()],
    ['Unavailable', timeout()],
  ])('is %s when not all could be removed', async (code, cause) => {
    const { dynamo, shards } = openMocked();
    dynamo.on(BatchWriteCommand).rejects(cause);

    const removal = shards.removeBlocks([BLOCK]);

    await expect(removal).rejects.toThrow(QueueError);
    await expect(removal).rejects.toMatchObject({ code });
  });
});
