import { describe, expect, it } from 'vitest';
import { runAggregate } from '../../../bench/load/aggregate.ts';
import { runDetailed } from '../../../bench/load/detailed.ts';
import { CROSS_CHECK } from '../../../bench/load/scenarios.ts';

/** Neither mode may be off the other one by more. */
const APART = 0.1;
/** One shard more or less among five, decided on what some forty instances report by chance, is more than that. */
const SHARDS_APART = 0.15;

/** It takes half a minute of computing: for CI. */
describe.skipIf(process.env['CI'] === undefined)('the aggregate mode', () => {
  it('tells of 2,000 requests a second what the engine itself does, one by one', { timeout: 600_000 }, async () => {
    const options = { controller: 'plan', seed: 2 } as const;

    const aggregate = runAggregate(CROSS_CHECK, options).recorder.figures;
    const detailed = (await runDetailed(CROSS_CHECK, options)).figures;

    expect(Math.abs(aggregate.requests / detailed.requests - 1)).toBeLessThan(APART);
    expect(Math.abs(aggregate.writeUnits / detailed.writeUnits - 1)).toBeLessThan(APART);
    expect(Math.abs(aggregate.shardHours / detailed.shardHours - 1)).toBeLessThan(SHARDS_APART);
    expect(Math.abs(aggregate.throttled - detailed.throttled)).toBeLessThan(APART * detailed.requests);
    expect(aggregate.failed).toBe(detailed.failed);
  });
});
