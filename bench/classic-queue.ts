import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../src/ports/clock.ts';
import type { Random } from '../src/ports/random.ts';
import type { WorkloadQueue } from './workloads.ts';

const TABLE = 'classic';
const INDEX = 'visible';
const VISIBILITY_MS = 30_000;
const WRITES_PER_CALL_MAX = 25;

export interface ClassicPorts {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A queue in the usual design on DynamoDB: an item for each message, and a keys-only index by the time at which it
 * becomes visible. A receive queries the index and moves each message's time by a conditional update, which fails if
 * another consumer was faster. A delete removes the item. Each of the three also writes to the index.
 */
export class ClassicQueue implements WorkloadQueue {
  readonly #ports: ClassicPorts;

  static async create(ports: ClassicPorts): Promise<ClassicQueue> {
    await ports.client.send(
      new CreateTableCommand({
        TableName: TABLE,
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'q', AttributeType: 'S' },
          { AttributeName: 'v', AttributeType: 'N' },
        ],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: INDEX,
            KeySchema: [
              { AttributeName: 'q', KeyType: 'HASH' },
              { AttributeName: 'v', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists(
      { client: ports.client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
      { TableName: TABLE },
    );
    return new ClassicQueue(ports);
  }

  private constructor(ports: ClassicPorts) {
    this.#ports = ports;
  }

  async send(bodies: readonly string[]): Promise<void> {
    const { client, clock, random } = this.#ports;
    const items = bodies.map((b) => ({ id: random.text(20), q: 'queue', v: clock.nowMs(), c: 0, b }));
    for (let start = 0; start < items.length; start += WRITES_PER_CALL_MAX) {
      const puts = items.slice(start, start + WRITES_PER_CALL_MAX).map((Item) => ({ PutRequest: { Item } }));
      await client.send(new BatchWriteCommand({ RequestItems: { [TABLE]: puts }, ReturnConsumedCapacity: 'TOTAL' }));
    }
  }

  async receive(max: number): Promise<readonly string[]> {
    const { client, clock } = this.#ports;
    const nowMs = clock.nowMs();
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: TABLE,
        IndexName: INDEX,
        KeyConditionExpression: 'q=:queue AND v<=:now',
        ExpressionAttributeValues: { ':queue': 'queue', ':now': nowMs },
        Limit: max,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    return await Promise.all(Items.map((item) => this.#claim(item as IndexEntry, nowMs + VISIBILITY_MS)));
  }

  async delete(receipts: readonly string[]): Promise<void> {
    const commands = receipts.map((receipt) => {
      const { id, v } = JSON.parse(receipt) as IndexEntry;
      return new DeleteCommand({
        TableName: TABLE,
        Key: { id },
        ConditionExpression: 'v=:leased',
        ExpressionAttributeValues: { ':leased': v },
        ReturnConsumedCapacity: 'TOTAL',
      });
    });
    await Promise.all(commands.map((command) => this.#ports.client.send(command)));
  }

  async #claim({ id, v }: IndexEntry, untilMs: number): Promise<string> {
    await this.#ports.client.send(
      new UpdateCommand({
        TableName: TABLE,
        Key: { id },
        UpdateExpression: 'SET v=:until ADD c :one',
        ConditionExpression: 'v=:seen',
        ExpressionAttributeValues: { ':until': untilMs, ':one': 1, ':seen': v },
        ReturnValues: 'ALL_NEW',
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    return JSON.stringify({ id, v: untilMs });
  }
}

interface IndexEntry {
  readonly id: string;
  /** When the message becomes visible. */
  readonly v: number;
}
