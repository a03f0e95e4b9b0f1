import { BatchWriteCommand, DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { DeliveryKey, ShardKey } from '../../../src/model/ids.ts';
import { encodeDelivery } from '../../../src/stores/dynamodb/delivery-items.ts';
import type { Item } from '../../../src/stores/dynamodb/items.ts';
import { DELIVERY } from '../../../src/stores/dynamodb/keys.ts';
import { blockPlacement, inlineDelivery } from '../../support/deliveries.ts';
import { openMocked } from './mocked.ts';

const SHARD = 'queue00001-----' as ShardKey;
const KEY = '-NjEtLV-delivery' as DeliveryKey;
const PLACEMENT = blockPlacement(SHARD, KEY);

interface Batch {
  readonly RequestItems: Readonly<Record<string, readonly { readonly PutRequest?: { readonly Item: Item } }[]>>;
}

/** The items of all puts, in the order of their requests. */
function putItems(asked: readonly unknown[]): Item[] {
  const writes = asked.flatMap((batch) => Object.values((batch as Batch).RequestItems).flat());
  return writes.map(({ PutRequest }) => PutRequest?.Item ?? {});
}

const isDelivery = (item: Item) => item['k'] === SHARD;

describe('the mark of a delivery that wakes a dispatcher, in DynamoDB', () => {
  it.each([
    [{ wakes: true }, [1]],
    [{ wakes: false }, [undefined]],
    [{}, [undefined]],
  ])('is written exactly when it is asked for: %j', async (asking, marks) => {
    const { dynamo, shards, asked } = openMocked();
    dynamo.on(BatchWriteCommand).resolves({});

    await shards.put([{ ...PLACEMENT, ...asking }]);

    const items = putItems(asked());
    expect(items.filter(isDelivery).map((item) => item[DELIVERY.wakes])).toEqual(marks);
    expect(items.filter((item) => !isDelivery(item)).map((item) => DELIVERY.wakes in item)).toEqual([false]);
  });

  it('stays with its own delivery in a batch, and in its repetition', async () => {
    const { dynamo, shards, asked } = openMocked();
    const other = inlineDelivery('-NjEtLV-another-' as DeliveryKey);
    const left = { 'cell---': [{ PutRequest: { Item: { k: SHARD, s: KEY } } }] };
    dynamo.on(BatchWriteCommand).resolvesOnce({ UnprocessedItems: left }).resolves({});

    await shards.put([
      { ...PLACEMENT, wakes: true },
      { shard: SHARD, delivery: other },
    ]);

    const marked = putItems(asked()).filter((item) => DELIVERY.wakes in item);
    expect(marked.map((item) => item['s'])).toEqual([KEY, KEY]);
  });

  it('changes nothing about the delivery that is read, and is in no change or removal', async () => {
    const { dynamo, shards, asked } = openMocked();
    const marked = { ...encodeDelivery(SHARD, PLACEMENT.delivery), [DELIVERY.wakes]: 1 };
    dynamo.on(UpdateCommand).resolves({ Attributes: marked });
    dynamo.on(DeleteCommand).resolves({});

    const read = await shards.tryMark(SHARD, KEY, { acked: [0] }, { edition: 1 });
    await shards.tryRemove(SHARD, KEY, { edition: 1 });

    expect(read).toEqual({ outcome: 'done', now: PLACEMENT.delivery });
    expect(JSON.stringify(asked())).not.toMatch(/"q"|\bq *=/);
  });
});
