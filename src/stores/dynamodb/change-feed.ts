import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { EpochMs } from '../../model/brand.ts';
import { DecodeError } from '../../model/bytes.ts';
import { type Change, sequence } from '../../model/change.ts';
import type { Delivery } from '../../model/delivery.ts';
import { type ShardKey, visibleAtMs } from '../../model/ids.ts';
import type { Telling } from '../../model/totals.ts';
import { decodeDelivery, isDeliveryItem, keyOfItem, shardOfItem } from './delivery-items.ts';
import { itemOfWire, type WireImage } from './items.ts';

/** A batch that Lambda gave up, as stored in the bucket. An operator invokes the archiver with the object unchanged. */
interface GivenUpBatch {
  readonly payload: DynamoDBStreamEvent | string;
}

export type GivenBatch = DynamoDBStreamEvent | GivenUpBatch;

/** The changes of a batch, and how they arrive. @throws DecodeError when one of its records is damaged. */
export function changesOfBatch(batch: GivenBatch): { changes: Change[]; telling: Telling } {
  const isReplay = 'payload' in batch;
  const { Records: records } = isReplay ? eventOf(batch) : batch;
  return {
    changes: records.flatMap((record) => changeOfRecord(record) ?? []),
    telling: isReplay ? 'replay' : 'inOrder',
  };
}

const eventOf = ({ payload }: GivenUpBatch): DynamoDBStreamEvent =>
  typeof payload === 'string' ? (JSON.parse(payload) as DynamoDBStreamEvent) : payload;

/**
 * The change in a record of a cell's stream; `undefined` for a block's record.
 *
 * The change's time comes from the stream: whole seconds, rounded down.
 *
 * @throws DecodeError when the record or a delivery in it is damaged.
 */
export function changeOfRecord({ dynamodb: record }: DynamoDBRecord): Change | undefined {
  if (record?.Keys === undefined || record.SequenceNumber === undefined) throw new DecodeError('a record has no key');
  const key = itemOfWire(record.Keys);
  if (!isDeliveryItem(key)) return undefined;
  const before = deliveryOf(record.OldImage);
  const after = deliveryOf(record.NewImage);
  return {
    shard: shardOfItem(key),
    sequence: sequence(record.SequenceNumber),
    atMs: Math.round((record.ApproximateCreationDateTime ?? 0) * 1_000) as EpochMs,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** Where deliveries were put, and when they become visible, by records that the filter of the waker let through. */
export const arrivalsIn = ({ Records }: DynamoDBStreamEvent): { shard: ShardKey; visibleAtMs: EpochMs }[] =>
  Records.filter(({ eventName }) => eventName === 'INSERT').map(({ dynamodb }) => {
    const item = itemOfWire(dynamodb?.Keys ?? {});
    return { shard: shardOfItem(item), visibleAtMs: visibleAtMs(keyOfItem(item)) };
  });

const deliveryOf = (image: WireImage | undefined): Delivery | undefined =>
  image === undefined ? undefined : decodeDelivery(itemOfWire(image));
