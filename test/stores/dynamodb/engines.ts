import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DeleteTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { type CellId, cellId } from '../../../src/model/ids.ts';
import { openDynamoClient } from '../../../src/stores/dynamodb/client.ts';
import { CATALOG_TABLE, CELL_TABLE, LEDGER_TABLE, type TableDefinition } from '../../../src/stores/dynamodb/keys.ts';
import { checked } from './checked-client.ts';

/** An engine with DynamoDB's protocol. */
export interface Engine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startDynalite(): Promise<Engine> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  // A busy machine must not close a connection at the moment that a client reuses it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A client with tables of its own, for the cells 0 and 1. */
export interface Tables {
  readonly client: DynamoDBDocumentClient;
  readonly tableOf: (cell: CellId) => string;
  readonly catalog: string;
  readonly ledger: string;
  drop(): Promise<void>;
}

export async function createTables(endpoint: string): Promise<Tables> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  // Without a time limit: an engine on a busy machine is slow, which these tests do not measure.
  const client = checked(openDynamoClient({ endpoint, credentials, region: 'us-east-1', requestHandler: {} }));
  const prefix = `rewindmq-${randomUUID()}`;
  const definitions = new Map<string, TableDefinition>([
    [`${prefix}-cell-${cellId(0)}`, CELL_TABLE],
    [`${prefix}-cell-${cellId(1)}`, CELL_TABLE],
    [`${prefix}-catalog`, CATALOG_TABLE],
    [`${prefix}-ledger`, LEDGER_TABLE],
  ]);
  await Promise.all([...definitions].map(([name, definition]) => createTable(client, name, definition)));
  return {
    client,
    tableOf: (cell) => `${prefix}-cell-${cell}`,
    catalog: `${prefix}-catalog`,
    ledger: `${prefix}-ledger`,
    drop: async () => {
      await Promise.all([...definitions.keys()].map((TableName) => client.send(new DeleteTableCommand({ TableName }))));
      client.destroy();
    },
  };
}

async function createTable(client: DynamoDBDocumentClient, name: string, definition: TableDefinition): Promise<void> {
  const { partitionKey, sortKey, isStreamed } = definition;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [partitionKey, sortKey].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: isStreamed
        ? { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }
        : { StreamEnabled: false },
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName: name });
}
