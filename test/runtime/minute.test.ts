import { describe, expect, it } from 'vitest';
import { purgeQueue } from '../../src/engine/index.ts';
import type { CellTables } from '../../src/ports/cell-tables.ts';
import { METRICS } from '../../src/runtime/env.ts';
import { everyMinute } from '../../src/runtime/minute.ts';
import { openTelemetry, type Telemetry } from '../../src/runtime/telemetry.ts';
import { given } from '../support/given.ts';

const UNLIMITED: CellTables = {
  writeUnitsMax: async () => Number.POSITIVE_INFINITY,
  warm: async () => {},
  isEmpty: async () => false,
};
const HOUR_MS = 3_600_000;

/** Records measurements; throws `problem` instead. */
function givenTelemetry(problem?: Error): { telemetry: Telemetry; seconds: Map<string, number> } {
  const seconds = new Map<string, number>();
  const measureSeconds = (name: string, value: number) => {
    if (problem !== undefined) throw problem;
    seconds.set(name, value);
  };
  return { telemetry: { ...openTelemetry('test'), count: () => {}, measureSeconds }, seconds };
}

describe('every minute', () => {
  it('tells how long the first ready message has waited', async () => {
    const world = await given({ sent: ['waits'] });
    world.clock.advance(90_000);
    const { telemetry, seconds } = givenTelemetry();

    await everyMinute({ service: world.service, telemetry, tables: UNLIMITED });

    expect(seconds.get(METRICS.oldestReadySeconds)).toBeGreaterThanOrEqual(90);
  });

  it('discards what was purged an hour ago', async () => {
    const world = await given({ sent: ['purged'] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(HOUR_MS + 60_000);

    await everyMinute({ service: world.service, telemetry: givenTelemetry().telemetry, tables: UNLIMITED });

    expect(await world.deliveries()).toEqual([]);
  });

  it('does everything else where one thing fails, and then tells of the failure', async () => {
    const world = await given({ sent: ['purged'] });
    world.clock.advance(1);
    await purgeQueue(world.service, 'orders');
    world.clock.advance(HOUR_MS + 60_000);
    const { telemetry } = givenTelemetry(new Error('nobody can be told'));

    const minute = everyMinute({ service: world.service, telemetry, tables: UNLIMITED });

    await expect(minute).rejects.toThrow('nobody can be told');
    expect(await world.deliveries()).toEqual([]);
  });
});
