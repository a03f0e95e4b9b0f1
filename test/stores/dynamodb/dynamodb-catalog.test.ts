import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Queue } from '../../../src/model/queue.ts';
import { EMPTY_TOTALS } from '../../../src/model/totals.ts';
import { conditionFailed, serverError, throttle, UNANSWERED } from './answers.ts';
import { openMocked } from './mocked.ts';
import { ManualClock } from './ports.ts';

const NAME = 'queue00001/shard';
const KEY = { k: 'totals#5', s: NAME };

describe('DynamoCatalog asks DynamoDB', () => {
  it('for a record, consistently', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(GetCommand).resolves({ Item: { ...KEY, v: JSON.stringify(EMPTY_TOTALS), n: 5 } });

    expect(await catalog.get('totals', NAME)).toEqual({ name: NAME, value: EMPTY_TOTALS, version: 5 });
    expect(asked()).toEqual([
      { TableName: 'catalog', Key: KEY, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' },
    ]);
  });

  it('to create a record where there is none, with the time as its version, so that none comes twice', async () => {
    const { dynamo, catalog, asked, clock } = openMocked();
    dynamo.on(PutCommand).resolves({});

    expect(await catalog.tryPut('totals', NAME, EMPTY_TOTALS, 0)).toBe('done');
    expect(asked()).toEqual([
      {
        TableName: 'catalog',
        Item: { ...KEY, v: JSON.stringify(EMPTY_TOTALS), n: clock.nowMs() },
        ConditionExpression: 'attribute_not_exists(k)',
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('to write a record that still has its version', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(PutCommand).resolves({});

    expect(await catalog.tryPut('totals', NAME, EMPTY_TOTALS, 8)).toBe('done');
    expect(asked()).toEqual([
      {
        TableName: 'catalog',
        Item: { ...KEY, v: JSON.stringify(EMPTY_TOTALS), n: 9 },
        ConditionExpression: 'n=:version',
        ExpressionAttributeValues: { ':version': 8 },
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('to remove a record that still has its version', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(DeleteCommand).resolves({});

    expect(await catalog.tryRemove('totals', NAME, 8)).toBe('done');
    expect(asked()).toEqual([
      {
        TableName: 'catalog',
        Key: KEY,
        ConditionExpression: 'n=:version',
        ExpressionAttributeValues: { ':version': 8 },
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('for the version of a queue, consistently, and for an old state of its record where that will do', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(GetCommand).resolves({});
    dynamo.on(GetCommand, { Key: { k: 'version#orders', s: '-' } }).resolves({ Item: { n: 7 } });

    expect(await catalog.queueVersion('orders')).toBe(7);
    expect(await catalog.get('queue', 'orders', { mayBeOld: true })).toBeUndefined();
    expect(asked()).toMatchObject([
      { Key: { k: 'version#orders', s: '-' }, ConsistentRead: true },
      { Key: { s: 'orders' }, ConsistentRead: false },
    ]);
  });

  it('to tell the version of a queue before its record changes or leaves, and after it was created', async () => {
    const { dynamo, catalog, asked, clock } = openMocked();
    dynamo.on(PutCommand).resolves({});
    dynamo.on(DeleteCommand).resolves({});
    const queue = {} as Queue;

    await catalog.tryPut('queue', 'orders', queue, 0);
    await catalog.tryPut('queue', 'orders', queue, 8);
    await catalog.tryRemove('queue', 'orders', 9);

    const version = (n: number) => ({
      Item: { k: 'version#orders', s: '-', n },
      ConditionExpression: 'attribute_not_exists(k) OR n<:version',
      ExpressionAttributeValues: { ':version': n },
    });
    expect(asked()).toMatchObject([
      { Item: { s: 'orders', n: clock.nowMs() } },
      version(clock.nowMs()),
      version(9),
      { Item: { s: 'orders', n: 9 } },
      version(10),
      { Key: { s: 'orders' } },
    ]);
  });

  it('for no change of a queue whose version may not have been told', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(PutCommand).rejects(serverError());

    expect(await catalog.tryPut('queue', 'orders', {} as Queue, 8)).toBe('unclear');
    expect(asked()).toHaveLength(1);
  });

  it('to create a queue though its version cannot be told: nobody holds it yet', async () => {
    const { dynamo, catalog } = openMocked();
    dynamo.on(PutCommand).resolves({});
    dynamo
      .on(PutCommand, { Item: { k: 'version#orders', s: '-', n: new ManualClock().nowMs() } })
      .rejects(serverError());

    expect(await catalog.tryPut('queue', 'orders', {} as Queue, 0)).toBe('done');
  });

  it('for the records of one owner in one bucket', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(QueryCommand).resolves({});

    await catalog.list('totals', { prefix: 'queue00001/', after: NAME, limit: 50 });

    expect(asked()).toEqual([
      {
        TableName: 'catalog',
        KeyConditionExpression: 'k=:key AND s BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':key': 'totals#5', ':from': `${NAME} `, ':to': 'queue00001/\uffff' },
        Limit: 50,
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('for a share of any other list in each bucket', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(QueryCommand).resolves({});

    await catalog.list('queue', { limit: 100 });

    expect(asked()).toHaveLength(8);
    for (const [bucket, query] of asked().entries()) {
      expect(query).toMatchObject({
        ExpressionAttributeValues: { ':key': `queue#${bucket}`, ':from': ' ', ':to': '\uffff' },
        Limit: 21,
      });
    }
  });

  it('for another page of a bucket that holds more than its share', async () => {
    const { dynamo, catalog, asked } = openMocked();
    const item = (name: string) => ({ k: 'queue#0', s: name, v: '{}', n: 1 });
    dynamo.on(QueryCommand).resolves({});
    dynamo
      .on(QueryCommand, { ExpressionAttributeValues: { ':key': 'queue#0', ':from': ' ', ':to': '\uffff' } })
      .resolvesOnce({ Items: [item('a')], LastEvaluatedKey: { k: 'queue#0', s: 'a' } })
      .resolves({ Items: [item('b')] });

    const listed = await catalog.list('queue', { limit: 2 });

    expect(listed.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(asked()).toHaveLength(9);
    expect(asked()[8]).toMatchObject({ ExclusiveStartKey: { k: 'queue#0', s: 'a' } });
  });

  it('nothing when the list starts behind its prefix', async () => {
    const { catalog, asked } = openMocked();

    expect(await catalog.list('queue', { prefix: 'a', after: 'b', limit: 2 })).toEqual([]);
    expect(asked()).toEqual([]);
  });
});

describe('a write in DynamoCatalog', () => {
  it('is lost when the version is another, also after a throttle', async () => {
    const { dynamo, catalog } = openMocked();
    dynamo.on(PutCommand).rejectsOnce(throttle()).rejects(conditionFailed());
    dynamo.on(DeleteCommand).rejects(conditionFailed());

    expect(await catalog.tryPut('totals', NAME, EMPTY_TOTALS, 8)).toBe('lost');
    expect(await catalog.tryRemove('totals', NAME, 8)).toBe('lost');
  });

  it('throws when every try is throttled: it surely was not done', async () => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(PutCommand).rejects(throttle());
    dynamo.on(DeleteCommand).rejects(throttle());

    await expect(catalog.tryPut('totals', NAME, EMPTY_TOTALS, 8)).rejects.toMatchObject({ code: 'Throttled' });
    await expect(catalog.tryRemove('totals', NAME, 8)).rejects.toMatchObject({ code: 'Throttled' });
    expect(asked()).toHaveLength(10);
  });

  it.each(UNANSWERED)('is unclear after %s and is not repeated', async (_, failure) => {
    const { dynamo, catalog, asked } = openMocked();
    dynamo.on(PutCommand).rejects(failure());

    expect(await catalog.tryPut('totals', NAME, EMPTY_TOTALS, 8)).toBe('unclear');
    expect(asked()).toHaveLength(1);
  });

  it('reads again after an error of the server', async () => {
    const { dynamo, catalog } = openMocked();
    dynamo.on(GetCommand).rejectsOnce(serverError()).resolves({});

    expect(await catalog.get('totals', NAME)).toBeUndefined();
  });
});
