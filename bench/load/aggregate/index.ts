/**
 * Aggregate mode: counts of requests in place of single ones, fast enough for a billion.
 * Believe it as far as `test/bench/load/cross-check.slow.ts` compares it with the detailed mode.
 */

export { runAggregate } from './aggregate.ts';
