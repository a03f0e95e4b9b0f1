import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, DecodeError } from '../../src/model/bytes.ts';

const written = (write: (writer: ByteWriter) => void): Uint8Array => {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish();
};

const whole = fc.oneof(fc.maxSafeNat(), fc.nat({ max: 300 }), fc.constantFrom(127, 128, 2 ** 32, 2 ** 53 - 1));

describe('byte writer and reader', () => {
  it('give numbers back', () => {
    fc.assert(
      fc.property(fc.array(whole), (numbers) => {
        const reader = new ByteReader(written((writer) => numbers.forEach((number) => writer.varint(number))));

        expect(numbers.map(() => reader.varint())).toEqual(numbers);
        expect(reader.isAtEnd).toBe(true);
      }),
    );
  });

  it('give numbers with a sign back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 })), (numbers) => {
        const reader = new ByteReader(written((writer) => numbers.forEach((number) => writer.signedVarint(number))));

        expect(numbers.map(() => reader.signedVarint())).toEqual(numbers);
      }),
    );
  });

  it('give text and bytes back, however many there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 500 }), fc.uint8Array({ maxLength: 500 }))),
        (pairs) => {
          const content = written((writer) => {
            for (const [text, bytes] of pairs) {
              writer.sizedUtf8(text);
              writer.sized(bytes);
            }
          });
          const reader = new ByteReader(content);

          expect(pairs.map(() => [reader.sizedUtf8(), Uint8Array.from(reader.sized())])).toEqual(pairs);
        },
      ),
    );
  });

  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
  ])('write %d in %d bytes', (number, length) => {
    expect(written((writer) => writer.varint(number))).toHaveLength(length);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])('do not take %d for a whole number', (number) => {
    expect(() => written((writer) => writer.varint(number))).toThrow('is a whole number');
  });

  it.each<[string, (reader: ByteReader) => unknown]>([
    ['byte', (reader) => reader.byte()],
    ['number', (reader) => reader.varint()],
    ['text', (reader) => reader.utf8(1)],
    ['bytes', (reader) => reader.raw(1)],
  ])('refuse to read a %s past the end', (_, read) => {
    expect(() => read(new ByteReader(new Uint8Array()))).toThrow(DecodeError);
  });

  it('refuse numbers that never end or are too large to be exact', () => {
    expect(() => new ByteReader(new Uint8Array(100).fill(0xff)).varint()).toThrow(DecodeError);
    expect(() => new ByteReader(Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 127])).varint()).toThrow(
      DecodeError,
    );
  });

  it('refuse a length that reaches past the end', () => {
    const cut = written((writer) => writer.sizedUtf8('a long text')).subarray(0, 5);

    expect(() => new ByteReader(cut).sizedUtf8()).toThrow(DecodeError);
    expect(() => new ByteReader(cut).sized()).toThrow(DecodeError);
  });
});
