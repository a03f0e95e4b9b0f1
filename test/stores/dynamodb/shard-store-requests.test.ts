import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { newDelivery } from '../../../src/model/delivery.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../../../src/model/ids.ts';
import { encodeParts } from '../../../src/model/part-codec.ts';
import type { Condition, MarkChange } from '../../../src/ports/shard-store.ts';
import { bytes, inlineDelivery } from '../../support/deliveries.ts';
import { openMocked } from './mocked.ts';

const SHARD = 'queue00001-----' as ShardKey;
const KEY = '-NjEtLV-delivery' as DeliveryKey;
const OTHER_KEY = '-NjEtLVxdelivery' as DeliveryKey;
const PACKED = '-NjEtLV-packed01--' as BlockId;
const OFFLOADED = '-NjEtLV-offload1-0' as BlockId;
const NAMED = { TableName: 'cell---', Key: { k: SHARD, s: KEY } };

describe('DynamoShardStore asks DynamoDB', () => {
  it('to put a delivery and its block in one batch', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchWriteCommand).resolves({});
    const delivery = inlineDelivery(KEY);
    const block = { id: PACKED, messageCount: 10, payload: bytes('ten') };

    await shards.put([{ shard: SHARD, delivery, block }]);

    const deliveryItem = { k: SHARD, s: KEY, p: encodeParts(delivery.parts), b: bytes('packed') };
    const blockItem = { k: PACKED, s: '-', n: 10, b: bytes('ten') };
    expect(asked()).toEqual([
      {
        RequestItems: { 'cell---': [{ PutRequest: { Item: deliveryItem } }, { PutRequest: { Item: blockItem } }] },
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('to put an offloaded block into the table of its own cell, with its frames as bytes', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchWriteCommand).resolves({});
    const frames = [
      { messageCount: 60, bytes: 300 },
      { messageCount: 1, bytes: 5 },
    ];

    await shards.put([
      { shard: SHARD, delivery: inlineDelivery(KEY), block: { id: OFFLOADED, messageCount: 61, frames } },
    ]);

    expect(asked()[1]).toEqual({
      RequestItems: {
        'cell--0': [
          { PutRequest: { Item: { k: OFFLOADED, s: '-', f: Uint8Array.of(60, (300 % 128) + 128, 2, 1, 5) } } },
        ],
      },
      ReturnConsumedCapacity: 'TOTAL',
    });
  });

  it('to put every kind of mark, those of single messages as attributes of their own', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchWriteCommand).resolves({});
    const delivery = {
      ...newDelivery(KEY, 2, { parts: [] }),
      first: 1,
      edition: 5,
      acked: new Set([1]),
      moved: new Set([2, 3]),
      deadLettered: new Set([2]),
      purged: new Set([3]),
      forward: new Map([[2, { key: OTHER_KEY, index: 0 }]]),
    };

    await shards.put([{ shard: SHARD, delivery }]);

    const numbers = { c: 2, f: 1, e: 5 };
    const sets = { a: new Set([1]), m: new Set([2, 3]), d: new Set([2]), x: new Set([3]) };
    const item = { k: SHARD, s: KEY, ...numbers, ...sets, w2: `${OTHER_KEY}--` };
    expect(asked()[0]).toMatchObject({ RequestItems: { 'cell---': [{ PutRequest: { Item: item } }] } });
  });

  it('for one page of a range', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(QueryCommand).resolves({});

    await shards.list(SHARD, { from: KEY, before: OTHER_KEY, limit: 7, isConsistent: true });
    await shards.list(SHARD, { from: KEY, before: OTHER_KEY, limit: 7, isConsistent: false });

    const query = {
      TableName: 'cell---',
      KeyConditionExpression: 'k=:shard AND s BETWEEN :from AND :before',
      ExpressionAttributeValues: { ':shard': SHARD, ':from': KEY, ':before': OTHER_KEY },
      Limit: 7,
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    };
    expect(asked()).toEqual([query, { ...query, ConsistentRead: false }]);
  });

  it('nothing for an empty range, which DynamoDB would refuse', async () => {
    const { shards, asked } = openMocked();

    const page = await shards.list(SHARD, { from: KEY, before: KEY, limit: 7, isConsistent: true });

    expect(page).toEqual({ deliveries: [] });
    expect(asked()).toEqual([]);
  });

  it('for one delivery, consistently', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(GetCommand).resolves({});

    await shards.get(SHARD, KEY);

    expect(asked()).toEqual([{ ...NAMED, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' }]);
  });

  it('for blocks, each cell by itself and no block twice', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchGetCommand).resolves({});

    await shards.getBlocks([PACKED, OFFLOADED, PACKED]);

    const read = (table: string, id: BlockId) => ({
      RequestItems: { [table]: { Keys: [{ k: id, s: '-' }], ConsistentRead: true } },
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(asked()).toEqual([read('cell---', PACKED), read('cell--0', OFFLOADED)]);
  });

  it('to remove blocks, 25 a batch', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchWriteCommand).resolves({});
    const ids = Array.from({ length: 26 }, (_, index) => `-NjEtLV-block0${index + 10}--` as BlockId);

    await shards.removeBlocks(ids);

    const removal = (some: BlockId[]) => ({
      RequestItems: { 'cell---': some.map((id) => ({ DeleteRequest: { Key: { k: id, s: '-' } } })) },
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(asked()).toEqual([removal(ids.slice(0, 25)), removal(ids.slice(25))]);
  });
});

describe('DynamoShardStore asks DynamoDB for a conditional step', () => {
  const conditions: [Condition, expression: string, values: Record<string, number>][] = [
    [{}, 'attribute_exists(k)', {}],
    [{ edition: 0 }, 'attribute_exists(k) AND attribute_not_exists(e)', {}],
    [{ edition: 3 }, 'attribute_exists(k) AND e=:edition', { ':edition': 3 }],
    [
      { isIntact: true },
      'attribute_exists(k) AND attribute_exists(c) AND attribute_not_exists(a) AND attribute_not_exists(m)',
      {},
    ],
    [{ notMoved: [1, 4] }, 'attribute_exists(k) AND NOT(contains(m,:1) OR contains(m,:4))', { ':1': 1, ':4': 4 }],
    [{ outstanding: [2] }, 'attribute_exists(k) AND NOT(contains(m,:2) OR contains(a,:2))', { ':2': 2 }],
    [
      { edition: 1, notMoved: [2, 3], outstanding: [2] },
      'attribute_exists(k) AND e=:edition AND NOT(contains(m,:2) OR contains(m,:3) OR contains(a,:2))',
      { ':edition': 1, ':2': 2, ':3': 3 },
    ],
  ];

  it.each(conditions)('to remove on %j', async (condition, expression, values) => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(DeleteCommand).resolves({});

    const removed = await shards.tryRemove(SHARD, KEY, condition);

    expect(removed).toEqual({ outcome: 'done' });
    expect(asked()).toEqual([
      {
        ...NAMED,
        ConditionExpression: expression,
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  const changes: [MarkChange, expression: string, values: Record<string, unknown>][] = [
    [{}, 'ADD e :e', {}],
    [{ first: 4 }, 'SET f=:f ADD e :e', { ':f': 4 }],
    [{ acked: [1, 2, 1], moved: [] }, 'ADD e :e,a :a', { ':a': new Set([1, 2]) }],
    [
      { moved: [1], deadLettered: [1], purged: [1] },
      'ADD e :e,m :m,d :d,x :x',
      { ':m': new Set([1]), ':d': new Set([1]), ':x': new Set([1]) },
    ],
    [{ forward: [[5, { key: OTHER_KEY, index: 1 }]] }, 'SET w5=:w5 ADD e :e', { ':w5': `${OTHER_KEY}-0` }],
  ];

  it.each(changes)('to change %j', async (change, expression, values) => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(UpdateCommand).resolves({ Attributes: { k: SHARD, s: KEY, e: 1 } });

    const marked = await shards.tryMark(SHARD, KEY, change, { edition: 7 });

    expect(marked).toEqual({ outcome: 'done', now: { ...newDelivery(KEY, 0, { parts: [] }), edition: 1 } });
    expect(asked()).toEqual([
      {
        ...NAMED,
        UpdateExpression: expression,
        ConditionExpression: 'attribute_exists(k) AND e=:edition',
        ExpressionAttributeValues: { ...values, ':e': 1, ':edition': 7 },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });
});
