import { VISIBILITY_MS_MAX } from '../../model/limits.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Clocks of functions may differ; a lease that another one has just made lies so much later at most. */
const CLOCK_MS = MINUTE_MS;

/**
 * Times of keys, from now, that lie in every partition in which messages of a shard are being consumed. DynamoDB may
 * split the items of one key value by ranges of sort keys, each with a stream shard of its own. Whatever is consumed
 * lies between the first and the last of these times, for no lease ends later; and of two that are neighbours, one lies
 * in the same partition as what is between them, unless a whole partition lies there. They are closer where more
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
