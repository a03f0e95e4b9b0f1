import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { DecodeError } from '../../src/model/bytes.ts';
import { enteredAtMs, type InlinePart, type Part } from '../../src/model/delivery.ts';
import type { DeliveryId, RewindId, ShardId } from '../../src/model/ids.ts';
import { INSTANT_MS_LAST } from '../../src/model/limits.ts';
import { messageId } from '../../src/model/message-id.ts';
import { decodeParts, encodeParts } from '../../src/model/part-codec.ts';
import { part } from '../support/arbitraries.ts';
import { at } from '../support/ids.ts';
import { runs } from '../support/runs.ts';

const single = (id: string, sentAtMs: EpochMs): InlinePart => ({
  kind: 'inline',
  origin: { shardId: '--000' as ShardId, id: id as DeliveryId, sentAtMs, visibleAtMs: sentAtMs },
  first: 0,
  count: 1,
});

/** Reads damaged bytes; anything but a `DecodeError` or parts that the rest of the code can use fails. */
function decodeDamaged(damaged: Uint8Array): void {
  let parts: Part[];
  try {
    parts = decodeParts(damaged);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return;
  }
  for (const part of parts) {
    const instants = [enteredAtMs(part), part.firstReceivedAtMs ?? 0];
    expect(Math.min(...instants)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...instants)).toBeLessThanOrEqual(INSTANT_MS_LAST);
    expect(part.count).toBeGreaterThan(0);
    if (part.kind === 'block') expect(part.first + part.count).toBeLessThanOrEqual(part.blockCount);
    if (part.kind !== 'archive') expect(messageId(part.origin, part.first + part.count - 1).length).toBeGreaterThan(0);
  }
}

describe('parts as bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        expect(decodeParts(encodeParts(parts))).toEqual(parts);
      }),
      runs(500),
    );
  });

  it('cost about eight bytes for each single message merged into a lease', () => {
    const parts = Array.from({ length: 10 }, (_, index) => single(`ABCDEFG${index}`, at(10 * index)));

    expect(encodeParts(parts).length).toBeLessThanOrEqual(17 + 9 * 9);
  });

  it('cost a reference to a block of tens about thirty bytes', () => {
    const { origin } = single('ABCDEFGH', at(0));
    const reference: Part = { kind: 'block', origin, first: 0, count: 10, blockCount: 10, blockBytes: 1_000 };

    expect(encodeParts([reference]).length).toBeLessThanOrEqual(30);
  });

  it('of a delivery without messages are no bytes', () => {
    expect(encodeParts([])).toHaveLength(0);
    expect(decodeParts(new Uint8Array())).toEqual([]);
  });

  it('may stand in a row although each is older than the one before', () => {
    const parts = [single('ABCDEFGH', at(1_000)), single('ABCDEFGI', at(0)), single('ABCDEFGJ', 0 as EpochMs)];

    expect(decodeParts(encodeParts(parts))).toEqual(parts);
  });

  it('are refused when cut within a part', () => {
    const origin = { ...single('ABCDEFGH', at(0)).origin, visibleAtMs: at(70_000) };
    const bytes = encodeParts([
      { kind: 'block', origin, first: 3, count: 90, blockCount: 100, blockBytes: 40_000, rewoundBy: 'one' as RewindId },
    ]);

    for (let length = 1; length < bytes.length; length++) {
      expect(() => decodeParts(bytes.subarray(0, length))).toThrow(DecodeError);
    }
  });

  it('are refused or readable when damaged, and neither hang nor fail otherwise', () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (parts, where, change) => {
          const damaged = Buffer.from(encodeParts(parts));
          const position = where % damaged.length;
          damaged[position] = (damaged[position] ?? 0) ^ change;

          decodeDamaged(damaged);
        },
      ),
      runs(3_000),
    );
  });

  it('are refused or readable when they were never parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (noise) => {
        decodeDamaged(noise);
      }),
      runs(3_000),
    );
  });

  it('are refused when the first one shares the shard of a part that is not there', () => {
    const [, second] = [single('ABCDEFGH', at(0)), single('ABCDEFGI', at(0))];
    const both = encodeParts([single('ABCDEFGH', at(0)), second ?? single('ABCDEFGI', at(0))]);
    const one = encodeParts([single('ABCDEFGH', at(0))]);

    expect(() => decodeParts(both.subarray(one.length))).toThrow(DecodeError);
  });
});
