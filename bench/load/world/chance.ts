import type { Random } from '../../../src/ports/random.ts';
import { STORE_CALL_MEDIAN_MS, STORE_CALL_P99_MS } from './constants.ts';

/** A number of the standard normal distribution. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

/** The number of independent rare events; `mean` 0 and up. Large means are drawn from the normal distribution. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0;
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let count = 0;
  for (let left = Math.exp(-mean), product = random.next(); product > left; product *= random.next()) count++;
  return count;
}

/** The number of successes in `tries`, each with the same probability. */
export function binomial(random: Random, tries: number, probability: number): number {
  if (tries <= 0 || probability <= 0) return 0;
  if (probability >= 1) return tries;
  const mean = tries * probability;
  if (mean > 50 && tries - mean > 50) {
    return Math.min(tries, Math.max(0, Math.round(mean + Math.sqrt(mean * (1 - probability)) * normal(random))));
  }
  let count = 0;
  for (let number = 0; number < tries; number++) if (random.next() < probability) count++;
  return count;
}

export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random.next());

/** The 99th percentile of the standard normal distribution. */
const NORMAL_P99 = 2.326;
const SPREAD = Math.log(STORE_CALL_P99_MS / STORE_CALL_MEDIAN_MS) / NORMAL_P99;

/** Duration of a call of the store, both ways, in milliseconds. */
export const storeCallMs = (random: Random): number => STORE_CALL_MEDIAN_MS * Math.exp(SPREAD * normal(random));
/** Its average. */
export const STORE_CALL_MEAN_MS = STORE_CALL_MEDIAN_MS * Math.exp(SPREAD ** 2 / 2);
