import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { firstBroken } from './first-broken.ts';

const SKEWED = { skewMsMax: 2_000, faults: NO_FAULTS, routes: 'still' } as const;

/** The clock of every other process is ahead by so many milliseconds more. */
function ahead(byMs: number): (ports: Ports) => Ports {
  let started = 0;
  return (ports) => {
    const { clock } = ports;
    const moreMs = started++ % 2 === 0 ? 0 : byMs;
    return { ...ports, clock: { ...clock, nowMs: () => (clock.nowMs() + moreMs) as EpochMs } };
  };
}

describe('the auditor of clocks that differ', () => {
  it('notices when a lease ends earlier for others than clocks may differ', async () => {
    const bug = { ...SKEWED, plant: ahead(8_000) };

    expect(await firstBroken('3', bug, /is held until \d+ and delivered to another consumer/)).toBeDefined();
  });

  it('notices when delayed messages come earlier than clocks may differ', async () => {
    const bug = { ...SKEWED, plant: ahead(8_000) };

    expect(await firstBroken('delay', bug, /is delivered before its time/)).toBeDefined();
  });
});
