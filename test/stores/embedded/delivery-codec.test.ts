import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DecodeError } from '../../../src/model/bytes.ts';
import type { Delivery } from '../../../src/model/delivery.ts';
import { DELIVERY_ID_LENGTH, type DeliveryId, type DeliveryKey, deliveryKey } from '../../../src/model/ids.ts';
import { decodeDelivery, encodeDelivery } from '../../../src/stores/embedded/delivery-codec.ts';
import { instant, part, sortableText } from '../../support/arbitraries.ts';
import { fullDelivery } from '../../support/deliveries.ts';
import { freshKey } from '../../support/ids.ts';

const key: fc.Arbitrary<DeliveryKey> = fc
  .tuple(instant, sortableText(DELIVERY_ID_LENGTH))
  .map(([at, id]) => deliveryKey(at, id as DeliveryId));
const index = fc.nat({ max: 300 });
const indexes = fc.uniqueArray(index, { maxLength: 5 }).map((all) => new Set(all));
const mapOf = <Value>(value: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(index, value), { maxLength: 3 }).map((all) => new Map(all));
const number = fc.nat({ max: 2 ** 31 - 1 });

const MARKS = ['acked', 'moved', 'deadLettered', 'purged', 'withdrawn', 'redriven', 'forward'] as const;
const REQUIRED = ['key', 'receiveCount', 'first', 'parts', 'edition', ...MARKS] as const;

const delivery: fc.Arbitrary<Delivery> = fc.record(
  {
    key,
    receiveCount: number,
    first: fc.oneof(fc.constant(0), index),
    parts: fc.array(part, { maxLength: 4 }),
    payload: fc.uint8Array({ maxLength: 300 }),
    edition: number,
    acked: indexes,
    moved: indexes,
    deadLettered: indexes,
    purged: indexes,
    withdrawn: indexes,
    redriven: indexes,
    forward: mapOf(fc.record({ key, index })),
  },
  { requiredKeys: [...REQUIRED] },
);

it('reads what it wrote', () => {
  fc.assert(
    fc.property(delivery, (given) => {
      expect(decodeDelivery(given.key, encodeDelivery(given))).toEqual(given);
    }),
  );
});

it('takes bytes that were cut off for damaged', () => {
  const given = fullDelivery(freshKey(0));
  const bytes = encodeDelivery(given);

  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeDelivery(given.key, bytes.subarray(0, length))).toThrow(DecodeError);
  }
});

it('takes a format it does not know for damaged', () => {
  const given = fullDelivery(freshKey(0));
  const bytes = Uint8Array.from(encodeDelivery(given));
  bytes[0] = 9;

  expect(() => decodeDelivery(given.key, bytes)).toThrow('format 9');
});
