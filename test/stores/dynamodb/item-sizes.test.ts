import { describe, expect, it } from 'vitest';
import { itemBytes } from '../../../bench/item-size.ts';
import { type Delivery, newDelivery, type Part } from '../../../src/model/delivery.ts';
import { WRITE_UNIT_BYTES } from '../../../src/model/limits.ts';
import { encodeBlock } from '../../../src/stores/dynamodb/block-items.ts';
import { encodeDelivery } from '../../../src/stores/dynamodb/delivery-items.ts';
import { inlineDelivery, leasedDelivery, offloadedBlock, packedBlock } from '../../support/deliveries.ts';
import { at, freshKey, freshOrigin, freshShard } from '../../support/ids.ts';
import { imageOf } from './images.ts';

const deliveryBytes = (delivery: Delivery) => itemBytes(imageOf(encodeDelivery(freshShard(), delivery)));

/** A lease that took over `count` messages sent one by one, each of `payloadBytes`. */
function mergedLease(count: number, payloadBytes: number): Delivery {
  const parts = Array.from({ length: count }, (_, index): Part => {
    const origin = { ...freshOrigin(), sentAtMs: at(index * 20), visibleAtMs: at(index * 20) };
    return { kind: 'inline', origin, first: 0, count: 1, firstReceivedAtMs: at(5_000) };
  });
  return newDelivery(freshKey(0), 1, { parts, payload: new Uint8Array(count * payloadBytes) });
}

describe('bytes of an item in DynamoDB, names and values,', () => {
  it('are fewer than 60 for a delivery that refers to a block', () => {
    expect(deliveryBytes({ ...leasedDelivery(freshKey(0)), receiveCount: 0 })).toBe(56);
    expect(deliveryBytes(leasedDelivery(freshKey(0)))).toBe(59);
  });

  it('are 52 and the payload for a delivery that holds its message', () => {
    expect(deliveryBytes(inlineDelivery(freshKey(0), 1, new Uint8Array(100)))).toBe(52 + 100);
  });

  it('let a lease of seven small messages fit one write unit', () => {
    expect(deliveryBytes(mergedLease(7, 120))).toBeLessThanOrEqual(WRITE_UNIT_BYTES);
    expect(deliveryBytes(mergedLease(8, 120)) - deliveryBytes(mergedLease(7, 120))).toBeLessThanOrEqual(20 + 120);
  });

  it.each([
    ['a first ack, with the edition', { acked: new Set([3]), edition: 1 }, 6],
    ['each further ack', { acked: new Set([3, 4]), edition: 2 }, 8],
    [
      'a message that a change of visibility moved, with its way',
      { moved: new Set([3]), forward: new Map([[3, { key: freshKey(1), index: 0 }]]), edition: 1 },
      26,
    ],
  ])('grow with %s', (_, marks, growth) => {
    const lease = leasedDelivery(freshKey(0));

    expect(deliveryBytes({ ...lease, ...marks }) - deliveryBytes(lease)).toBe(growth);
  });

  it('grow by less than half a kilobyte when a hundred messages are acked one by one', () => {
    const lease = leasedDelivery(freshKey(0), 100);
    const acked = new Set(Array.from({ length: 99 }, (_, index) => index));

    expect(deliveryBytes({ ...lease, acked, edition: 99 }) - deliveryBytes(lease)).toBeLessThan(512);
  });

  it('are 25 and the payload for a block, a few for each frame of one in an object', () => {
    expect(itemBytes(imageOf(encodeBlock(packedBlock(new Uint8Array(16_384)))))).toBe(25 + 16_384);
    expect(itemBytes(imageOf(encodeBlock(offloadedBlock())))).toBe(32);
  });
});
