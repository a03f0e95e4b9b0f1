import type { Change } from '../model/change.ts';
import { addTotals, NO_TOTALS, totalsOf } from '../model/totals.ts';
import { METRICS } from './env.ts';
import type { Telemetry } from './telemetry.ts';

/** Counts the changes of a batch of the feed. A repeated batch counts twice, unlike in the totals of a queue. */
export function countChanges(telemetry: Pick<Telemetry, 'count'>, changes: readonly Change[]): void {
  const { sent, deleted, deadLettered } = changes.map(totalsOf).reduce(addTotals, NO_TOTALS);
  telemetry.count(METRICS.sent, sent);
  telemetry.count(METRICS.deleted, deleted);
  telemetry.count(METRICS.deadLettered, deadLettered);
}
