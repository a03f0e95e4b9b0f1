import { expect, it } from 'vitest';
import { type Report, simulate } from './run.ts';

it('holds the invariants through a thousand changes of routes, purges and failures of cells', async () => {
  const routes = { pauseMs: 1_500, changes: 300, failures: 0.1 };
  const kinds = ['route split', 'route merge', 'route relocate', 'cell failure', 'purge answered'];
  const broken: Report[] = [];
  let changes = 0;

  for (let seed = 1; changes < 1_000 && seed < 50; seed++) {
    const report = await simulate({ seed, steps: 600, routes });
    if (report.violations.length > 0) broken.push(report);
    changes += kinds.reduce((sum, kind) => sum + (report.counts[kind] ?? 0), 0);
  }

  expect(broken.map(({ seed, violations }) => `${seed}: ${violations[0]?.what}`)).toEqual([]);
  expect(changes).toBeGreaterThanOrEqual(1_000);
});
