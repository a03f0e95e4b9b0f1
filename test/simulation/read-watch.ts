import type { Ports } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import {
  type Delivery,
  dueAtMs,
  enteredAtMs,
  isFinished,
  locate,
  outstandingIndexes,
} from '../../src/model/delivery.ts';
import { keyAfter, type ShardKey } from '../../src/model/ids.ts';
import { replaced } from './replaced.ts';
import type { RouteWatch } from './route-watch.ts';
import type { Violate } from './store-watch.ts';

/**
 * Most deliveries that one look may read in vain: twice the design's 8, because a page may hold as many more, and the
 * first one, which is read by itself where other shards are looked at too.
 */
const PASSED_PER_LOOK = 17;

/** The reads of one process since it was last idle. */
interface Tally {
  /** Receives that began or continued after a wait. */
  looks: number;
  readonly passed: Map<ShardKey, number>;
  readonly claims: Map<ShardKey, number>;
}

/** Watches the reads of claims: invariant 7. A look reads at most a handful of deliveries besides claimable ones. */
export class ReadWatch {
  readonly #nowMs: () => EpochMs;
  readonly #routes: RouteWatch;
  readonly #violate: Violate;

  constructor(nowMs: () => EpochMs, routes: RouteWatch, violate: Violate) {
    this.#nowMs = nowMs;
    this.#routes = routes;
    this.#violate = violate;
  }

  /** The watched ports of a process; `begin` is called before each of its operations, `end` when it is idle. */
  watching(ports: Ports): { readonly ports: Ports; readonly begin: (call: string) => void; readonly end: () => void } {
    const tally: Tally = { looks: 0, passed: new Map(), claims: new Map() };
    const { shards, arrivals } = ports;
    return {
      ports: {
        ...ports,
        shards: replaced(shards, {
          list: async (shard, range) => {
            const isOfDue = range.before <= keyAfter(this.#nowMs());
            const page = await shards.list(shard, range);
            if (isOfDue) this.#note(tally, shard, page.deliveries);
            return page;
          },
          put: async (placements) => {
            for (const { shard } of placements) add(tally.claims, shard, 1);
            return await shards.put(placements);
          },
        }),
        arrivals: replaced(arrivals, {
          wait: async (...wait) => {
            tally.looks++;
            return await arrivals.wait(...wait);
          },
        }),
      },
      // Counts, and the job that ends expired messages, read whole pages of due deliveries.
      begin: (call) => void (tally.looks += /^(counts|expire)/.test(call) ? Number.POSITIVE_INFINITY : 1),
      end: () => {
        tally.looks = 0;
        tally.passed.clear();
        tally.claims.clear();
      },
    };
  }

  #note(tally: Tally, shard: ShardKey, deliveries: readonly Delivery[]): void {
    const passed = deliveries.filter((delivery) => this.#isPassed(shard, delivery)).length;
    const sum = add(tally.passed, shard, passed);
    const looks = tally.looks + (tally.claims.get(shard) ?? 0);
    if (looks > 0 && sum > looks * PASSED_PER_LOOK)
      this.#violate('7', `${looks} looks at ${shard} read ${sum} deliveries that nobody can claim`);
  }

  #isPassed(shard: ShardKey, delivery: Delivery): boolean {
    if (isFinished(delivery) || dueAtMs(delivery) > this.#nowMs()) return true;
    return outstandingIndexes(delivery).every((index) =>
      this.#routes.isHidden({ shard, enteredAtMs: enteredAtMs(locate(delivery, index).part) }, this.#nowMs()),
    );
  }
}

function add(sums: Map<ShardKey, number>, shard: ShardKey, more: number): number {
  const sum = (sums.get(shard) ?? 0) + more;
  sums.set(shard, sum);
  return sum;
}
