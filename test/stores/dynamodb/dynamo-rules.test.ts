import {
  BatchGetCommand,
  BatchWriteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cutAnswer } from './dynamo-rules.ts';
import { createTables, type Engine, startDynalite, type Tables } from './engines.ts';

let engine: Engine;
let tables: Tables;
beforeAll(async () => {
  engine = await startDynalite();
  tables = await createTables(engine.endpoint);
});
afterAll(async () => {
  await tables.drop();
  await engine.stop();
});

const KB = 1_024;
const item = (number: number, kilobytes = 0) => ({
  k: 'partition',
  s: String(number).padStart(3, '0'),
  b: new Uint8Array(kilobytes * KB),
});
const keyOf = ({ k, s }: { k: string; s: string }) => ({ k, s });
const items = (count: number, kilobytes = 0) => Array.from({ length: count }, (_, number) => item(number, kilobytes));

const put = (Item: Record<string, unknown>) => tables.client.send(new PutCommand({ TableName: tables.ledger, Item }));
const writeAll = (some: readonly { k: string; s: string }[]) => {
  const requests = some.map((Item) => ({ PutRequest: { Item } }));
  return tables.client.send(new BatchWriteCommand({ RequestItems: { [tables.ledger]: requests } }));
};
const readAll = (keys: { k: string; s: string }[]) =>
  tables.client.send(new BatchGetCommand({ RequestItems: { [tables.ledger]: { Keys: keys } } }));
const refused = (message: RegExp) => ({
  name: 'ValidationException',
  message: expect.stringMatching(message) as string,
});

describe('the rules of DynamoDB, before any double of it,', () => {
  it('refuse an item above 400 KB, put alone, in a batch or made by an update', async () => {
    await put(item(0, 399));
    const grow = new UpdateCommand({
      TableName: tables.ledger,
      Key: keyOf(item(0)),
      UpdateExpression: 'SET more=:more',
      ExpressionAttributeValues: { ':more': new Uint8Array(KB) },
      ReturnValues: 'ALL_NEW',
    });

    await expect(put(item(1, 400))).rejects.toMatchObject(refused(/size/u));
    await expect(writeAll([item(1, 400)])).rejects.toMatchObject(refused(/size/u));
    await expect(tables.client.send(grow)).rejects.toMatchObject(refused(/size/u));
  });

  it('refuse an expression above 4 KB', async () => {
    const condition = Array.from({ length: 220 }, (_, index) => `contains(m,:${index})`).join(' OR ');
    const command = new PutCommand({
      TableName: tables.ledger,
      Item: item(0),
      ConditionExpression: condition,
      ExpressionAttributeValues: Object.fromEntries(Array.from({ length: 220 }, (_, index) => [`:${index}`, index])),
    });

    await expect(tables.client.send(command)).rejects.toMatchObject(refused(/ConditionExpression.*4096/u));
  });

  it('refuse more than 25 writes or 100 reads in a batch', async () => {
    await writeAll(items(25));
    await readAll(items(100).map(keyOf));

    await expect(writeAll(items(26))).rejects.toMatchObject(refused(/26 writes/u));
    await expect(readAll(items(101).map(keyOf))).rejects.toMatchObject(refused(/101 reads/u));
  });

  it('refuse a key that is empty, and take other attributes that are', async () => {
    await put({ ...item(0), text: '' });

    await expect(put({ ...item(0), k: '' })).rejects.toMatchObject(refused(/empty string/u));
    await expect(put({ ...item(0), s: '' })).rejects.toMatchObject(refused(/empty string/u));
    const get = new GetCommand({ TableName: tables.ledger, Key: { k: 'partition', s: '' } });
    await expect(tables.client.send(get)).rejects.toMatchObject(refused(/empty string/u));
    await expect(readAll([{ k: '', s: '-' }])).rejects.toMatchObject(refused(/empty string/u));
  });

  it('refuse a key twice in a batch', async () => {
    await expect(writeAll([item(0), item(0)])).rejects.toMatchObject(refused(/duplicates/u));
    await expect(readAll([keyOf(item(0)), keyOf(item(0))])).rejects.toMatchObject(refused(/duplicates/u));
  });

  it('refuse a number of more than 38 digits', async () => {
    await put({ ...item(0), n: BigInt(`${'9'.repeat(38)}00`) });

    await expect(put({ ...item(0), n: BigInt('9'.repeat(39)) })).rejects.toMatchObject(refused(/38/u));
    await expect(put({ ...item(0), n: new Set([BigInt('9'.repeat(39))]) })).rejects.toMatchObject(refused(/38/u));
  });

  it('end a page at 1 MB', async () => {
    await writeAll(items(4, 300));
    const query = {
      TableName: tables.ledger,
      KeyConditionExpression: 'k=:k',
      ExpressionAttributeValues: { ':k': 'partition' },
      Limit: 5,
    };

    const first = await tables.client.send(new QueryCommand(query));

    expect(first.LastEvaluatedKey).toEqual(keyOf(item(3)));
    expect(first.Items).toHaveLength(4);
  });

  it('leave what exceeds 16 MB of a batch to another try', () => {
    const large = Array.from({ length: 50 }, (_, number) => ({
      k: { S: 'partition' },
      s: { S: String(number) },
      b: { B: Buffer.alloc(350 * KB).toString('base64') },
    }));
    const request = { RequestItems: { table: { Keys: large.map(({ k, s }) => ({ k, s })), ConsistentRead: true } } };

    const answer = cutAnswer(request, { Responses: { table: large } });

    expect(answer.Responses?.['table']).toEqual(large.slice(0, 47));
    const left = large.slice(47).map(({ k, s }) => ({ k, s }));
    expect(answer.UnprocessedKeys).toEqual({ table: { Keys: left, ConsistentRead: true } });
  });
});
