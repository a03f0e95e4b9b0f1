import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import {
  fromSortableText,
  INSTANT_LENGTH,
  instantText,
  isSortableText,
  randomText,
  textInstant,
  toSortableText,
} from '../../src/model/sortable-text.ts';
import { instant } from '../support/arbitraries.ts';

const byteOrder = (one: string, other: string): number =>
  Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other)));

describe('sortable text', () => {
  it('gives numbers back', () => {
    fc.assert(
      fc.property(fc.nat({ max: 64 ** 5 - 1 }), (number) => {
        expect(fromSortableText(toSortableText(number, 5))).toBe(number);
      }),
    );
  });

  it('sorts like the instants it stands for, as bytes and as text', () => {
    fc.assert(
      fc.property(instant, instant, (one, other) => {
        const [oneText, otherText] = [instantText(one), instantText(other)];

        expect(byteOrder(oneText, otherText)).toBe(Math.sign(one - other));
        expect(oneText < otherText).toBe(one < other);
        expect(textInstant(oneText)).toBe(one);
      }),
    );
  });

  it('needs no escaping anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const text = randomText(bytes);

        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(text).toHaveLength(bytes.length);
        expect(isSortableText(text)).toBe(true);
      }),
    );
  });

  it('spells every number of two characters differently', () => {
    const texts = Array.from({ length: 4_096 }, (_, number) => toSortableText(number, 2));

    expect(new Set(texts).size).toBe(4_096);
    expect(texts.toSorted(byteOrder)).toEqual(texts);
  });

  it.each(['+', 'a b', 'ä', '😀', '/', 'a\0', '~'])('is not %j', (text) => {
    expect(isSortableText(text)).toBe(false);
    expect(fromSortableText(text)).toBeUndefined();
  });

  it.each([
    [64, 1],
    [2 ** 48, INSTANT_LENGTH],
    [-1, 3],
    [0.5, 3],
  ])('refuses to write %d with %d characters', (number, length) => {
    expect(() => toSortableText(number, length)).toThrow('assertion failed');
  });

  it.each(['', 'short', 'far-too-long', '2026/1/1'])('refuses to read %j as an instant', (text) => {
    expect(() => textInstant(text)).toThrow('an instant has its form');
  });

  it('reaches far beyond the present', () => {
    expect(new Date(textInstant('zzzzzzzz')).getUTCFullYear()).toBe(10_889);
    expect(instantText(0 as EpochMs)).toBe('--------');
  });
});
