import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../src/model/brand.ts';
import { planLongestWait } from '../../src/model/waiting.ts';

const NOW_MS = 10_000_000 as EpochMs;
const planned = (processes: number, now?: { waitMs: number; agoMs: number }) =>
  planLongestWait(now && { waitMs: now.waitMs, atMs: (NOW_MS - now.agoMs) as EpochMs }, {
    processes,
    processesMax: 100,
    nowMs: NOW_MS,
  });

describe('the longest wait of receives', () => {
  it.each([
    [0, 20_000],
    [50, 20_000],
    [57, 15_000],
    [65, 10_000],
    [79, 0],
    [80, 0],
    [400, 0],
  ])('falls at once as receives fill their processes: at %i of 100 to %i ms', (processes, waitMs) => {
    expect(planned(processes)).toBe(waitMs);
    expect(planned(processes, { waitMs: 20_000, agoMs: 0 })).toBe(waitMs);
  });

  it('rises by steps, a minute apart, while receives take less than half of their processes', () => {
    expect(planned(20, { waitMs: 0, agoMs: 59_999 })).toBe(0);
    expect(planned(20, { waitMs: 0, agoMs: 60_000 })).toBe(1_000);
    expect(planned(20, { waitMs: 1_000, agoMs: 60_000 })).toBe(3_000);
    expect(planned(20, { waitMs: 15_000, agoMs: 60_000 })).toBe(20_000);
  });

  it('stays where it is between the two, or it would fill all processes again', () => {
    expect(planned(60, { waitMs: 3_000, agoMs: 600_000 })).toBe(3_000);
  });
});
