import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import {
  blockId,
  CELL_NUMBER_MAX,
  cellId,
  cellOfBlock,
  cellOfKey,
  cellOfShard,
  type DeliveryId,
  deliveryIdOf,
  deliveryKey,
  INDEX_MAX,
  KEY_END,
  keyAfter,
  keyFrom,
  numberOf,
  numberText,
  originText,
  type QueueId,
  queueOfShard,
  SET_ASIDE,
  shardId,
  shardKey,
  shardOfKey,
  visibleAtMs,
} from '../../src/model/ids.ts';
import { INSTANT_MS_LAST } from '../../src/model/limits.ts';
import { instant, origin, sortableText } from '../support/arbitraries.ts';

const deliveryId = sortableText(8) as fc.Arbitrary<DeliveryId>;
const LAST = INSTANT_MS_LAST as EpochMs;

describe('ids', () => {
  it('name what they are made of', () => {
    fc.assert(
      fc.property(fc.nat({ max: CELL_NUMBER_MAX }), fc.nat({ max: 9_999 }), sortableText(10), (cell, number, queue) => {
        const shard = shardId(cellId(cell), number);
        const key = shardKey(queue as QueueId, shard);

        expect(cellOfShard(shard)).toBe(cellId(cell));
        expect(cellOfKey(key)).toBe(cellId(cell));
        expect(queueOfShard(key)).toBe(queue);
        expect(shardOfKey(key)).toBe(shard);
      }),
    );
  });

  it('of a block name the cell it lies in, and differ when sending, delivery or cell do', () => {
    fc.assert(
      fc.property(origin, origin, (one, other) => {
        const isSame =
          one.id === other.id &&
          one.sentAtMs === other.sentAtMs &&
          cellOfShard(one.shardId) === cellOfShard(other.shardId);

        expect(cellOfBlock(blockId(one))).toBe(cellOfShard(one.shardId));
        expect(blockId(one) === blockId(other)).toBe(isSame);
      }),
    );
  });

  it('of a place differ when origin or index do', () => {
    fc.assert(
      fc.property(origin, fc.nat({ max: INDEX_MAX }), origin, fc.nat({ max: INDEX_MAX }), (one, at, other, otherAt) => {
        const isSame =
          at === otherAt && one.shardId === other.shardId && one.id === other.id && one.sentAtMs === other.sentAtMs;

        expect(originText(one, at) === originText(other, otherAt)).toBe(isSame);
      }),
    );
  });

  it('say small numbers in two characters', () => {
    for (const number of [0, 1, 63, 64, INDEX_MAX]) expect(numberOf(numberText(number))).toBe(number);
    expect(() => numberText(INDEX_MAX + 1)).toThrow('a number fits its characters');
  });
});

describe('delivery keys', () => {
  it('sort by when the delivery becomes visible, and say when that is', () => {
    fc.assert(
      fc.property(instant, deliveryId, instant, deliveryId, (oneMs, oneId, otherMs, otherId) => {
        const [one, other] = [deliveryKey(oneMs, oneId), deliveryKey(otherMs, otherId)];

        if (oneMs !== otherMs) expect(one < other).toBe(oneMs < otherMs);
        expect(visibleAtMs(one)).toBe(oneMs);
        expect(deliveryIdOf(one)).toBe(oneId);
      }),
    );
  });

  it('of what is due at a moment lie before the key after it, all others do not', () => {
    fc.assert(
      fc.property(instant, instant, deliveryId, (visibleMs, nowMs, id) => {
        const key = deliveryKey(visibleMs, id);

        expect(key < keyAfter(nowMs)).toBe(visibleMs <= nowMs);
        expect(key >= keyFrom(nowMs)).toBe(visibleMs >= nowMs);
      }),
    );
  });

  it('end before the end, the last ones included', () => {
    expect(deliveryKey(LAST, 'zzzzzzzz' as DeliveryId) < KEY_END).toBe(true);
    expect(keyAfter(LAST) < SET_ASIDE).toBe(true);
    expect(SET_ASIDE < KEY_END).toBe(true);
  });
});
