import { DEFAULT_SETTINGS } from '../../../src/model/queue.ts';

/**
 * The world of the load simulator in numbers, one set for all scenarios and both modes. What AWS documents stands
 * first; what it does not say is an assumption and named as one.
 */

/** What one partition gives, and so one partition-key value: write and read units a second. */
export const PARTITION_WRITE_UNITS = 1_000;
export const PARTITION_READ_UNITS = 3_000;
/** A new on-demand table; it serves as many write units a second as its partitions do. */
export const FRESH_PARTITIONS = 4;
/** Write units a second that a table never exceeds: the quota of on-demand tables, which can be raised. */
export const TABLE_WRITE_UNITS_MAX = 40_000;
/** A table serves twice the highest load that it had this long ago. */
export const TABLE_DOUBLING_MS = 30 * 60_000;

/** Instances a function may gain each 10 s; the unused part is not saved up. */
export const INSTANCES_GAINED_MAX = 1_000;
export const INSTANCE_GAIN_MS = 10_000;

/** Unused capacity that a partition or a table still has later, in seconds. AWS may keep more; nobody plans on it. */
export const BURST_SECONDS = 1;

/**
 * Assumed, for AWS says "minutes of sustained load": a partition near its limit for so long is split between two of
 * its keys. A key whose items are ordered by time is never split within.
 */
export const HEAT_SPLIT_MS = 5 * 60_000;
/** Assumed: "near its limit". */
export const HEAT_SPLIT_SHARE = 0.9;
/** Assumed: how long after the request a table serves what it is warmed to. */
export const WARM_MS = 5 * 60_000;

/** Assumed, in milliseconds: a single-item call within the Region, log-normal with this median and 99th percentile. */
export const STORE_CALL_MEDIAN_MS = 4;
export const STORE_CALL_P99_MS = 20;
/** What a function itself needs for a request, and what it needs to start, in milliseconds. */
export const REQUEST_OWN_MS = 2;
export const INSTANCE_START_MS = 375;
/** Assumed: an instance that no request comes to for so long is taken away. */
export const INSTANCE_IDLE_MS_MAX = 5 * 60_000;
/** Assumed: a table that fails answers so late, and with an error. */
export const FAILED_CALL_MS = 20;

/** Messages of each send and at most of each receive; 10 of 100 B pack to one unit. */
export const MESSAGES_PER_REQUEST = 10;
/** How long a consumer works on what it received, on average, in milliseconds; exponential. */
export const CONSUMER_WORK_MS = 50;
/**
 * Assumed: consumers are so many that they keep this far behind the producers. Where they are not, they call for the
 * difference within {@link CATCH_UP_SECONDS}, at most twice as often as producers. Consumers that wait for every single
 * message would lose more claims.
 */
export const LAG_SECONDS = 2;
export const CATCH_UP_SECONDS = 30;
/** The gateway gives up on a request after this, in milliseconds. */
export const GATEWAY_MS_MAX = 29_000;
/** Lease of a receive, in milliseconds. */
export const LEASE_MS = DEFAULT_SETTINGS.visibilityMs;

/**
 * Aggregate mode: from the moment that a claim saw a delivery until it has removed it, in milliseconds: half a query, a
 * put, and half a removal.
 */
export const CLAIM_CALLS_MS = 10;
/**
 * Aggregate mode: looks that start at random ages meet the same few deliveries where these are sparse, and the front
 * where there is nothing as old. So many times as often as if each took any of them, among those that call at the same
 * time. Fitted to what the engine does in the detailed mode.
 */
export const SPARSE_AGES = 3;
