import { DEFAULT_SETTINGS } from '../../../src/model/queue.ts';

/**
 * The world of the load simulator in numbers, one set for all scenarios and both modes. Values that AWS documents come
 * first; all others are named as assumptions.
 */

/** Write and read units a second of one partition, and so of one partition-key value. */
export const PARTITION_WRITE_UNITS = 1_000;
export const PARTITION_READ_UNITS = 3_000;
/** A new on-demand table; its write units a second are those of its partitions. */
export const FRESH_PARTITIONS = 4;
/** Most write units a second of a table: the quota of on-demand tables, which can be raised. */
export const TABLE_WRITE_UNITS_MAX = 40_000;
/** A table serves twice the highest load of this period. */
export const TABLE_DOUBLING_MS = 30 * 60_000;

/** Instances a function may gain each 10 s; the unused part is not saved up. */
export const INSTANCES_GAINED_MAX = 1_000;
export const INSTANCE_GAIN_MS = 10_000;

/** How long a partition or a table keeps unused capacity, in seconds. AWS may keep more; do not plan on it. */
export const BURST_SECONDS = 1;

/**
 * Assumed, because AWS says "minutes of sustained load": a partition near its limit for this long is split between two
 * of its keys. A key whose items are ordered by time is never split within.
 */
export const HEAT_SPLIT_MS = 5 * 60_000;
/** Assumed: "near its limit". */
export const HEAT_SPLIT_SHARE = 0.9;
/** Assumed: time from a warming request until the table serves it. */
export const WARM_MS = 5 * 60_000;

/** Assumed, in milliseconds: a single-item call within the Region, log-normal with this median and 99th percentile. */
export const STORE_CALL_MEDIAN_MS = 4;
export const STORE_CALL_P99_MS = 20;
/** The function's own time for a request, and to start, in milliseconds. */
export const REQUEST_OWN_MS = 2;
export const INSTANCE_START_MS = 375;
/** Assumed: an instance without requests for this long is removed. */
export const INSTANCE_IDLE_MS_MAX = 5 * 60_000;
/** Assumed: a failing table answers after this, with an error. */
export const FAILED_CALL_MS = 20;

/** Messages of each send and at most of each receive; 10 of 100 B pack to one unit. */
export const MESSAGES_PER_REQUEST = 10;
/** Average time a consumer works on received messages, in milliseconds; exponential. */
export const CONSUMER_WORK_MS = 50;
/**
 * Assumed: enough consumers to stay this far behind the producers. Otherwise they request the difference within
 * {@link CATCH_UP_SECONDS}, at most twice as often as producers. Consumers that wait for every single message would
 * lose more claims.
 */
export const LAG_SECONDS = 2;
export const CATCH_UP_SECONDS = 30;
/** The gateway gives up on a request after this, in milliseconds. */
export const GATEWAY_MS_MAX = 29_000;
/** Lease of a receive, in milliseconds. */
export const LEASE_MS = DEFAULT_SETTINGS.visibilityMs;

/**
 * Aggregate mode: milliseconds from a claim's view of a delivery to its removal: half a query, a put, half a removal.
 */
export const CLAIM_CALLS_MS = 10;
/**
 * Aggregate mode: looks at random ages meet the same few deliveries where these are sparse, and meet the front where
 * nothing is as old. This happens this many times as often as if each took any of them, among calls at the same time.
 * Fitted to the engine in the detailed mode.
 */
export const SPARSE_AGES = 3;
