import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/model/bytes.ts';
import { newDelivery } from '../../../src/model/delivery.ts';
import type { BlockId, DeliveryKey, ShardKey } from '../../../src/model/ids.ts';
import { freshShard } from '../../support/ids.ts';
import { conditionFailed, invalidRequest, serverError, throttle, timeout, UNANSWERED } from './answers.ts';
import { openMocked } from './mocked.ts';

const SHARD = 'queue00001-----' as ShardKey;
const KEY = '-NjEtLV-delivery' as DeliveryKey;
const BARE = newDelivery(KEY, 0, { parts: [] });
const BLOCK = '-NjEtLV-packed01--' as BlockId;
const WHOLE = { from: '-' as DeliveryKey, before: 'zzz' as DeliveryKey, limit: 10, isConsistent: true };

describe('a conditional step in DynamoDB', () => {
  it('answers a failed condition with the delivery as it stands', async () => {
    const { dynamo, shards } = openMocked();
    const image = { k: { S: SHARD }, s: { S: KEY }, e: { N: '2' }, m: { NS: ['3', '1'] }, b: { B: Uint8Array.of(9) } };
    dynamo.on(DeleteCommand).rejects(conditionFailed(image));

    const refused = await shards.tryRemove(SHARD, KEY, { edition: 1 });

    const now = { ...BARE, edition: 2, moved: new Set([1, 3]), payload: Uint8Array.of(9) };
    expect(refused).toEqual({ outcome: 'refused', now });
  });

  it('reads again when a failed condition does not show the delivery', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(UpdateCommand).rejects(conditionFailed());
    dynamo.on(GetCommand).resolves({ Item: { k: SHARD, s: KEY, e: 4 } });

    const refused = await shards.tryMark(SHARD, KEY, { acked: [1] }, { edition: 1 });

    expect(refused).toEqual({ outcome: 'refused', now: { ...BARE, edition: 4 } });
  });

  it('calls a delivery gone when that read does not find it either', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(UpdateCommand).rejects(conditionFailed());
    dynamo.on(GetCommand).resolves({});

    const refused = await shards.tryMark(SHARD, KEY, { acked: [1] }, { edition: 1 });

    expect(refused).toEqual({ outcome: 'refused' });
  });

  it('is unclear when that read fails: gone is never guessed', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(DeleteCommand).rejects(conditionFailed());
    dynamo.on(GetCommand).rejects(timeout());

    expect(await shards.tryRemove(SHARD, KEY, {})).toEqual({ outcome: 'unclear' });
  });

  it.each(UNANSWERED)('is unclear after %s and is not repeated', async (_, failure) => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(DeleteCommand).rejects(failure());

    expect(await shards.tryRemove(SHARD, KEY, {})).toEqual({ outcome: 'unclear' });
    expect(asked()).toHaveLength(1);
  });

  it('is repeated after a throttle, which surely changed nothing, and its refusal is then still clean', async () => {
    const { dynamo, shards, asked, clock } = openMocked();
    const image = { k: { S: SHARD }, s: { S: KEY } };
    dynamo.on(DeleteCommand).rejectsOnce(throttle()).rejectsOnce(throttle()).rejects(conditionFailed(image));

    expect(await shards.tryRemove(SHARD, KEY, { edition: 1 })).toEqual({ outcome: 'refused', now: BARE });
    expect(asked()).toHaveLength(3);
    expect(clock.sleptMs).toEqual([50, 100]);
  });

  it('is throttled, and surely not done, after five throttles', async () => {
    const { dynamo, shards, asked, clock } = openMocked();
    dynamo.on(DeleteCommand).rejects(throttle());

    expect(await shards.tryRemove(SHARD, KEY, {})).toEqual({ outcome: 'throttled' });
    expect(asked()).toHaveLength(5);
    expect(clock.sleptMs).toEqual([50, 100, 200, 400]);
  });

  it('begins no try later than a second after the first', async () => {
    const { dynamo, shards, asked, clock } = openMocked();
    dynamo.on(DeleteCommand).callsFake(() => {
      clock.advance(600);
      throw throttle();
    });

    expect(await shards.tryRemove(SHARD, KEY, {})).toEqual({ outcome: 'throttled' });
    expect(asked()).toHaveLength(2);
  });

  it('throws what DynamoDB finds wrong with the request: that is a defect', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(UpdateCommand).rejects(invalidRequest());

    await expect(shards.tryMark(SHARD, KEY, {}, {})).rejects.toThrow('what?');
  });

  it('is unclear when the answer cannot be decoded, and says so', async () => {
    const { dynamo, shards, told } = openMocked();
    dynamo.on(UpdateCommand).resolves({ Attributes: { k: SHARD, s: KEY, p: 'no bytes' } });

    dynamo.on(DeleteCommand).rejects(conditionFailed({ k: { S: SHARD }, s: { S: KEY }, p: { BOOL: true } }));

    expect(await shards.tryMark(SHARD, KEY, {}, {})).toEqual({ outcome: 'unclear' });
    expect(await shards.tryRemove(SHARD, KEY, {})).toEqual({ outcome: 'unclear' });
    expect(told.unreadable).toEqual([
      [SHARD, KEY, expect.any(DecodeError)],
      [SHARD, KEY, expect.any(DecodeError)],
    ]);
  });
});

describe('a condition about more messages than DynamoDB takes in an expression', () => {
  const outstanding = [...Array(100).keys()];

  it('is checked on what a read shows, and the step names the edition read', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(GetCommand).resolves({ Item: { k: SHARD, s: KEY, e: 6 } });
    dynamo.on(DeleteCommand).resolves({});

    expect(await shards.tryRemove(SHARD, KEY, { outstanding, notMoved: [3] })).toEqual({ outcome: 'done' });
    expect(asked()[1]).toMatchObject({
      ConditionExpression: 'attribute_exists(k) AND e=:edition',
      ExpressionAttributeValues: { ':edition': 6 },
    });
  });

  it.each([
    ['acked', { a: new Set([99]) }],
    ['moved', { m: new Set([0]) }],
    ['changed since the edition named', { e: 2 }],
  ])('refuses without a write when a message is %s', async (_, marks) => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(GetCommand).resolves({ Item: { k: SHARD, s: KEY, e: 1, ...marks } });

    const refused = await shards.tryRemove(SHARD, KEY, { outstanding, edition: 1 });

    expect(refused.outcome).toBe('refused');
    expect(refused).toHaveProperty('now.key', KEY);
    expect(asked()).toHaveLength(1);
  });

  it('refuses a delivery that is gone', async () => {
    const { dynamo, shards } = openMocked();
    dynamo.on(GetCommand).resolves({});

    expect(await shards.tryRemove(SHARD, KEY, { outstanding })).toEqual({ outcome: 'refused' });
  });

  it('looks again when the delivery changed in between, and in the end is unclear', async () => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(GetCommand).resolves({ Item: { k: SHARD, s: KEY, e: 1 } });
    dynamo.on(DeleteCommand).rejects(conditionFailed({ k: { S: SHARD }, s: { S: KEY }, e: { N: '2' } }));

    expect(await shards.tryRemove(SHARD, KEY, { outstanding })).toEqual({ outcome: 'unclear' });
    expect(asked()).toHaveLength(6);
  });
});

describe('the observer of a DynamoDB store', () => {
  it('learns what each call used', async () => {
    const { dynamo, shards, told } = openMocked();
    dynamo.on(QueryCommand).resolves({ ConsumedCapacity: { CapacityUnits: 1.5 } });
    dynamo.on(DeleteCommand).resolves({ ConsumedCapacity: { CapacityUnits: 2 } });
    dynamo.on(BatchGetCommand).resolves({ ConsumedCapacity: [{ CapacityUnits: 3 }] });

    await shards.list(SHARD, WHOLE);
    await shards.tryRemove(SHARD, KEY, {});
    await shards.getBlocks([BLOCK]);

    expect(told.capacities).toEqual([
      { table: 'cell---', shard: SHARD, readUnits: 1.5, writeUnits: 0 },
      { table: 'cell---', shard: SHARD, readUnits: 0, writeUnits: 2 },
      { table: 'cell---', shard: undefined, readUnits: 3, writeUnits: 0 },
    ]);
  });

  it('learns which units of a batch heat which shard: a delivery one, a block none', async () => {
    const { dynamo, shards, told } = openMocked();
    dynamo.on(BatchWriteCommand).resolves({ ConsumedCapacity: [{ CapacityUnits: 7 }] });
    const other = freshShard();
    const delivery = newDelivery(KEY, 0, { parts: [] });
    const block = { id: BLOCK, messageCount: 1, payload: new Uint8Array(3_000) };

    await shards.put([
      { shard: SHARD, delivery, block },
      { shard: other, delivery },
    ]);

    expect(told.capacities).toEqual([
      { table: 'cell---', shard: SHARD, readUnits: 0, writeUnits: 1 },
      { table: 'cell---', shard: other, readUnits: 0, writeUnits: 1 },
      { table: 'cell---', shard: undefined, readUnits: 0, writeUnits: 5 },
    ]);
  });

  it('learns of calls without an answer', async () => {
    const { dynamo, shards, told } = openMocked();
    dynamo.on(DeleteCommand).rejects(serverError());

    await shards.tryRemove(SHARD, KEY, {});

    expect(told.silences).toEqual([{ table: 'cell---' }]);
  });

  it.each([
    [
      'the reason DynamoDB gives',
      throttle('TableWriteKeyRangeThroughputExceeded'),
      'TableWriteKeyRangeThroughputExceeded',
    ],
    ['the kind of error when it gives none', throttle(), 'ProvisionedThroughputExceededException'],
  ])('learns of a throttle by %s', async (_, error, reason) => {
    const { dynamo, shards, told } = openMocked();
    dynamo.on(DeleteCommand).rejectsOnce(error).resolves({});

    await shards.tryRemove(SHARD, KEY, {});

    expect(told.throttles).toEqual([{ table: 'cell---', shard: SHARD, reason }]);
  });
});
