import { DescribeTableCommand, ResourceInUseException, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { cellId } from '../../../src/model/ids.ts';
import { openDynamoClient } from '../../../src/stores/dynamodb/client.ts';
import { DynamoCellTables } from '../../../src/stores/dynamodb/dynamodb-cell-tables.ts';
import { invalidRequest, timeout } from './answers.ts';

function openTables() {
  const client = openDynamoClient({ region: 'us-east-1' });
  return { dynamo: mockClient(client), tables: new DynamoCellTables(client, (cell) => `cell-${cell}`) };
}

describe('the tables of cells in DynamoDB', () => {
  it.each([
    ['what they are warmed to', { WarmThroughput: { WriteUnitsPerSecond: 12_000 } }, 12_000],
    ['what a new table takes, where that is not told', {}, 4_000],
    [
      'a ceiling that was set',
      { WarmThroughput: { WriteUnitsPerSecond: 12_000 }, OnDemandThroughput: { MaxWriteRequestUnits: 5_000 } },
      5_000,
    ],
    [
      'no ceiling where it was lifted',
      { WarmThroughput: { WriteUnitsPerSecond: 12_000 }, OnDemandThroughput: { MaxWriteRequestUnits: -1 } },
      12_000,
    ],
  ])('take %s', async (_, table, units) => {
    const { dynamo, tables } = openTables();
    dynamo.on(DescribeTableCommand, { TableName: 'cell---' }).resolves({ Table: table });

    expect(await tables.writeUnitsMax(cellId(0))).toBe(units);
  });

  it('are asked to be warm', async () => {
    const { dynamo, tables } = openTables();
    dynamo.on(UpdateTableCommand).resolves({});

    await tables.warm(cellId(0), 20_000);

    expect(dynamo.calls().map(({ args }) => args[0].input)).toEqual([
      { TableName: 'cell---', WarmThroughput: { WriteUnitsPerSecond: 20_000 } },
    ]);
  });

  it('may be at it already', async () => {
    const { dynamo, tables } = openTables();
    dynamo.on(UpdateTableCommand).rejects(new ResourceInUseException({ message: 'updating', $metadata: {} }));

    await expect(tables.warm(cellId(0), 20_000)).resolves.toBeUndefined();
  });

  it.each([
    ['are empty when a look finds nothing and has nowhere to go on', { Items: [] }, true],
    ['are not while it finds something', { Items: [{ k: 'a', s: 'b' }] }, false],
    ['are not known to be while there is more to look at', { Items: [], LastEvaluatedKey: { k: 'a', s: 'b' } }, false],
  ])('%s', async (_, page, isEmpty) => {
    const { dynamo, tables } = openTables();
    dynamo.on(ScanCommand, { TableName: 'cell---', Limit: 1, ConsistentRead: true }).resolves(page);

    expect(await tables.isEmpty(cellId(0))).toBe(isEmpty);
  });

  it('tell a problem as every store does', async () => {
    const { dynamo, tables } = openTables();
    dynamo.on(DescribeTableCommand).rejects(timeout());
    dynamo.on(UpdateTableCommand).rejects(invalidRequest());

    await expect(tables.writeUnitsMax(cellId(0))).rejects.toMatchObject({ code: 'Unavailable' });
    dynamo.on(ScanCommand).rejects(timeout());
    await expect(tables.isEmpty(cellId(0))).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(tables.warm(cellId(0), 20_000)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
