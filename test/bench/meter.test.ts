import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Meter, meter } from '../../bench/meter.ts';
import { keyAfter, keyFrom } from '../../src/model/ids.ts';
import { DynamoShardStore } from '../../src/stores/dynamodb/dynamodb-shard-store.ts';
import { createTables, type Engine, startDynalite, type Tables } from '../stores/dynamodb/engines.ts';
import { highestRandom, ManualClock } from '../stores/dynamodb/ports.ts';
import { blockPlacement, leasedDelivery } from '../support/deliveries.ts';
import { at, freshKey, freshShard, freshText } from '../support/ids.ts';

describe('meter', () => {
  let engine: Engine;
  let tables: Tables;
  let metered: Meter;
  let before: ReturnType<Meter['snapshot']>;
  let TableName: string;
  let client: DynamoDBDocumentClient;
  beforeAll(async () => {
    engine = await startDynalite();
    tables = await createTables(engine.endpoint);
    ({ client, catalog: TableName } = tables);
    metered = meter(client);
  });
  afterAll(async () => {
    await tables.drop();
    await engine.stop();
  });
  beforeEach(() => {
    before = metered.snapshot();
  });

  const used = () => {
    const now = metered.snapshot();
    return { write: now.writeUnits - before.writeUnits, read: now.readUnits - before.readUnits };
  };
  const start = () => {
    before = metered.snapshot();
  };
  const TOTAL = { ReturnConsumedCapacity: 'TOTAL' } as const;
  const freshItemKey = () => ({ k: freshText(12), s: '-' });
  const put = async (item: object) => {
    await client.send(new PutCommand({ TableName, Item: item, ...TOTAL }));
    start();
  };
  const ofBytes = (bytes: number) => ({ b: new Uint8Array(bytes - 16) });

  it('counts a put by the larger of the item before and after it', async () => {
    const key = freshItemKey();

    await client.send(new PutCommand({ TableName, Item: { ...key, ...ofBytes(1_024) }, ...TOTAL }));
    expect(used()).toEqual({ write: 1, read: 0 });

    await client.send(new PutCommand({ TableName, Item: { ...key, ...ofBytes(1_025) }, ...TOTAL }));
    expect(used()).toEqual({ write: 1 + 2, read: 0 });

    await client.send(new PutCommand({ TableName, Item: key, ...TOTAL }));
    expect(used()).toEqual({ write: 1 + 2 + 2, read: 0 });
  });

  it('counts an update by the larger of the item before and after it, though only the engine knows that', async () => {
    const key = freshItemKey();
    await put({ ...key, ...ofBytes(1_020) });
    const update = (UpdateExpression: string, values: object) =>
      new UpdateCommand({ TableName, Key: key, UpdateExpression, ExpressionAttributeValues: { ...values }, ...TOTAL });

    await client.send(update('SET r=:r', { ':r': 'x'.repeat(10) }));
    expect(used()).toEqual({ write: 2, read: 0 });

    await client.send(update('SET r=:r', { ':r': 'x' }));
    expect(used()).toEqual({ write: 2 + 2, read: 0 });

    await client.send(update('SET r=:r', { ':r': 'y' }));
    expect(used()).toEqual({ write: 2 + 2 + 1, read: 0 });
  });

  it('counts a removal by what was there, one unit when nothing was', async () => {
    const key = freshItemKey();
    await put({ ...key, ...ofBytes(3_000) });

    await client.send(new DeleteCommand({ TableName, Key: key, ReturnValues: 'ALL_OLD', ...TOTAL }));
    expect(used()).toEqual({ write: 3, read: 0 });

    await client.send(new DeleteCommand({ TableName, Key: key, ...TOTAL }));
    expect(used()).toEqual({ write: 3 + 1, read: 0 });
  });

  it('counts a failed condition by what is there, or else by what was to be put', async () => {
    const [key, missing] = [freshItemKey(), freshItemKey()];
    await put({ ...key, ...ofBytes(3_000) });
    const isNew = { ConditionExpression: 'attribute_not_exists(k)' };
    const isThere = { ConditionExpression: 'attribute_exists(k)' };
    const refused = [
      client.send(new PutCommand({ TableName, Item: key, ...isNew })),
      client.send(new UpdateCommand({ TableName, Key: key, UpdateExpression: 'REMOVE b', ...isNew })),
      client.send(new DeleteCommand({ TableName, Key: key, ...isNew })),
      client.send(new PutCommand({ TableName, Item: { ...missing, ...ofBytes(2_000) }, ...isThere })),
      client.send(new DeleteCommand({ TableName, Key: missing, ...isThere })),
    ];

    const answers = await Promise.allSettled(refused);

    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    expect(used()).toEqual({ write: 3 + 3 + 3 + 2 + 1, read: 0 });
  });

  it('counts each item of a batch of writes by itself', async () => {
    const gone = freshItemKey();
    await put({ ...gone, ...ofBytes(2_500) });

    await client.send(
      new BatchWriteCommand({
        RequestItems: {
          [TableName]: [
            { PutRequest: { Item: { ...freshItemKey(), ...ofBytes(1_500) } } },
            { PutRequest: { Item: freshItemKey() } },
            { DeleteRequest: { Key: gone } },
          ],
        },
        ...TOTAL,
      }),
    );

    expect(used()).toEqual({ write: 2 + 1 + 3, read: 0 });
  });

  it('counts reads by 4 KB, half when they need not be consistent, a missing item like a small one', async () => {
    const key = freshItemKey();
    await put({ ...key, ...ofBytes(4_097) });
    const strong = { ...TOTAL, ConsistentRead: true };

    await client.send(new GetCommand({ TableName, Key: key, ...strong }));
    expect(used()).toEqual({ write: 0, read: 2 });

    await client.send(new GetCommand({ TableName, Key: key, ...TOTAL }));
    expect(used()).toEqual({ write: 0, read: 2 + 1 });

    const Keys = [key, freshItemKey(), freshItemKey()];
    await client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } }, ...TOTAL }));
    expect(used()).toEqual({ write: 0, read: 2 + 1 + 2 + 1 + 1 });
  });

  it('counts a query by all it found together, and an empty one like a small one', async () => {
    const { k } = freshItemKey();
    for (const s of ['1', '2', '3']) await put({ k, s, ...ofBytes(2_000) });
    const query = (key: string, isConsistent: boolean) =>
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'k=:k',
        ExpressionAttributeValues: { ':k': key },
        ConsistentRead: isConsistent,
        ...TOTAL,
      });

    await client.send(query(k, true));
    expect(used()).toEqual({ write: 0, read: 2 });

    await client.send(query(k, false));
    expect(used()).toEqual({ write: 0, read: 2 + 1 });

    await client.send(query('nobody', true));
    expect(used()).toEqual({ write: 0, read: 2 + 1 + 1 });
  });

  it('refuses to guess what a filtered query read', async () => {
    const filtered = new QueryCommand({
      TableName,
      KeyConditionExpression: 'k=:k',
      FilterExpression: 'attribute_exists(b)',
      ExpressionAttributeValues: { ':k': 'k' },
    });

    await expect(client.send(filtered)).rejects.toThrow('cannot be counted');
  });

  it('counts what an index costs: an entry put, changed, moved and removed', async () => {
    const indexed = `${TableName}-indexed`;
    await createIndexedTable(client, indexed);
    const key = freshItemKey();
    const setTo = (UpdateExpression: string, value: number) =>
      new UpdateCommand({ TableName: indexed, Key: key, UpdateExpression, ExpressionAttributeValues: { ':v': value } });
    const costs: number[] = [];
    for (const command of [
      new PutCommand({ TableName: indexed, Item: { ...key, ...ofBytes(1_500) } }),
      setTo('SET v=:v', 1),
      setTo('SET n=:v', 1),
      setTo('SET v=:v', 2),
      new DeleteCommand({ TableName: indexed, Key: key }),
    ]) {
      start();
      await client.send(command as PutCommand);
      costs.push(used().write);
    }

    expect(costs).toEqual([2, 2 + 2, 2 + 2, 2 + 4, 2 + 2]);
  });

  it('counts the life of a block of ten messages, from its put to its removal', async () => {
    const store = new DynamoShardStore({ client, clock: new ManualClock(), random: highestRandom }, tables.tableOf);
    const shard = freshShard();
    const sent = blockPlacement(shard, freshKey(0));
    const lease = leasedDelivery(freshKey(30_000));

    await store.put([sent]);
    expect(used()).toEqual({ write: 2, read: 0 });

    await store.list(shard, { from: keyFrom(at(0)), before: keyAfter(at(0)), limit: 10, isConsistent: true });
    await Promise.all([store.put([{ shard, delivery: lease }]), store.getBlocks([sent.block.id])]);
    await store.tryRemove(shard, sent.delivery.key, { edition: 0 });
    expect(used()).toEqual({ write: 2 + 2, read: 2 });

    await store.tryMark(shard, lease.key, { acked: [0] }, { notMoved: [0] });
    await store.tryRemove(shard, lease.key, { edition: 1 });
    await store.removeBlocks([sent.block.id]);
    expect(used()).toEqual({ write: 2 + 2 + 3, read: 2 });
  });

  it('agrees with the engine on every call that told what it used', () => {
    expect(metered.snapshot().calls).toBeGreaterThan(20);
    expect(metered.mismatches).toEqual([]);
  });
});

describe('meter of an S3 client', () => {
  it('counts requests by their price', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(request.url?.includes('missing') ? 404 : 200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const endpoint = `http://127.0.0.1:${port}`;
    const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
    const metered = meter(client);

    await client.send(new PutObjectCommand({ Bucket: 'archive', Key: 'one', Body: 'body' }));
    await client.send(new GetObjectCommand({ Bucket: 'archive', Key: 'one' }));
    await client.send(new GetObjectCommand({ Bucket: 'archive', Key: 'missing' })).catch(() => {});
    await client.send(new ListObjectsV2Command({ Bucket: 'archive' }));
    await client.send(new DeleteObjectCommand({ Bucket: 'archive', Key: 'one' }));

    expect(metered.snapshot()).toEqual({
      writeUnits: 0,
      readUnits: 0,
      objectPuts: 2,
      objectGets: 2,
      objectBytes: 4,
      calls: 5,
    });
    client.destroy();
    server.close();
  });
});

async function createIndexedTable(client: DynamoDBDocumentClient, TableName: string): Promise<void> {
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'k', AttributeType: 'S' },
        { AttributeName: 's', AttributeType: 'S' },
        { AttributeName: 'v', AttributeType: 'N' },
      ],
      KeySchema: [key('k', 'HASH'), key('s', 'RANGE')],
      GlobalSecondaryIndexes: [
        { IndexName: 'by-v', KeySchema: [key('k', 'HASH'), key('v', 'RANGE')], Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName });
}
