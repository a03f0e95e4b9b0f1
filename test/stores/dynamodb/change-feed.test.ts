import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/model/bytes.ts';
import type { BlockId } from '../../../src/model/ids.ts';
import { encodeBlock } from '../../../src/stores/dynamodb/block-items.ts';
import { changeOfRecord, changesOfBatch } from '../../../src/stores/dynamodb/change-feed.ts';
import { encodeDelivery } from '../../../src/stores/dynamodb/delivery-items.ts';
import type { Item } from '../../../src/stores/dynamodb/items.ts';
import { bytes, fullDelivery, inlineDelivery } from '../../support/deliveries.ts';
import { at, freshKey, freshShard } from '../../support/ids.ts';
import { imageOf } from './images.ts';

const record = (item: Item, images: { old?: Item; new?: Item }): DynamoDBRecord => ({
  eventID: 'c4ca4238a0b923820dcc509a6f75849b',
  eventName: images.old === undefined ? 'INSERT' : images.new === undefined ? 'REMOVE' : 'MODIFY',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-1',
  eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/cell/stream/2026-11-22T00:00:00.000',
  dynamodb: {
    ApproximateCreationDateTime: 1_700_000_007,
    Keys: imageOf({ k: item['k'] ?? '', s: item['s'] ?? '' }),
    ...(images.old === undefined ? {} : { OldImage: imageOf(images.old) }),
    ...(images.new === undefined ? {} : { NewImage: imageOf(images.new) }),
    SequenceNumber: '4421584500000000017450439091',
    SizeBytes: 26,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
});

describe('changeOfRecord', () => {
  const shard = freshShard();
  const full = fullDelivery(freshKey(0));
  const common = { shard, sequence: '4421584500000000017450439091'.padStart(40, '0'), atMs: at(7_000) };

  it('reads a put, with every field of the delivery', () => {
    const item = encodeDelivery(shard, full);

    expect(changeOfRecord(record(item, { new: item }))).toEqual({ ...common, after: full });
  });

  it('reads a change in place', () => {
    const before = inlineDelivery(full.key, 3);
    const after = { ...before, edition: 1, acked: new Set([2]) };
    const [old, changed] = [encodeDelivery(shard, before), encodeDelivery(shard, after)];

    expect(changeOfRecord(record(old, { old, new: changed }))).toEqual({ ...common, before, after });
  });

  it('reads a removal, and no delivery after it', () => {
    const item = encodeDelivery(shard, full);

    const change = changeOfRecord(record(item, { old: item }));

    expect(change).toEqual({ ...common, before: full });
    expect(change).not.toHaveProperty('after');
  });

  it('has nothing to say about blocks', () => {
    const item = encodeBlock({ id: '-NjEtLV-packed01--' as BlockId, messageCount: 1, payload: bytes('one') });

    expect(changeOfRecord(record(item, { new: item }))).toBeUndefined();
    expect(changeOfRecord(record(item, { old: item }))).toBeUndefined();
  });

  it('refuses a damaged delivery and a record without a key', () => {
    const item = encodeDelivery(shard, full);

    expect(() => changeOfRecord(record(item, { new: { ...item, p: bytes('damaged') } }))).toThrow(DecodeError);
    expect(() => changeOfRecord(record(item, { new: { ...item, w3: 'short' } }))).toThrow(DecodeError);
    expect(() => changeOfRecord({})).toThrow(DecodeError);
  });
});

describe('changesOfBatch', () => {
  const item = encodeDelivery(freshShard(), fullDelivery(freshKey(0)));
  const event = { Records: [record(item, { new: item })] };
  const changes = event.Records.map(changeOfRecord);

  it('reads a batch of the stream', () => {
    expect(changesOfBatch(event)).toEqual({ changes, telling: 'inOrder' });
  });

  it('knows by its form a batch that was given up, whichever way Lambda wrote it into the bucket', () => {
    const around = { requestContext: { condition: 'RetryAttemptsExhausted' }, DDBStreamBatchInfo: { batchSize: 1 } };

    expect(changesOfBatch({ ...around, payload: event })).toEqual({ changes, telling: 'replay' });
    expect(changesOfBatch({ ...around, payload: JSON.stringify(event) })).toEqual({ changes, telling: 'replay' });
  });
});
