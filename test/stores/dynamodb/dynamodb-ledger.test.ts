import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { BlockId, DeliveryKey, ShardKey } from '../../../src/model/ids.ts';
import { at } from '../../support/ids.ts';
import { serverError, throttle } from './answers.ts';
import { openMocked } from './mocked.ts';

const SHARD = 'queue00001-----' as ShardKey;
const FROM = '-NjEtLV-delivery' as DeliveryKey;
const TO = '-NjEtLVxdelivery' as DeliveryKey;
const BLOCK = '-NjEtLV-packed01--' as BlockId;
const REDIRECT = { k: SHARD + FROM, s: 'redirect' };
const PROGRESS = { k: BLOCK, s: 'progress' };
const START_SECONDS = 1_700_000_000;

describe('DynamoLedger asks DynamoDB', () => {
  it('to note where messages went, in an item that leaves after its time, in whole seconds', async () => {
    const { dynamo, ledger, asked } = openMocked();
    dynamo.on(UpdateCommand).resolves({});

    await ledger.addRedirect(SHARD, FROM, new Map([[3, { key: TO, index: 1 }]]), at(1));

    expect(asked()).toEqual([
      {
        TableName: 'ledger',
        Key: REDIRECT,
        UpdateExpression: 'SET t=:t,w3=:w3',
        ExpressionAttributeValues: { ':t': START_SECONDS + 1, ':w3': `${TO}-0` },
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('for a redirect, consistently', async () => {
    const { dynamo, ledger, asked } = openMocked();
    dynamo.on(GetCommand).resolves({ Item: { ...REDIRECT, w3: `${TO}-0`, t: START_SECONDS + 1 } });

    expect(await ledger.redirect(SHARD, FROM)).toEqual(new Map([[3, { key: TO, index: 1 }]]));
    expect(asked()).toEqual([
      { TableName: 'ledger', Key: REDIRECT, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' },
    ]);
  });

  it('to add to the progress of a block', async () => {
    const { dynamo, ledger, asked } = openMocked();
    dynamo.on(UpdateCommand).resolves({ Attributes: { ...PROGRESS, m: new Set([1, 2, 3]) } });

    expect(await ledger.addProgress(BLOCK, [1, 2])).toEqual(new Set([1, 2, 3]));
    expect(asked()).toEqual([
      {
        TableName: 'ledger',
        Key: PROGRESS,
        UpdateExpression: 'ADD m :indexes',
        ExpressionAttributeValues: { ':indexes': new Set([1, 2]) },
        ReturnValues: 'ALL_NEW',
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });

  it('to let the progress of a finished block leave with its last messages', async () => {
    const { dynamo, ledger, asked } = openMocked();
    dynamo.on(UpdateCommand).resolves({ Attributes: { m: new Set([0, 1]) } });

    await ledger.addProgress(BLOCK, [1], at(2_000));

    expect(asked()).toEqual([
      {
        TableName: 'ledger',
        Key: PROGRESS,
        UpdateExpression: 'ADD m :indexes SET t=:until',
        ExpressionAttributeValues: { ':indexes': new Set([1]), ':until': START_SECONDS + 2 },
        ReturnValues: 'ALL_NEW',
        ReturnConsumedCapacity: 'TOTAL',
      },
    ]);
  });
});

describe('the ledger in DynamoDB', () => {
  it('does not show what should have left already: DynamoDB takes up to two days', async () => {
    const { dynamo, ledger, clock } = openMocked();
    dynamo.on(GetCommand, { Key: REDIRECT }).resolves({ Item: { ...REDIRECT, w3: `${TO}-0`, t: START_SECONDS + 10 } });
    dynamo
      .on(GetCommand, { Key: PROGRESS })
      .resolves({ Item: { ...PROGRESS, m: new Set([1]), t: START_SECONDS + 10 } });

    clock.advance(9_999);
    const before = [await ledger.redirect(SHARD, FROM), await ledger.progress(BLOCK)];
    clock.advance(1);
    const after = [await ledger.redirect(SHARD, FROM), await ledger.progress(BLOCK)];

    expect(before).toEqual([new Map([[3, { key: TO, index: 1 }]]), new Set([1])]);
    expect(after).toEqual([new Map(), new Set()]);
  });

  it('repeats every step after a throttle or an error of the server: the same again changes nothing', async () => {
    const { dynamo, ledger } = openMocked();
    dynamo
      .on(UpdateCommand)
      .rejectsOnce(serverError())
      .resolvesOnce({})
      .rejectsOnce(throttle())
      .resolves({ Attributes: { m: new Set([1]) } });

    await ledger.addRedirect(SHARD, FROM, new Map([[3, { key: TO, index: 1 }]]), at(0));

    expect(await ledger.addProgress(BLOCK, [1])).toEqual(new Set([1]));
  });

  it('refuses to go on while DynamoDB does not answer', async () => {
    const { dynamo, ledger } = openMocked();
    dynamo.on(UpdateCommand).rejects(serverError());

    await expect(ledger.addProgress(BLOCK, [1])).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
