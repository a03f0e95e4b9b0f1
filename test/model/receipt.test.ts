import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryKey, QueueId, ShardKey } from '../../src/model/ids.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../../src/model/receipt.ts';
import { sortableText } from '../support/arbitraries.ts';

const receipt: fc.Arbitrary<Receipt> = fc
  .record({
    shard: sortableText(15) as unknown as fc.Arbitrary<ShardKey>,
    key: sortableText(16) as unknown as fc.Arbitrary<DeliveryKey>,
    index: fc.nat({ max: 99 }),
    more: fc.integer({ min: 1, max: 100 }),
  })
  .map(({ shard, key, index, more }) => ({ shard, key, index, count: index + more }));

const queueOf = (given: Receipt): QueueId => given.shard.slice(0, 10) as QueueId;
const CHARACTERS = Array.from('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz');

describe('a receipt', () => {
  it('comes back as it was given out', () => {
    fc.assert(
      fc.property(receipt, (given) => {
        expect(decodeReceipt(encodeReceipt(given), queueOf(given))).toEqual(given);
      }),
    );
  });

  it('is a letter, then 39 letters, digits, - and _', () => {
    fc.assert(
      fc.property(receipt, (given) => {
        expect(encodeReceipt(given)).toMatch(/^r[A-Za-z0-9_-]{39}$/);
      }),
    );
  });

  it('is refused by another queue', () => {
    fc.assert(
      fc.property(receipt, sortableText(10), (given, other) => {
        fc.pre(other !== queueOf(given));

        expect(decodeReceipt(encodeReceipt(given), other as QueueId)).toBeUndefined();
      }),
    );
  });

  it('is refused when any one character of it is another', () => {
    fc.assert(
      fc.property(receipt, fc.nat({ max: 38 }), fc.constantFrom(...CHARACTERS), (given, position, character) => {
        const text: string = encodeReceipt(given);
        fc.pre(text[position] !== character);
        const changed = text.slice(0, position) + character + text.slice(position + 1);

        expect(decodeReceipt(changed, changed.slice(0, 10) as QueueId)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused when it was cut or grew', () => {
    fc.assert(
      fc.property(receipt, fc.nat({ max: 38 }), (given, length) => {
        const text = encodeReceipt(given);

        expect(decodeReceipt(text.slice(0, length), queueOf(given))).toBeUndefined();
        expect(decodeReceipt(text.slice(length + 1), queueOf(given))).toBeUndefined();
        expect(decodeReceipt(text + text.slice(0, length + 1), queueOf(given))).toBeUndefined();
      }),
    );
  });

  it('is refused when it was never one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), sortableText(39)), sortableText(10), (text, queue) => {
        expect(decodeReceipt(text, queue as QueueId)).toBeUndefined();
      }),
    );
  });

  it('is refused when it names a message that its lease does not have', () => {
    const beyond = encodeReceipt({
      shard: 'a'.repeat(15) as ShardKey,
      key: 'b'.repeat(16) as DeliveryKey,
      index: 5,
      count: 5,
    });

    expect(decodeReceipt(beyond, 'a'.repeat(10) as QueueId)).toBeUndefined();
  });
});
