import { describe, expect, it } from 'vitest';
import { chartsOf, isUnknown, lastRate, sparkline, stepStarts } from '../../src/console/rules/index.ts';

describe('charts', () => {
  const series = (given: (number | null)[]) => ({
    sent: given,
    received: given,
    receivedAgain: given,
    deleted: given,
    deadLettered: given,
    ready: given,
    inFlight: given,
    delayed: given,
    oldestReadySeconds: given,
  });
  const history = (given: (number | null)[]) => ({
    name: 'orders',
    span: '1h' as const,
    from: '2026-11-22T15:00:00.000Z',
    stepSeconds: 60,
    series: series(given),
  });

  it('show flows a second and levels as they are, and keep gaps', () => {
    const [flow, backlog, age, trouble] = chartsOf(history([120, null, 60]));

    expect(flow?.lines[0]).toEqual({ name: 'sent', values: [2, null, 1] });
    expect(backlog?.lines[0]).toEqual({ name: 'ready', values: [120, null, 60] });
    expect(age?.text(95)).toBe('1 m 35 s');
    expect(trouble?.what).toBe('messages each minute');
    expect(stepStarts(history([1, 2])).map((start) => start % 3_600)).toEqual([0, 60]);
    expect([isUnknown(history([null, null])), isUnknown(history([null, 0]))]).toEqual([true, false]);
  });

  it('draw trends as a line for each stretch without gaps', () => {
    expect(sparkline([0, 10, null, 5, 5, null, 1], { width: 60, height: 10 })).toEqual([
      '0.0,10.0 10.0,0.0',
      '30.0,5.0 40.0,5.0',
    ]);
    expect(lastRate([60, 120, null], 60)).toBe(2);
    expect(lastRate([null], 60)).toBeUndefined();
  });
});
