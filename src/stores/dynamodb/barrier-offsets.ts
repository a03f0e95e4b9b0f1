import { VISIBILITY_MS_MAX } from '../../model/limits.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../model/spans.ts';

/** Clocks of functions may differ: a new lease of another function lies at most this much later. */
const CLOCK_MS = MINUTE_MS;

/**
 * Times of keys, relative to now, with one in every partition where messages of a shard are being consumed. DynamoDB
 * may split the items of one key value by ranges of sort keys, and each range has its own stream shard. Consumed
 * messages lie between the first and the last of these times, because no lease ends later. Between two neighbours,
 * everything shares a partition with one of them, unless a whole partition lies there. The times are closer where more
 * happens: most leases end within a minute of now.
 *
 * @see docs/decisions/0020-a-row-of-barriers.md
 */
export const BARRIER_OFFSETS_MS: readonly number[] = [
  Number.NEGATIVE_INFINITY,
  -DAY_MS,
  -HOUR_MS,
  -2 * MINUTE_MS,
  -10 * SECOND_MS,
  0,
  10 * SECOND_MS,
  MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  VISIBILITY_MS_MAX + CLOCK_MS,
];
