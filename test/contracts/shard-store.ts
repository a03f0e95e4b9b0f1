import { afterAll, beforeAll, describe } from 'vitest';
import type { Delivery } from '../../src/model/delivery.ts';
import type { DeliveryKey, ShardKey } from '../../src/model/ids.ts';
import type { ListRange, PutOutcome, ShardStore } from '../../src/ports/shard-store.ts';
import { describeBlocks } from './shard-store-blocks.ts';
import { describeLeases } from './shard-store-leases.ts';
import { describeMarks } from './shard-store-marks.ts';
import { describePages } from './shard-store-pages.ts';
import { describePuts } from './shard-store-puts.ts';
import { describeRaces } from './shard-store-races.ts';
import { describeRemovals } from './shard-store-removals.ts';
import { describeTakeOvers } from './shard-store-take-overs.ts';

export interface OpenShardStore {
  readonly store: ShardStore;
  close(): Promise<void>;
}

/**
 * What every shard store promises, on one adapter. The store is opened once, knows the cells 0 and 1, and may hold
 * other things: each case uses shards of its own.
 */
export function shardStoreContract(name: string, open: () => Promise<OpenShardStore>): void {
  describe(`shard store contract: ${name}`, () => {
    const world = new ShardStoreWorld();
    beforeAll(async () => world.open(open));
    afterAll(async () => world.close());

    describePuts(world);
    describePages(world);
    describeMarks(world);
    describeRemovals(world);
    describeRaces(world);
    describeBlocks(world);
    describeTakeOvers(world);
    describeLeases(world);
  });
}

/** The opened store, and the few steps that nearly every case takes. */
export class ShardStoreWorld {
  #opened: OpenShardStore | undefined;

  async open(open: () => Promise<OpenShardStore>): Promise<void> {
    this.#opened = await open();
  }

  async close(): Promise<void> {
    await this.#opened?.close();
  }

  get store(): ShardStore {
    if (this.#opened === undefined) throw new Error('the store is not open');
    return this.#opened.store;
  }

  put(shard: ShardKey, ...deliveries: Delivery[]): Promise<PutOutcome[]> {
    return this.store.put(deliveries.map((delivery) => ({ shard, delivery })));
  }

  /** Everything between two keys, page after page, with the sizes of the pages. */
  async listAll(
    shard: ShardKey,
    range: Partial<ListRange> = {},
  ): Promise<{ deliveries: Delivery[]; pageSizes: number[] }> {
    const deliveries: Delivery[] = [];
    const pageSizes: number[] = [];
    let from: DeliveryKey | undefined = range.from ?? FIRST_KEY;
    while (from !== undefined) {
      const page = await this.store.list(shard, { ...WHOLE_SHARD, ...range, from });
      deliveries.push(...page.deliveries);
      pageSizes.push(page.deliveries.length);
      from = page.next;
    }
    return { deliveries, pageSizes };
  }

  async listKeys(shard: ShardKey, range: Partial<ListRange> = {}): Promise<DeliveryKey[]> {
    const { deliveries } = await this.listAll(shard, range);
    return deliveries.map((delivery) => delivery.key);
  }
}

const FIRST_KEY = '-' as DeliveryKey;
const WHOLE_SHARD: ListRange = {
  from: FIRST_KEY,
  before: 'zzzzzzzzz' as DeliveryKey,
  limit: 1_000,
  isConsistent: true,
};
