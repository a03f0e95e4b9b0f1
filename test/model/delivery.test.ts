import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockPart,
  claimableIndexes,
  type Delivery,
  type InlinePart,
  isFinished,
  isOutstanding,
  isUnmarked,
  locate,
  messageCount,
  newDelivery,
  outstandingCount,
  outstandingIndexes,
  type Part,
  payloadPosition,
  slicedParts,
} from '../../src/model/delivery.ts';
import { part } from '../support/arbitraries.ts';
import { inlineDelivery } from '../support/deliveries.ts';
import { at, freshKey, freshOrigin } from '../support/ids.ts';

const inline = (count: number, first = 0): InlinePart => ({ kind: 'inline', origin: freshOrigin(), first, count });
const block = (count: number, first = 0): BlockPart => ({
  kind: 'block',
  origin: freshOrigin(),
  first,
  count,
  blockCount: first + count,
  blockBytes: 100 * count,
});
const leased = (parts: readonly Part[], marks: Partial<Delivery> = {}): Delivery => ({
  ...newDelivery(freshKey(0), 1, { parts }),
  ...marks,
});

describe('a delivery', () => {
  it('holds outstanding messages until each is acked or moved', () => {
    const delivery = leased([block(5)], { acked: new Set([0, 3]), moved: new Set([4]) });

    expect(messageCount(delivery)).toBe(5);
    expect(outstandingIndexes(delivery)).toEqual([1, 2]);
    expect(outstandingCount(delivery)).toBe(2);
    expect(isFinished(delivery)).toBe(false);
  });

  it('no longer holds what leases took from its front', () => {
    const delivery = { ...inlineDelivery(freshKey(0), 5), first: 3 };

    expect(outstandingIndexes(delivery)).toEqual([3, 4]);
    expect(outstandingCount(delivery)).toBe(2);
    expect(isOutstanding(delivery, 2)).toBe(false);
  });

  it('counts what it lists, whatever its marks', () => {
    const indexes = fc.uniqueArray(fc.nat({ max: 19 }));
    fc.assert(
      fc.property(indexes, indexes, fc.nat({ max: 20 }), (acked, moved, first) => {
        const delivery = leased([block(20)], { acked: new Set(acked), moved: new Set(moved), first });

        expect(outstandingCount(delivery)).toBe(outstandingIndexes(delivery).length);
        expect(isFinished(delivery)).toBe(outstandingCount(delivery) === 0);
      }),
    );
  });

  it('is finished from the start when it holds nothing, as a marker does', () => {
    expect(isFinished(newDelivery(freshKey(0), 0, { parts: [] }))).toBe(true);
  });

  it('is unmarked until its first change', () => {
    expect(isUnmarked(inlineDelivery(freshKey(0)))).toBe(true);
    expect(isUnmarked(leased([block(1)], { edition: 1 }))).toBe(false);
  });
});

describe('claimable messages', () => {
  it('are outstanding', () => {
    const delivery = leased([block(5)], {
      acked: new Set([0]),
      moved: new Set([1]),
    });

    expect(claimableIndexes(delivery, at(1_000))).toEqual([2, 3, 4]);
  });

  it('are, after a purge, those that entered the queue since', () => {
    const before = block(2);
    const since: BlockPart = { ...block(2), origin: { ...freshOrigin(), sentAtMs: at(500) } };
    const broughtBack: BlockPart = { ...block(1), enteredAtMs: at(500) };
    const enteredBefore: InlinePart = { ...inline(1), origin: since.origin, enteredAtMs: at(499) };
    const delivery = leased([before, since, broughtBack, enteredBefore]);

    expect(claimableIndexes(delivery, at(1_000), at(500))).toEqual([2, 3, 4]);
    expect(claimableIndexes(delivery, at(1_000))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are not asked of a delivery that is not due', () => {
    expect(() => claimableIndexes(leased([block(1)]), at(-1))).toThrow('only a due delivery');
  });
});

describe('the parts of a delivery', () => {
  const parts = [inline(2), block(3, 7), inline(1, 4)];
  const delivery = leased(parts);

  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [2, 1, 0],
    [4, 1, 2],
    [5, 2, 0],
  ])('locate message %d in part %d at %d', (index, partNumber, offset) => {
    expect(locate(delivery, index)).toEqual({ part: parts[partNumber], offset });
  });

  it('do not locate a message that is not there', () => {
    expect(() => locate(delivery, 6)).toThrow(RangeError);
    expect(() => payloadPosition(delivery, 6)).toThrow(RangeError);
  });

  it('tell which message of the payload an inline one is', () => {
    expect([0, 1, 2, 3, 4, 5].map((index) => payloadPosition(delivery, index))).toEqual([
      0,
      1,
      undefined,
      undefined,
      undefined,
      2,
    ]);
  });

  it('are cut to the chosen messages, and stay together where those do', () => {
    const [, blockPart, lastPart] = parts;

    expect(slicedParts(delivery, [3, 4, 5])).toEqual([
      { ...blockPart, first: 8, count: 2 },
      { ...lastPart, first: 4, count: 1 },
    ]);
    expect(slicedParts(delivery, [2, 4])).toEqual([
      { ...blockPart, first: 7, count: 1 },
      { ...blockPart, first: 9, count: 1 },
    ]);
    expect(slicedParts(delivery, [])).toEqual([]);
  });

  it('do not join neighbours that only look alike', () => {
    const twice = inline(1);

    expect(slicedParts(leased([twice, { ...twice }]), [0, 1])).toEqual([twice, twice]);
  });

  it('name the same messages after a cut as before', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.boolean()), (parts, choices) => {
        const whole = leased(parts);
        const chosen = outstandingIndexes(whole).filter(() => choices.next().value === true);

        const cut = leased(slicedParts(whole, chosen));

        const nameIn = (from: Delivery) => (index: number) => {
          const { part, offset } = locate(from, index);
          return { ...part, first: part.first + offset, count: 1 };
        };
        expect(outstandingIndexes(cut).map(nameIn(cut))).toEqual(chosen.map(nameIn(whole)));
        expect(cut.parts.length).toBeLessThanOrEqual(Math.max(1, chosen.length));
      }),
    );
  });
});
