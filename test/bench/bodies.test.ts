import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type BodySource, logLines, ordersOf, recordsOf } from '../../bench/bodies.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';

/** The best that gzip makes of any request of so many bodies, as a share of their size. */
function bestRatio(source: BodySource, count: number): number {
  const ratios = Array.from({ length: 100 }, () => {
    const request = Array.from({ length: count }, () => source.next()).join('');
    return gzipSync(request).length / request.length;
  });
  return Math.min(...ratios);
}

describe.each([1, 2, 2026])('bodies of the seed %i', (seed) => {
  it('are as long as they should be', () => {
    const random = new SeededRandom(seed);

    const sources = { 100: recordsOf(100, random), 1024: ordersOf(1_024, random) };

    for (const [bytes, source] of Object.entries(sources)) {
      for (let count = 0; count < 100; count++) expect(Buffer.byteLength(source.next())).toBe(Number(bytes));
    }
    expect(Buffer.byteLength(logLines(random).next())).toBe(100);
  });

  it('are JSON, where they are records', () => {
    const random = new SeededRandom(seed);

    expect(JSON.parse(recordsOf(100, random).next())).toHaveProperty('amount');
    expect(JSON.parse(ordersOf(1_024, random).next())).toHaveProperty('items.4.price');
  });

  it('compress no better than real ones', () => {
    const random = new SeededRandom(seed);

    expect(bestRatio(recordsOf(100, random), 10)).toBeGreaterThan(0.6);
    expect(bestRatio(ordersOf(1_024, random), 10)).toBeGreaterThan(0.2);
    expect(bestRatio(logLines(random), 100)).toBeGreaterThan(0.08);
  });

  it('are the same whenever the seed is', () => {
    const [one, other] = [new SeededRandom(seed), new SeededRandom(seed)].map((random) => ordersOf(1_024, random));

    expect(one?.next()).toBe(other?.next());
  });
});
