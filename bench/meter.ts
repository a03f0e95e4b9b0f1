import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DescribeTableCommand, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type TableSchema, UnitCounter } from './units.ts';

/** Usage of metered clients so far. */
export interface Usage {
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Requests to S3 priced as a PUT, lists included. */
  readonly objectPuts: number;
  /** Requests priced as a GET. Removals are free. */
  readonly objectGets: number;
  /** Bytes written. */
  readonly objectBytes: number;
  /** Answered requests, refusals included. */
  readonly calls: number;
}

/** A call for which the engine reports other units. */
export interface Mismatch {
  readonly operation: string;
  readonly counted: number;
  readonly reported: number;
}

/** Counts by the documented rules; the engine's report is only compared. */
export interface Meter {
  snapshot(): Usage;
  readonly mismatches: readonly Mismatch[];
}

/**
 * Meters all requests of these clients from now on. They must include every client that writes to their tables, and the
 * tables must be empty.
 */
export function meter(...clients: readonly (DynamoDBDocumentClient | S3Client)[]): Meter {
  const count = new Counts();
  for (const client of clients) {
    if (client instanceof S3Client) meterObjects(client, count);
    else meterTables(client, count);
  }
  return { snapshot: () => ({ ...count.usage }), mismatches: count.mismatches };
}

class Counts {
  readonly usage = { writeUnits: 0, readUnits: 0, objectPuts: 0, objectGets: 0, objectBytes: 0, calls: 0 };
  readonly mismatches: Mismatch[] = [];
  readonly units = new UnitCounter();
}

/** The innermost step, which sees each request in its wire form. */
const INNERMOST = { step: 'deserialize', priority: 'low', name: 'meter' } as const;

const OBJECT_PUTS = /^(Put|Copy|List|Create|Upload|Complete)/;
const OBJECT_GETS = /^(Get|Head)/;

function meterObjects(client: S3Client, { usage }: Counts): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        usage.calls += 1;
        if (OBJECT_PUTS.test(commandName)) usage.objectPuts += 1;
        if (commandName === 'PutObjectCommand')
          usage.objectBytes += Buffer.byteLength((args.input as { Body: Uint8Array | string }).Body);
        if (OBJECT_GETS.test(commandName)) usage.objectGets += 1;
        return result;
      },
    INNERMOST,
  );
}

/** Operations on whole tables cost no units. */
const UNBILLED = /Tables?$|TimeToLive$/;

function meterTables(client: DynamoDBDocumentClient, counts: Counts): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        // Only this read gives the size of an item after an update. It costs nothing.
        if (commandName === 'UpdateItemCommand') Object.assign(args.input, { ReturnValues: 'ALL_NEW' });
        return await next(args);
      },
    { step: 'initialize', name: 'meterUpdates' },
  );
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const operation = commandName.replace(/Command$/, '');
        if (UNBILLED.test(operation)) return await next(args);
        const request = JSON.parse(Buffer.from((args.request as { body: Uint8Array }).body).toString()) as NamesTables;
        await learnTables(client, counts.units, request);
        const result = await next(args);
        const response = result.response as { statusCode: number; body: Readable };
        const body = await buffer(response.body);
        response.body = Readable.from([body]);
        countAnswer({ operation, request, statusCode: response.statusCode, text: body.toString() }, counts);
        return result;
      },
    INNERMOST,
  );
}

interface NamesTables {
  readonly TableName?: string;
  readonly RequestItems?: object;
}

async function learnTables(
  client: DynamoDBDocumentClient,
  units: UnitCounter,
  { TableName, RequestItems }: NamesTables,
): Promise<void> {
  const names = TableName === undefined ? Object.keys(RequestItems ?? {}) : [TableName];
  for (const name of names) {
    if (!units.knows(name)) units.learn(name, await schemaOf(client, name));
  }
}

async function schemaOf(client: DynamoDBDocumentClient, TableName: string): Promise<TableSchema> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const names = (keys: readonly KeySchemaElement[] = []) => keys.flatMap(({ AttributeName }) => AttributeName ?? []);
  const indexes = [...(Table?.GlobalSecondaryIndexes ?? []), ...(Table?.LocalSecondaryIndexes ?? [])];
  return {
    keys: names(Table?.KeySchema),
    indexes: indexes.map(({ KeySchema, Projection }) => ({
      keys: names(KeySchema),
      projected: Projection?.ProjectionType === 'ALL' ? 'all' : (Projection?.NonKeyAttributes ?? []),
    })),
  };
}

interface Answered {
  readonly operation: string;
  readonly request: object;
  readonly statusCode: number;
  readonly text: string;
}

function countAnswer({ operation, request, statusCode, text }: Answered, { usage, mismatches, units }: Counts): void {
  usage.calls += 1;
  const isRefusal = statusCode === 400 && text.includes('ConditionalCheckFailedException');
  if (statusCode !== 200 && !isRefusal) return;
  const answer = JSON.parse(text) as { ConsumedCapacity?: Reported | Reported[] };
  const counted = units.count({ operation, request, ...(isRefusal ? {} : { answer }) });
  usage.readUnits += counted.read;
  usage.writeUnits += counted.write;
  if (isRefusal || answer.ConsumedCapacity === undefined) return;
  const total = counted.read + counted.write;
  const reported = [answer.ConsumedCapacity].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  // Test engines leave out the cost of indexes, and report nothing for an empty query.
  if (![total, total - counted.indexWrite, 0].includes(reported)) {
    mismatches.push({ operation, counted: total, reported });
  }
}

interface Reported {
  readonly CapacityUnits: number;
}
