import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { cellId, type QueueId, shardId } from '../../src/model/ids.ts';
import { decodeReport, encodeReport, type LoadReport, LoadTally, observeLoad } from '../../src/model/load.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';

const QUEUE = 'orders----' as QueueId;
const CELL = cellId(0);
const START = 1_000_000;
const at = (seconds: number): EpochMs => (START + 1_000 * seconds) as EpochMs;
const tallyOf = (writeUnits: number): LoadTally => {
  const tally = new LoadTally(at(0));
  tally.addToQueue(QUEUE, { writeUnits });
  tally.addToCell(CELL, { writeUnits });
  return tally;
};
const writeUnitsOf = (report: LoadReport | undefined): number | undefined => report?.queues.get(QUEUE)?.writeUnits;

describe('a tally of load', () => {
  it('is due once a report is paid for, or ten seconds are over', () => {
    const little = tallyOf(999);
    const enough = tallyOf(1_000);

    expect([little.isDue(at(9.9)), little.isDue(at(10)), enough.isDue(at(0.1))]).toEqual([false, true, true]);
  });

  it('tells what it saw in full when that pays for the report', () => {
    const tally = tallyOf(1_500);

    const report = tally.take(at(5), 0.999);

    expect(report).toMatchObject({ fromMs: at(0), toMs: at(5) });
    expect(writeUnitsOf(report)).toBe(1_500);
  });

  it('leaves a report to chance when it saw little, and then stands for those that told nothing', () => {
    const told = tallyOf(250).take(at(10), 0.2);
    const untold = tallyOf(250).take(at(10), 0.3);

    expect([writeUnitsOf(told), untold]).toEqual([1_000, undefined]);
  });

  it('starts over after each look, told or not', () => {
    const tally = tallyOf(1_500);
    tally.take(at(5), 0);

    tally.addToQueue(QUEUE, { messages: 1 });
    tally.addToCell(CELL, { writeUnits: 2_000 });
    const report = tally.take(at(8), 0);

    expect(report?.queues.get(QUEUE)).toMatchObject({ writeUnits: 0, messages: 1 });
    expect(report?.fromMs).toBe(at(5));
  });

  it('tells of throttled calls soon, though they use nothing', () => {
    const tally = tallyOf(0);

    tally.addThrottles(QUEUE, shardId(CELL, 7), 20);

    expect(tally.isDue(at(0.1))).toBe(true);
    expect(tally.take(at(0.1), 0.9)?.queues.get(QUEUE)?.throttles.get(shardId(CELL, 7))).toBe(20);
  });

  it('forgets what it saw before it was frozen', () => {
    const tally = tallyOf(5_000);

    const report = tally.take(at(600), 0);

    expect(report).toBeUndefined();
  });

  it('costs at most a thousandth of what it tells of, and tells the right sum of many processes', () => {
    const random = new SeededRandom(4);
    let spent = 0;
    let told = 0;
    for (let number = 0; number < 4_000; number++) {
      const tally = new LoadTally(at(0));
      for (let queue = 0; queue < 60; queue++) tally.addToQueue(`queue${10_000 + queue}` as QueueId, { writeUnits: 5 });
      tally.addToCell(CELL, { writeUnits: 300 });
      const report = tally.take(at(10), random.next());
      if (report === undefined) continue;
      spent += Math.ceil(encodeReport(report).length / 1_024);
      told += [...report.queues.values()].reduce((sum, load) => sum + load.writeUnits, 0);
    }

    const seen = 4_000 * 300;
    expect(spent / seen).toBeLessThan(0.001);
    expect(told / seen).toBeGreaterThan(0.9);
    expect(told / seen).toBeLessThan(1.1);
  });
});

describe('a report of load', () => {
  it('reads back as it was written, in whole numbers', () => {
    const tally = tallyOf(1_234.4);
    tally.addToQueue(QUEUE, { readUnits: 3.6, messages: 50, lostClaims: 2 });
    tally.addThrottles(QUEUE, shardId(CELL, 1), 4);
    tally.addToCell(CELL, { readUnits: 9, throttles: 2, failures: 1 });
    const report = tally.take(at(2), 0) as LoadReport;

    const read = decodeReport(encodeReport(report));

    expect(read.queues.get(QUEUE)).toEqual({
      writeUnits: 1_234,
      readUnits: 4,
      messages: 50,
      lostClaims: 2,
      throttles: new Map([[shardId(CELL, 1), 4]]),
    });
    expect(read.cells.get(CELL)).toEqual({ writeUnits: 1_234, readUnits: 9, throttles: 2, failures: 1 });
    expect([read.fromMs, read.toMs]).toEqual([at(0), at(2)]);
  });
});

describe('the observed load', () => {
  it('spreads a report evenly over the time it tells of', () => {
    const report = tallyOf(10_000).take(at(10), 0) as LoadReport;

    const { latest, recent, earlier } = observeLoad([report], at(15));

    const rates = [latest, recent, earlier].map((load) => load.queues.get(QUEUE)?.writeUnits);
    expect(rates).toEqual([500, 500, undefined]);
  });
});
