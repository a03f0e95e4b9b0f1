import { describe, expect, it } from 'vitest';
import { placeOf, Table } from '../../../bench/load/world/table.ts';

const MINUTE_MS = 60_000;

/** Asks for so many write units of each place every second; returns what was granted in the last one, by place. */
function load(table: Table, unitsOf: ReadonlyMap<number, number>, from: number, until: number): Map<number, number> {
  const granted = new Map<number, number>();
  for (let ms = from; ms < until; ms += 1_000) {
    for (const [place, units] of unitsOf) granted.set(place, table.write(place, units, ms).granted);
    table.look(ms);
  }
  return granted;
}

const spread = (count: number, units: number) =>
  new Map(Array.from({ length: count }, (_, number) => [(number + 0.5) / count, units] as const));
const total = (granted: ReadonlyMap<number, number>) => [...granted.values()].reduce((sum, units) => sum + units, 0);

describe('a table', () => {
  it('gives one key 1,000 write units and 3,000 read units a second and no more', () => {
    const table = new Table(0, 40_000);

    const granted = load(table, new Map([[0.5, 5_000]]), 0, 10_000);
    const read = table.read(0.5, 5_000, 10_000);

    expect(granted.get(0.5)).toBe(1_000);
    expect(read).toEqual({ granted: 3_000, refusedBy: 'partition' });
  });

  it('never splits the load of one key, however long it is hot', () => {
    const table = new Table(0, 4_000);

    const granted = load(table, new Map([[0.1, 3_000]]), 0, 60 * MINUTE_MS);

    expect(granted.get(0.1)).toBe(1_000);
  });

  it('parts two hot keys of one partition after minutes', () => {
    const table = new Table(0, 4_000);
    const two = new Map([
      [0.1, 800],
      [0.12, 800],
    ]);

    const early = load(table, two, 0, 2 * MINUTE_MS);
    const late = load(table, two, 2 * MINUTE_MS, 8 * MINUTE_MS);

    expect(total(early)).toBe(1_000);
    expect(total(late)).toBe(1_600);
  });

  it('serves 4,000 units in four partitions when it is new, and twice that half an hour later', () => {
    const table = new Table(0);
    const wanted = spread(64, 500);

    const fresh = load(table, wanted, 0, 5 * MINUTE_MS);
    const early = load(table, wanted, 5 * MINUTE_MS, 29 * MINUTE_MS);
    const grown = load(table, wanted, 29 * MINUTE_MS, 40 * MINUTE_MS);

    expect([fresh, early].map(total)).toEqual([4_000, 4_000]);
    // Its first minute had what a full bucket gives on top.
    expect(total(grown) / 8_000).toBeCloseTo(1, 1);
    expect(table.partitionCount).toBeGreaterThanOrEqual(8);
  });

  it('serves what it was warmed to some minutes after it was asked, up to the quota', () => {
    const table = new Table(0);
    table.warm(100_000, 0);

    const before = load(table, spread(64, 1_000), 0, 4 * MINUTE_MS);
    const after = load(table, spread(400, 200), 4 * MINUTE_MS, 7 * MINUTE_MS);

    expect(total(before)).toBe(4_000);
    expect(total(after)).toBe(40_000);
  });

  it('says whether a partition or the table itself was at its limit', () => {
    const table = new Table(0);

    expect(table.write(0.1, 1_500, 0).refusedBy).toBe('partition');
    load(table, spread(64, 500), 1_000, 2_000);
    expect(table.write(0.9, 10, 1_000).refusedBy).toBeDefined();
  });

  it('gives all requests of a step the same chance, and subtracts an excess from the next step', () => {
    const table = new Table(0, 40_000);
    const granted: number[] = [];

    for (let ms = 0; ms < 60_000; ms += 100) {
      for (const turn of [0, 1, 2, 3]) {
        granted[turn] = (granted[turn] ?? 0) + table.writeTogether(0.5, 50, ms, (ms % 1_000) / 1_000).granted;
      }
    }

    const sum = granted.reduce((all, one) => all + one, 0);
    expect(sum / 61_000).toBeCloseTo(1, 1);
    for (const one of granted) expect(one / (sum / 4)).toBeCloseTo(1, 1);
  });

  it('grants nothing while it fails', () => {
    const table = new Table(0);
    table.isFailing = true;

    expect(table.write(0.1, 1, 0)).toEqual({ granted: 0, refusedBy: 'failure' });
  });

  it('spreads keys evenly, neighbours too', () => {
    const places = Array.from({ length: 10_000 }, (_, number) => placeOf(`queue10000--${number}`));

    const counts = Array.from({ length: 10 }, (_, tenth) => {
      return places.filter((place) => Math.floor(place * 10) === tenth).length;
    });

    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});
