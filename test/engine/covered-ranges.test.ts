import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoveredRanges } from '../../src/engine/archive/covered-ranges.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { ArchivedObject } from '../../src/model/rewind.ts';

const HOUR = 472_222;

interface Shape {
  readonly hour: number;
  readonly first: number;
  readonly length: number;
  readonly listedAtMs: number;
}

const listed = (shapes: readonly Shape[]): ArchivedObject[] =>
  shapes.map(({ hour, first, length, listedAtMs }, number) => ({
    object: `archive/7d/0${HOUR + hour}/---${first}-${number}`,
    retention: '7d',
    listedAtMs: listedAtMs as EpochMs,
    covers: [String(first), String(first + length)],
    byteCount: 1,
    messageCount: 1,
    deletedAgainCount: 0,
    broughtInCount: 0,
    sentFromMs: 0 as EpochMs,
    sentToMs: 0 as EpochMs,
    deletedFromMs: 0 as EpochMs,
    deletedToMs: 0 as EpochMs,
  }));

const shape = fc.record({
  hour: fc.nat(4),
  first: fc.nat(60),
  length: fc.nat(30),
  listedAtMs: fc.nat(5),
});

describe('objects that overlap and were listed before', () => {
  it('are found as by looking at all of them', () => {
    fc.assert(
      fc.property(fc.array(shape, { maxLength: 12 }), (shapes) => {
        const objects = listed(shapes);
        const ranges = new CoveredRanges(objects);

        for (const [at, object] of objects.entries()) {
          const own = shapes[at] as Shape;
          const expected = objects.filter((other, index) => {
            const { hour, first, length } = shapes[index] as Shape;
            const isNear = Math.abs(hour - own.hour) <= 1;
            const overlaps = first <= own.first + own.length && own.first <= first + length;
            const order = other.listedAtMs - object.listedAtMs || (other.object < object.object ? -1 : 1);
            return index !== at && isNear && overlaps && order < 0;
          });
          expect(ranges.before(object).toSorted()).toEqual(expected.map(({ object: name }) => name).toSorted());
        }
      }),
    );
  });
});
