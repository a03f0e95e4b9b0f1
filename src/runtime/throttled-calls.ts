import type { MiddlewareObj } from '@middy/core';
import type { Throttle } from '../stores/dynamodb/observer.ts';
import { METRICS } from './env.ts';

/** Different throttles that a line names; a batch can meet hundreds, mostly for one reason. */
const NAMED_MAX = 5;

interface Told {
  warn(event: string, fields: object): void;
  count(name: string, value: number): void;
}

/** Throttles of one call: reported in one line and one count when the call ends. */
export class ThrottledCalls {
  readonly #counts = new Map<string, Throttle & { readonly count: number }>();

  add({ table, shard, reason }: Throttle): void {
    const key = [table, shard, reason].join(' ');
    this.#counts.set(key, { table, shard, reason, count: (this.#counts.get(key)?.count ?? 0) + 1 });
  }

  /** A layer that reports to `told` the throttles since the last call. */
  layer(told: Told): MiddlewareObj {
    const tell = () => {
      if (this.#counts.size === 0) return;
      const all = [...this.#counts.values()].toSorted((one, other) => other.count - one.count);
      this.#counts.clear();
      const count = all.reduce((sum, one) => sum + one.count, 0);
      told.count(METRICS.throttles, count);
      told.warn('storeThrottled', { count, most: all.slice(0, NAMED_MAX) });
    };
    return { after: tell, onError: tell };
  }
}
