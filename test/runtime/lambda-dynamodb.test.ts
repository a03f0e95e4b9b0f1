import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as sdkTables from '@aws-sdk/client-dynamodb';
import * as sdkItems from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as own from '../../src/runtime/lambda-dynamodb.ts';
import { openDynamoClient } from '../../src/stores/dynamodb/client.ts';
import { itemOfWire, type WireImage } from '../../src/stores/dynamodb/items.ts';

interface Asked {
  readonly target: string | undefined;
  readonly type: string | undefined;
  readonly body: unknown;
}

type Scripted = readonly [status: number, body: string] | 'hangsUp';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'KEYOFTHEFUNCTION');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});

/** DynamoDB with one answer to every request, and both clients of it. */
async function given(answer: Scripted) {
  const asked: Asked[] = [];
  const answerOne = async (request: IncomingMessage, response: ServerResponse) => {
    const { 'x-amz-target': target, 'content-type': type } = request.headers;
    asked.push({ target: String(target), type, body: JSON.parse(await text(request)) as unknown });
    if (answer === 'hangsUp') response.destroy();
    else response.writeHead(answer[0], { 'content-type': 'application/x-amz-json-1.0' }).end(answer[1]);
  };
  const server = createServer((request, response) => void answerOne(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint);
  const sdk = openDynamoClient({ endpoint, region: 'us-east-1' });
  closing.push(() => {
    sdk.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { asked, sdk, client: new own.DynamoDBClient({ maxAttempts: 1, requestHandler: {} }) };
}

const PREFIX = 'com.amazonaws.dynamodb.v20120810#';
const KEY = { shard: 'sa', key: 'k1' };
const ITEM = { ...KEY, count: 3, time: 1.5, negative: -7, big: 9_007_199_254_740_991, set: new Set([1, 2]) };
const BYTES = Uint8Array.of(0, 1, 254, 255);
const VALUES = {
  ExpressionAttributeNames: { '#k': 'shard' },
  ExpressionAttributeValues: { ':n': 4, ':text': 'ü"\\', ':bytes': BYTES, ':set': new Set([7]) },
};
const CONDITION = { ...VALUES, ConditionExpression: 'attribute_not_exists(#k)' };
const WIRE = { shard: { S: 'sa' }, key: { S: 'k1' }, n: { N: '12.5' }, b: { B: 'AAH+/w==' }, s: { NS: ['1', '2'] } };
const USED = { TableName: 't', CapacityUnits: 1.5 };

const OWN_COMMANDS = { ...own };

/** Each command that a store sends, with an answer to it. */
const COMMANDS = [
  [
    'Get',
    sdkItems.GetCommand,
    { Key: KEY, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' },
    { Item: WIRE, ConsumedCapacity: USED },
  ],
  ['Get', sdkItems.GetCommand, { Key: KEY }, {}],
  ['Put', sdkItems.PutCommand, { Item: { ...ITEM, bytes: BYTES }, ...CONDITION }, { ConsumedCapacity: USED }],
  ['Update', sdkItems.UpdateCommand, { Key: KEY, UpdateExpression: 'SET n=:n', ...CONDITION }, { Attributes: WIRE }],
  ['Delete', sdkItems.DeleteCommand, { Key: KEY, ...CONDITION }, {}],
  [
    'Query',
    sdkItems.QueryCommand,
    { KeyConditionExpression: 'a=:n', ...VALUES, ExclusiveStartKey: KEY, Limit: 5 },
    { Items: [WIRE, WIRE], Count: 2, LastEvaluatedKey: { shard: { S: 'sa' } } },
  ],
  ['Scan', sdkItems.ScanCommand, { Limit: 1, ConsistentRead: true }, { Items: [], Count: 0 }],
  [
    'BatchGet',
    sdkItems.BatchGetCommand,
    { RequestItems: { t: { Keys: [KEY, { ...KEY, key: 'k2' }], ConsistentRead: true } } },
    { Responses: { t: [WIRE] }, UnprocessedKeys: { t: { Keys: [{ shard: { S: 'x' } }], ConsistentRead: true } } },
  ],
  [
    'BatchWrite',
    sdkItems.BatchWriteCommand,
    { RequestItems: { t: [{ PutRequest: { Item: ITEM } }, { DeleteRequest: { Key: KEY } }] } },
    {
      UnprocessedItems: { t: [{ PutRequest: { Item: WIRE } }, { DeleteRequest: { Key: { shard: { S: 'x' } } } }] },
      ConsumedCapacity: [USED],
    },
  ],
  [
    'DescribeTable',
    sdkTables.DescribeTableCommand,
    {},
    {
      Table: {
        TableName: 't',
        WarmThroughput: { WriteUnitsPerSecond: 4_000 },
        KeySchema: [{ AttributeName: 'shard' }],
      },
    },
  ],
  ['UpdateTable', sdkTables.UpdateTableCommand, { WarmThroughput: { WriteUnitsPerSecond: 9_000 } }, {}],
] as const;

describe("the functions' client of DynamoDB", () => {
  it.each(COMMANDS)('asks and reads as the SDK does: %s', async (name, SdkCommand, input, answer) => {
    const { asked, sdk, client } = await given([200, JSON.stringify(answer)]);
    const whole = { ...(name.startsWith('Batch') ? {} : { TableName: 't' }), ...input };
    const OwnCommand = OWN_COMMANDS[`${name}Command`];

    const { $metadata, ...expected } = (await sdk.send(
      new (SdkCommand as AnyCommand)(whole) as sdkItems.GetCommand,
    )) as Answer;
    const read = await client.send(new OwnCommand(whole));

    expect($metadata).toBeDefined();
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
    expect(read).toEqual(expected);
  });

  it.each([
    [
      'a condition that does not hold',
      400,
      { __type: `${PREFIX}ConditionalCheckFailedException`, message: 'no', Item: WIRE },
    ],
    [
      'a throttle',
      400,
      {
        __type: `${PREFIX}ThrottlingException`,
        message: 'slow down',
        throttlingReasons: [{ reason: 'TableWriteKeyRangeThroughputExceeded', resource: 'arn' }],
      },
    ],
    ['an invalid request', 400, { __type: 'com.amazon.coral.validate#ValidationException', message: 'wrong' }],
    ['a failure of the service', 500, { __type: `${PREFIX}InternalServerError`, message: 'sorry' }],
  ])('refuses as the SDK does: %s', async (_, status, body) => {
    const { sdk, client } = await given([status, JSON.stringify(body)]);

    const expected = await failureOf(sdk.send(new sdkItems.GetCommand({ TableName: 't', Key: KEY })));
    const failure = await failureOf(client.send(new own.GetCommand({ TableName: 't', Key: KEY })));

    expect(failure).toBeInstanceOf(own.DynamoDBServiceException);
    expect(told(failure)).toEqual(told(expected));
  });

  it('leaves open what became of a request without a readable answer', async () => {
    const silent = await given('hangsUp');
    const strange = await given([502, '<html>']);
    const get = new own.GetCommand({ TableName: 't', Key: KEY });

    await expect(silent.client.send(get)).rejects.not.toBeInstanceOf(own.DynamoDBServiceException);
    await expect(strange.client.send(get)).rejects.toMatchObject({ $fault: 'server' });
  });

  it('leaves attributes of other types to the decoder of the item', async () => {
    const { client } = await given([200, JSON.stringify({ Items: [{ ...WIRE, flag: { BOOL: true } }] })]);

    const { Items } = await client.send(new own.QueryCommand({ TableName: 't' }));

    expect(Items).toEqual([{ ...itemOfWire(WIRE), flag: { BOOL: true } }]);
  });
});

type AnyCommand = new (input: object) => unknown;
type Answer = Readonly<Record<string, unknown>>;

const failureOf = async (sent: Promise<unknown>): Promise<Failure> => {
  try {
    await sent;
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it was not refused');
};

interface Failure extends Error {
  readonly $fault?: string;
  readonly Item?: WireImage;
  readonly throttlingReasons?: unknown;
}

/** What the stores read of a refusal. */
const told = ({ name, message, $fault, Item, throttlingReasons }: Failure) => ({
  name,
  message,
  $fault,
  throttlingReasons,
  item: Item === undefined ? undefined : itemOfWire(Item),
});
